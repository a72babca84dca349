"""The store: what goes in comes out, held-out values leak nowhere, storage does not matter."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from tiny_archive import DATA, GRID, archive, land, member, rewrite

from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.files import sha256_file
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.climatology import Monthly
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.split import SPLITS
from thermocline.prepare.store import Store
from thermocline.prepare.writer import write_store
from thermocline.systems.reconstruct.data.prepare import plan, write_states
from thermocline.systems.reconstruct.data.states import States

LAYOUT = Layout(VARIABLES["thetao"], LatLonGrid.regular(6, 8), np.array([5.0, 50, 200]))
STATES = Group("states", {"thetao": LAYOUT})


def _held_out(dataset):
    """Positions of every state that is not a training state."""
    year = dataset.time.dt.year.values
    if dataset.attrs["member"] not in DATA.train.members:
        return np.ones(year.size, bool)
    return (year < DATA.train.first) | (year > DATA.train.last)


def test_states_are_the_archives_normalised_by_training_statistics(tiny_store):
    clim, std = tiny_store.statistics.climatology, tiny_store.statistics.std
    for split in SPLITS:
        states, months, names = tiny_store.states(split)
        assert states.dtype == np.float32 and states.shape == (len(names), 3, 6, 8)
        assert names == sorted(n for n, label in plan(DATA, STATES).items() if label.split == split)
        for state, month, name in zip(states, months, names, strict=True):
            who, date = name.split("/")
            raw = member(who).thetao.sel(time=date).values[0]
            expected = np.nan_to_num((raw - clim[month - 1]) / std)
            np.testing.assert_allclose(state, expected, atol=6e-4 / std.min())
            assert int(date[5:]) == month
            assert np.all(state[land()] == 0)


def test_climatology_is_the_mean_of_training_months_alone(tiny_store):
    years = slice(str(DATA.train.first), str(DATA.train.last))
    together = xr.concat([member(m).thetao.sel(time=years) for m in DATA.train.members], "time")
    expected = together.groupby("time.month").mean("time").values
    sea = ~land()
    np.testing.assert_allclose(
        tiny_store.statistics.climatology[:, sea], expected[:, sea], atol=5e-4
    )
    anomalies = together.groupby("time.month") - together.groupby("time.month").mean("time")
    variance = (anomalies.values**2).sum(0) / (together.time.size - 12)
    # Smoothing 1-2-1 over sea cells, written out with explicit loops.
    smooth = np.zeros_like(variance)
    weights = {-1: 1, 0: 2, 1: 1}
    for c, j, i in np.argwhere(sea):
        total = weight = 0.0
        for dj, wj in weights.items():
            for di, wi in weights.items():
                row, column = j + dj, (i + di) % 8
                if 0 <= row < 6 and sea[c, row, column]:
                    total += wj * wi * variance[c, row, column]
                    weight += wj * wi
        smooth[c, j, i] = total / weight
    np.testing.assert_allclose(tiny_store.statistics.std[sea], np.sqrt(smooth[sea]), rtol=1e-3)
    assert np.all(tiny_store.statistics.std[~sea] == 1)
    np.testing.assert_array_equal(tiny_store.statistics.ocean, sea)


def test_standardising_by_level_gives_one_number_a_level(tmp_path):
    write_states(tmp_path / "a.nc", archive(), GRID, DATA, Monthly("thetao", "level", 0.5))
    std = States.open(tmp_path / "a.nc").statistics.std
    for level, sea in zip(std, ~land(), strict=True):
        assert np.ptp(level[sea]) == 0
    assert std[2][~land()[2]][0] == 0.5  # noise there is exp(−200/150) = 0.26 °C: floored
    assert std[0][~land()[0]][0] == pytest.approx(np.exp(-5 / 150), rel=0.1)


def test_no_leakage_from_held_out_values(tmp_path):
    write_states(tmp_path / "a.nc", archive(), GRID, DATA)
    altered = archive()
    rng = np.random.default_rng(9)
    for dataset in altered:
        values = dataset.thetao.values
        held = _held_out(dataset)
        assert held.any()
        values[held] = rng.uniform(0, 30, values[held].shape)
        values[held, :, 0, 0] = np.nan  # and the held-out mask
    write_states(tmp_path / "b.nc", altered, GRID, DATA)
    first, second = States.open(tmp_path / "a.nc"), States.open(tmp_path / "b.nc")
    assert first.statistics.digest() == second.statistics.digest()
    np.testing.assert_array_equal(first.states("train")[0], second.states("train")[0])
    assert first.digest() != second.digest()
    assert np.abs(first.states("test")[0] - second.states("test")[0]).max() > 1
    # The test can fail: one training value altered is enough.
    values = altered[0].thetao.values
    values[np.flatnonzero(~_held_out(altered[0]))[0], 0, 5, 5] += 1
    write_states(tmp_path / "c.nc", altered, GRID, DATA)
    assert States.open(tmp_path / "c.nc").statistics.digest() != first.statistics.digest()


def test_splits_are_disjoint_and_overlap_is_refused():
    splits = [label.split for label in plan(DATA, STATES).values()]
    assert [splits.count(split) for split in SPLITS] == [72, 24, 12]
    leaky = DATA.model_copy(update={"validation": DATA.train})
    with pytest.raises(BadConfig, match=r"r1/1990-01 is in both train and validation"):
        plan(leaky, STATES)


def test_rerun_gives_the_same_bytes_whatever_the_order_of_members(tmp_path):
    write_states(tmp_path / "a.nc", archive(), GRID, DATA)
    write_states(tmp_path / "b.nc", archive(), GRID, DATA)
    assert sha256_file(tmp_path / "a.nc") == sha256_file(tmp_path / "b.nc")
    write_states(tmp_path / "c.nc", archive()[::-1], GRID, DATA)
    a, c = States.open(tmp_path / "a.nc"), States.open(tmp_path / "c.nc")
    np.testing.assert_array_equal(a.celsius("train"), c.celsius("train"))


def test_digest_is_of_the_content_not_of_its_storage(tmp_path, tiny_store):
    other = tmp_path / "rechunked.nc"
    rewrite(tiny_store.path, other)
    assert sha256_file(other) != sha256_file(tiny_store.path)
    assert States.open(other).digest() == tiny_store.digest()
    with netCDF4.Dataset(other, "a") as file:
        states = file["states/thetao"]
        states.set_auto_maskandscale(False)
        states[3, 0, 0, 0] += 1
    assert States.open(other).digest() != tiny_store.digest()


def test_masks_are_those_of_the_states(tmp_path, tiny_store):
    np.testing.assert_array_equal(tiny_store.masks("train"), ~land())
    changing = archive()
    changing[2].thetao.values[50, 1, 0, 2] = np.nan  # truth, 1993-03
    write_states(tmp_path / "b.nc", changing, GRID, DATA)
    store = States.open(tmp_path / "b.nc")
    assert store.masks("train").shape == (3, 6, 8)
    masks = store.masks("test")
    assert masks.shape == (12, 3, 6, 8)
    assert not masks[2, 1, 0, 2] and masks[[0, 1, 3]][:, 1, 0, 2].all()
    np.testing.assert_array_equal(masks, np.isfinite(store.celsius("test")))
    assert store.statistics.ocean[1, 0, 2]


def test_other_grids_and_levels_are_remapped(tmp_path):
    finer = [d.interp(depth=[2.0, 10, 50, 100, 400]) for d in archive()]
    for dataset in finer:  # a field that is linear in depth, so that the result is known
        linear = 20 - 0.03 * dataset.depth + 0 * dataset.thetao.isel(depth=1)
        noise = np.random.default_rng(1).standard_normal(dataset.time.size)
        dataset["thetao"] = (linear + xr.DataArray(noise, dims="time")).transpose(
            "time", "depth", ...
        )
    finer = [d.isel(longitude=slice(None, None, -1)) for d in finer]
    write_states(tmp_path / "a.nc", finer, GRID, DATA)
    store = States.open(tmp_path / "a.nc")
    np.testing.assert_array_equal(store.depth, GRID.depth)
    differences = np.diff(store.celsius("train"), axis=1)
    sea = np.isfinite(differences)
    assert sea.any()
    expected = np.broadcast_to([[[[-1.35]], [[-4.5]]]], differences.shape)
    np.testing.assert_allclose(differences[sea], expected[sea], atol=2e-3)


def test_packing_is_finer_than_a_millikelvin():
    values = np.array([-2.0001, 0, 17.99951, 35.2, np.nan])
    packing = VARIABLES["thetao"].packing
    np.testing.assert_allclose(packing.unpack(packing.pack(values)), values, atol=5.1e-4)


@pytest.mark.parametrize("variable", VARIABLES.values(), ids=VARIABLES)
def test_every_variable_is_packed_beyond_its_bounds(variable):
    values = np.array([variable.lower, variable.upper, 1e30, -1e30, np.nan])
    found = variable.packing.unpack(variable.packing.pack(values))
    np.testing.assert_allclose(found[:2], values[:2], atol=0.51 * variable.packing.scale)
    assert found[2] > variable.upper and found[3] < variable.lower and np.isnan(found[4])


def _fields():
    """Two groups: `wide` with two fields on grids of their own, one of them without depth."""
    wide = Layout(VARIABLES["siconc"], LatLonGrid(np.arange(4.0), np.arange(5.0)))
    group = Group("wide", {"thetao": LAYOUT, "ice": wide})
    rng = np.random.default_rng(0)
    for day, split in enumerate(("train", "test", "train", "validation")):
        time = np.datetime64("2001-02-03") + day
        fields = {"thetao": rng.uniform(0, 20, LAYOUT.shape), "ice": rng.random((4, 5))}
        yield Sample(f"a/{time}", split, time, group, fields)
        fields = {"thetao": rng.uniform(0, 20, LAYOUT.shape)}
        yield Sample(f"b/{time}", split, time, STATES, fields)


def test_samples_of_any_layout_come_back(tmp_path):
    write_store(tmp_path / "a.nc", _fields(), "fields", attributes=lambda: {"n": 3, "who": "me"})
    store = Store.open(tmp_path / "a.nc")
    assert dict(store.attributes) == {"n": 3, "who": "me"} and not store.climates
    given = {sample.name: sample for sample in _fields()}
    found = list(store.samples())
    assert [label.name for label in store.labels] == [sample.name for sample in found]
    order = sorted(given.values(), key=lambda s: (SPLITS.index(s.split), s.name))
    assert [sample.name for sample in found] == [sample.name for sample in order]
    for sample in found:
        expected = given[sample.name]
        assert (sample.split, sample.time, sample.series) == (
            *(expected.split, expected.time, expected.series),
        )
        assert sample.fields.keys() == expected.fields.keys()
        for name, values in sample.fields.items():
            layout = sample.group.fields[name]
            assert layout.same(expected.group.fields[name])
            step = layout.variable.packing.scale
            np.testing.assert_allclose(values, expected.fields[name], atol=0.51 * step)
    assert [label.name for label in store.of("test")] == ["a/2001-02-04", "b/2001-02-04"]
    write_store(tmp_path / "b.nc", list(_fields())[::-1], "else", attributes=lambda: {"n": 3})
    # Attributes count, the order of writing does not.
    assert Store.open(tmp_path / "b.nc").digest() != store.digest()
    again = Store.open(tmp_path / "b.nc")
    again.attributes = store.attributes
    assert again.digest() == store.digest()


def test_a_group_has_one_layout(tmp_path):
    def mixed():
        yield from _fields()
        moved = Group("states", {"thetao": Layout(LAYOUT.variable, LAYOUT.grid, LAYOUT.depth + 1)})
        time = np.datetime64("2002-01-01")
        yield Sample("c/2002-01-01", "train", time, moved, {"thetao": np.zeros(LAYOUT.shape)})

    with pytest.raises(BadData, match="thetao of c/2002-01-01 is laid out otherwise"):
        write_store(tmp_path / "a.nc", mixed(), "fields")
    assert list(tmp_path.iterdir()) == []


def test_a_sample_without_a_field_of_its_group_is_refused(tmp_path):
    """Else the next one's values would stand where its own are missing."""
    both = {name: Layout(VARIABLES[name], LAYOUT.grid) for name in ("tos", "sos")}
    groups = (Group("g", both), Group("g", {"tos": both["tos"]}), Group("g", both))

    def given():
        for year, group in enumerate(groups, 2001):
            fields = {name: np.full(LAYOUT.grid.shape, 20.0) for name in group.fields}
            yield Sample(f"m/{year}", "train", np.datetime64(f"{year}-01-01"), group, fields)

    with pytest.raises(BadData, match=r"m/2002 has no sos, which others have"):
        write_store(tmp_path / "a.nc", given(), "fields")


