"""Raw sea ice to states: what a file says of its thickness counts."""

import numpy as np
import pytest
import xarray as xr
from ice_world import settings

from ice_states import GRID, state
from thermocline.errors import BadData
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.raw import RawFile
from thermocline.systems.seaice.data.prepare import states
from thermocline.systems.seaice.data.raw import ICE

DAYS = {"r1": ["2000-03-15", "2002-03-15"], "truth": ["2003-03-15"]}


def files(kind, left_out=""):
    """Five variables of two members; thickness as `kind` says."""
    made = []
    for member, days in DAYS.items():
        drawn = [state(np.random.default_rng(3), 3) for _ in days]
        for variable in ICE:
            values = np.stack([each[variable.name] for each in drawn])[:, None]
            if variable.name == "sithick" and kind == "per ice area":
                ice = np.stack([each["siconc"] for each in drawn])[:, None]
                values = np.where(ice > 0, values / np.where(ice > 0, ice, 1), np.nan)
            axes = {"x": GRID.x, "y": GRID.y, "time": np.array(days, "datetime64[ns]")}
            dims = ("time", "depth", "y", "x")
            attributes = {"member": member, "crs": GRID.crs, "thickness": kind}
            if variable.name != "sithick":
                del attributes["thickness"]
            dataset = xr.Dataset({variable.name: (dims, values)}, axes, attributes)
            if variable.name != left_out:
                made.append(RawFile(member, variable, lambda _, dataset=dataset: dataset))
    return made


def test_a_thickness_of_the_ice_alone_becomes_one_of_the_cell(tmp_path):
    data = settings(tmp_path).data
    of_cell, of_ice = (
        {sample.name: sample.fields for sample in states(files(kind), data, GRID)}
        for kind in ("per grid cell", "per ice area")
    )
    assert set(of_cell) == {f"{member}/{day}" for member, days in DAYS.items() for day in days}
    for name, fields in of_cell.items():
        for variable in fields:
            np.testing.assert_allclose(of_ice[name][variable], fields[variable], rtol=1e-5)


def test_a_member_without_a_variable_is_refused(tmp_path):
    with pytest.raises(BadData, match="r1 has no damage"):
        list(states(files("per grid cell", left_out="damage"), settings(tmp_path).data, GRID))


@pytest.mark.parametrize("share, refused", [(0.01, False), (0.2, True)])
def test_ice_without_a_thickness(tmp_path, share, refused):
    """In a few cells it counts as none, in many it is refused."""
    given = files("per grid cell")
    number = next(i for i, file in enumerate(given) if file.variable.name == "sithick")
    dataset = given[number].read(given[number].path)
    left_out = np.random.default_rng(0).random(dataset.sithick.shape[-2:]) < share
    thin = dataset.assign(sithick=dataset.sithick.where(~left_out))
    given[number] = RawFile(given[number].path, given[number].variable, lambda _: thin)
    made = states(given, settings(tmp_path).data, GRID)
    if refused:
        with pytest.raises(BadData, match="cells with ice have no thickness"):
            list(made)
        return
    for sample in (each for each in made if each.name.startswith("r1")):
        for values in sample.fields.values():
            assert (np.nan_to_num(values[left_out]) == 0).all()


@pytest.mark.parametrize("kind", ["per grid cell", "per ice area"])
def test_what_is_left_out_in_open_water_counts_as_0_in_a_larger_cell(tmp_path, kind):
    """Four cells become one: zeros and gaps where there is no ice have the same mean."""
    axes = [axis.reshape(-1, 2).mean(axis=1) for axis in (GRID.x, GRID.y)]
    coarse, data = ProjectedGrid(*axes, GRID.crs), settings(tmp_path).data
    zeros, gaps = files("per grid cell"), []
    for file in files(kind):
        values, name = file.read(file.path), file.variable.name
        ice = next(f for f in zeros if (f.path, f.variable.name) == (file.path, "siconc"))
        if name != "siconc":
            values = values.assign({name: values[name].where(ice.read(ice.path).siconc > 0)})
        gaps.append(RawFile(file.path, file.variable, lambda _, values=values: values))
    expected = {sample.name: sample.fields for sample in states(zeros, data, coarse)}
    for sample in states(gaps, data, coarse):
        mixed = expected[sample.name]["siconc"]
        assert ((mixed > 0) & (mixed < 0.5)).any()
        for name, values in sample.fields.items():
            np.testing.assert_allclose(values, expected[sample.name][name], rtol=1e-4, atol=1e-5)


def test_two_states_of_a_day_are_refused(tmp_path):
    given = files("per grid cell")
    with pytest.raises(BadData, match="sithick of member r1 of 2000-03-15 appears twice"):
        list(states([*given, given[0]], settings(tmp_path).data, GRID))
