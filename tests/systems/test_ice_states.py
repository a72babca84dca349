"""The store of sea ice as its methods see it: one sea for all, and states without gaps in it."""

import ice_world
import numpy as np
import pytest

from ice_states import GRID, state
from thermocline.errors import BadData
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.writer import write_store
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.cross_validation import CrossValidated
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.baselines.tune import library_of
from thermocline.systems.seaice.data.raw import GROUP, ICE
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.training import DenoiserTraining


def stored(folder, change=lambda name, fields: None):
    """The store of a few states of three runs, after `change` in place."""
    group, samples = Group(GROUP, {v.name: Layout(v, GRID) for v in ICE}), []
    for split, member in (("train", "r1"), ("train", "r2"), ("validation", "r1"), ("test", "x")):
        for month in (1, 2, 3):
            day = np.datetime64(f"{2000 + (split != 'train')}-{month:02d}-15", "D")
            name, fields = f"{member}/{day}", state(np.random.default_rng(month), month)
            change(name, fields)
            samples.append(Sample(name, split, day, group, fields))
    write_store(folder / "seaice.nc", samples, "Sea ice")
    return States.open(folder / "seaice.nc")


def without(fields, cell, names=None):
    """Nothing is known of a cell."""
    for name in names or fields:
        fields[name][cell] = np.nan


@pytest.mark.parametrize("member", ["r2", "x"])
def test_what_is_land_in_one_run_is_land_in_all(tmp_path, member):
    coast = lambda name, fields: without(fields, (5, 5)) if name.startswith(member) else None
    plain, store = stored(tmp_path / "a"), stored(tmp_path / "b", coast)
    assert plain.ocean[5, 5] and not store.ocean[5, 5]
    assert plain.ocean.sum() == store.ocean.sum() + 1
    for split in ("train", "validation", "test"):
        states, expected = store.states(split).values, plain.states(split).values
        assert (states[..., ~store.ocean] == 0).all()
        np.testing.assert_array_equal(states[..., store.ocean], expected[..., store.ocean])


def test_a_store_of_one_mask_has_that_sea(tmp_path):
    store = stored(tmp_path)
    first = next(store.samples("train"))
    np.testing.assert_array_equal(store.ocean, np.isfinite(first.fields["siconc"]))


@pytest.mark.parametrize("names", [None, ["siu"]])
def test_a_gap_in_the_sea_is_refused_by_name(tmp_path, names):
    gap = lambda name, fields: without(fields, (5, 5), names) if name == "r2/2000-02-15" else None
    store = stored(tmp_path, gap)
    with pytest.raises(BadData, match="missing in 1 cells") as error:
        store.states("train")
    assert error.value.where == "r2/2000-02-15"
    store.states("validation")


def test_each_state_of_a_single_member_meets_other_years(tmp_path):
    config = ice_world.settings(tmp_path)
    period = config.data.train.model_copy(update={"members": ("r1",), "first": 1990, "last": 2001})
    data = config.data.model_copy(update={"train": period})
    ice_world.write(config := config.model_copy(update={"data": data}))
    store = States.open(tmp_path / "seaice.nc")
    methods = CrossValidated(store, library_of(store, 1000), lambda library: library)
    for name, last in (("r1/1992-03-15", 1995), ("r1/2001-01-15", 2001), ("truth/2001-01-15", 0)):
        known = methods.of(name)
        apart = np.abs(known.year - int(name.rpartition("/")[2][:4]))
        assert apart.min() > 1 if last else len(known.codes) == 144
    assert methods.of("r1/1992-07-15") is methods.of("r1/1992-03-15")


def test_another_library_is_another_training(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = ice_world.settings("build/prepared")
    ice_world.write(config)
    paths, store, keys = StagePaths("seaice", config), States.open("build/prepared/seaice.nc"), []
    for states in (40, 20, 40):
        ensemble = Ensemble(library_of(store, states), 3000, 1, 1.0)
        ensemble.save(paths.baselines / "ensemble.safetensors")
        keys.append(DenoiserTraining(config).key)
    assert keys[0] == keys[2] != keys[1]