def test_a_splits_digest_is_of_its_own_values(tmp_path, tiny_store):
    """The withheld truth is told apart from another, whatever was trained on."""

    def digests(name, *moved):
        members = archive()
        for each in members:
            if each.attrs["member"] in moved:
                each["thetao"] = each["thetao"] + 1
        write_states(tmp_path / f"{name}.nc", members, GRID, DATA)
        store = Store.open(tmp_path / f"{name}.nc")
        return store.digest_of("train"), store.digest_of("test")

    train, test = (tiny_store.digest_of(split) for split in ("train", "test"))
    other_train, same_test = digests("a", "r1")
    assert same_test == test and other_train != train
    same_train, other_test = digests("b", "truth")
    assert other_test != test and same_train == train


def _without(datasets, name, date):
    chosen = next(d for d in datasets if d.attrs["member"] == name)
    keep = chosen.time.dt.strftime("%Y-%m") != date
    return [d.isel(time=np.flatnonzero(keep)) if d is chosen else d for d in datasets]


def test_a_missing_month_is_named(tmp_path):
    with pytest.raises(BadData, match=r"months are missing: 1, the first r2/1991-04 \(train\)"):
        write_states(tmp_path / "a.nc", _without(archive(), "r2", "1991-04"), GRID, DATA)
    assert list(tmp_path.iterdir()) == []


