"""Answers of super-resolution: never below freezing, with an account, with warnings where odd."""

import json
from dataclasses import replace

import gsw
import numpy as np
import pytest
from asking import superresolve
from pydantic import ValidationError
from tiny_superres import coarse_sst, tiny_superres

from thermocline.errors import BadData, BadFile
from thermocline.systems.superres.endpoints.request import SuperresolveRequest
from thermocline.systems.superres.endpoints.unusual import (
    SALINITY,
    freezing_point,
    other_blocks,
    unusual,
)


@pytest.fixture(scope="module")
def model():
    return tiny_superres()


def test_the_freezing_point_is_teos_10s() -> None:
    conservative = gsw.CT_freezing(gsw.SA_from_SP(SALINITY, 0, 0, 0), 0, 1)
    in_situ = gsw.t_from_CT(gsw.SA_from_SP(SALINITY, 0, 0, 0), conservative, 0)
    assert freezing_point() == pytest.approx(in_situ, abs=1e-6) and -1.9 < freezing_point() < -1.88


def test_no_answer_is_colder_than_the_freezing_point(model) -> None:
    given = coarse_sst(south=-66)
    given["sst"] = given.sst * 0 - 1.88 + 0.1 * np.sin(3 * given.lon) - 0.05
    given.sst.attrs["units"] = "degC"
    answer = superresolve(model, given, members=4, error=0.3, keep_members=True)
    members = answer.analysed_sst_members.values[:, 0]
    coldest = np.float32(freezing_point())
    for values in (answer.analysed_sst.values, members):
        assert np.nanmin(values) == coldest
    assert (members == coldest).mean() > 0.05, "the case must be one in which members are clipped"
    # The spread is that of the members as they are given, and no less than the given error.
    spread = answer.analysed_sst_std.values[0]
    expected = np.maximum(members.std(axis=0, ddof=1), 0.3)
    np.testing.assert_allclose(spread, expected, atol=1e-6)
    assert "freezes" in answer.attrs["warnings"]


@pytest.mark.parametrize("error", [None, 0.2])
def test_the_same_everywhere_is_not_stated_to_be_certain(model, error) -> None:
    given = coarse_sst()
    given["sst"] = given.sst * 0 + 15.0
    given.sst.attrs["units"] = "degC"
    answer = superresolve(model, given, members=4, error=error)
    assert float(answer.analysed_sst_std.min()) >= np.float32(answer.attrs["input_error"]) > 0
    assert "all given values are the same, 15.00 °C" in answer.attrs["warnings"]


def test_water_far_from_freezing_is_as_before(model) -> None:
    answer = superresolve(model, coarse_sst(), members=8)
    assert "warnings" not in answer.attrs


def test_the_account_is_of_the_day_that_was_asked_for(model) -> None:
    given = coarse_sst(days=3)
    level = np.full(given.sst.shape, 5, np.int8)
    level[1, :2] = 1
    given["quality_level"] = (given.sst.dims, level)
    given["sst"] = given.sst.where(level == 5, -1.5)
    given.sst.attrs["units"] = "degC"
    given.sst[1, 5, 5] = np.nan
    for date, dropped, missing in (("2008-03-15", level[1] == 1, 1), ("2008-03-14", [], 0)):
        account = json.loads(superresolve(model, given, date, members=1).attrs["account"])
        assert account["held"] == level[0].size - missing
        assert account["used"] == account["held"] - np.sum(dropped)
        assert sum(account["dropped"].values()) == np.sum(dropped)
        assert all("quality level" in reason for reason in account["dropped"])
    answer = superresolve(model, given, "2008-03-15", members=1)
    assert np.isnan(answer.analysed_sst.values[0, :10]).all()


def test_what_is_odd_is_said() -> None:
    latitude, sea = np.array([0.0, 60.0]), np.ones((2, 50), bool)
    mean = np.repeat([[27.0], [8.0]], 50, axis=1)
    assert unusual(mean, sea, latitude, mean) == []
    mean[0, 0] = 2.0  # one cell of a hundred is not yet more than a share of 1 %
    assert unusual(mean, sea, latitude, mean) == []
    mean[0, 1] = 2.0
    (said,) = unusual(mean, sea, latitude, mean)
    assert said.startswith("2 of 100 cells (2.0%)") and "latitude" in said
    assert unusual(mean, sea & False, latitude, mean) == []


def test_blocks_of_another_size_than_the_training_s_are_told(model) -> None:
    known = replace(model, contract=model.contract.model_copy(update={"block": 0.25}))
    assert "warnings" not in superresolve(known, coarse_sst(), members=8).attrs
    answer = superresolve(known, coarse_sst(step=1.25), members=2)
    assert "1.25° apart, and the model was trained on blocks of 0.25°" in answer.attrs["warnings"]
    assert other_blocks(0.2, 0.2, 0.25)
    assert other_blocks(0.3, 0.3, 0.25) == other_blocks(9.0, 9.0, None) == []


@pytest.mark.parametrize("step", [1.0, 0.02])
def test_blocks_that_are_wide_or_narrow_are_told(model, step: float) -> None:
    known = replace(model, contract=model.contract.model_copy(update={"block": 0.25}))
    given = coarse_sst()
    west, count = float(given.lon[0]), given.sizes["lon"]
    given = given.assign_coords(lon=("lon", west + step * np.arange(count), given.lon.attrs))
    said = superresolve(known, given, members=2).attrs["warnings"]
    assert f"0.25° (latitude) × {step:g}° apart" in said


@pytest.mark.parametrize("date", ["2008-03\n", "2008-03-14T99:99", "2008-13", "2008-03-14 24", "0"])
def test_dates_that_are_none_are_refused(model, date: str) -> None:
    with pytest.raises(BadData, match="not a date"):
        superresolve(model, coarse_sst(days=3), date)


def test_booleans_are_no_numbers() -> None:
    for field in ("error", "members", "seed"):
        with pytest.raises(ValidationError):
            SuperresolveRequest(**{"file": "a.nc", field: True})


def test_a_map_is_refused_for_its_size_before_it_is_read(model, tmp_path) -> None:
    import netCDF4

    with netCDF4.Dataset(tmp_path / "big.nc", "w") as file:
        for name, size in (("lat", 9000), ("lon", 18000)):
            file.createDimension(name, size)
            file.createVariable(name, "f8", (name,))[:] = np.linspace(-80, 80, size)
        file.createVariable("sst", "f4", ("lat", "lon"), zlib=True, chunksizes=(1000, 1000))
    with pytest.raises(BadFile, match="9000 × 18000"):
        superresolve(model, tmp_path / "big.nc")


@pytest.mark.parametrize(
    ("mean_fraction", "consistency", "said"),
    [
        (0.5, False, "The mean is the network's own"),
        (0.0, False, "The mean is that of the members"),
        (0.5, True, "Means over blocks agree with the values given"),
    ],
)
def test_the_comment_says_of_what_the_mean_is(
    mean_fraction: float, consistency: bool, said: str
) -> None:
    asked = tiny_superres(training={"mean_fraction": mean_fraction}, consistency=consistency)
    answer = superresolve(asked, coarse_sst(), members=3, keep_members=True)
    assert said in answer.attrs["comment"]
    assert ("over blocks" in answer.attrs["comment"]) == consistency
    of_members = answer.analysed_sst_members.mean("member").values
    assert np.allclose(of_members, answer.analysed_sst, atol=1e-4, equal_nan=True) == (
        not mean_fraction
    )