def test_an_all_missing_month_is_named_with_its_level(tmp_path):
    bad = archive()
    bad[1].thetao.values[30, 1] = np.nan
    with pytest.raises(BadData, match=r"thetao_r2\.nc: thetao at 50 m of r2/1991-07 has no value"):
        write_states(tmp_path / "a.nc", bad, GRID, DATA)


def test_a_doubled_month_is_named(tmp_path):
    with pytest.raises(BadData, match=r"r1/1990-01 appears twice.*CanESM5_r1"):
        write_states(tmp_path / "a.nc", [*archive(), member("r1")], GRID, DATA)


def test_interrupted_writing_leaves_the_old_store(tmp_path, tiny_store):
    digest = sha256_file(tiny_store.path)

    def cut_short():
        yield member("r1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_states(tiny_store.path, cut_short(), GRID, DATA)
    assert sha256_file(tiny_store.path) == digest
    assert [p.name for p in tmp_path.iterdir()] == ["store.nc"]


def test_other_files_are_refused(tmp_path, tiny_store):
    with pytest.raises(BadFile, match=r"no such store.*dvc repro prepare"):
        States.open(tmp_path / "none.nc")
    archive()[0].to_netcdf(tmp_path / "other.nc")
    with pytest.raises(BadFile, match="not a store of prepared data"):
        States.open(tmp_path / "other.nc")
    whole = tiny_store.path.read_bytes()
    (tmp_path / "half.nc").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFile, match="not a store of prepared data"):
        States.open(tmp_path / "half.nc")
