"""The answer as a CF dataset: names, units, land, repeatability, and the CF checker's verdict."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from asking import reconstruct, summary

from cf_problems import cf_problems
from thermocline.errors import BadData, BadObservations
from thermocline.observe import Observations
from thermocline.predict import ServedModel, write_netcdf
from thermocline.systems import get
from watching import check_watched


def observations() -> Observations:
    return Observations.checked(
        latitude=[0.0, 10.0, -20.0, 10.0],
        longitude=[-30.0, 330.0, 160.0, 200.0],
        depth=[5.0, 100.0, 500.0, 4000.0],
        value=[26.0, 17.0, 8.0, 2.0],
        error=[0.05, np.nan, 0.1, np.nan],
    )


@pytest.fixture(scope="module")
def answer(served: ServedModel) -> xr.Dataset:
    return reconstruct(served, observations(), "2008-03", members=3, seed=1, keep_members=True)


def test_names_units_and_land(answer: xr.Dataset, served: ServedModel) -> None:
    ocean = served.model.statistics.ocean
    assert answer["thetao"].dims == ("time", "depth", "latitude", "longitude")
    assert answer["thetao"].attrs["standard_name"] == "sea_water_potential_temperature"
    assert answer["thetao"].attrs["units"] == "degree_Celsius"
    for name in ("thetao", "thetao_std"):
        assert answer[name].dtype == np.float32
        np.testing.assert_array_equal(np.isfinite(answer[name].values[0]), ocean)
    assert answer["thetao_std"].attrs["standard_name"].endswith(" standard_error")
    assert answer["time"].values[0] == np.datetime64("2008-03-16T12:00:00")
    bounds = answer["time_bnds"].values[0]
    assert list(bounds) == [np.datetime64("2008-03-01"), np.datetime64("2008-04-01")]
    assert answer["latitude_bnds"].values[0, 0] == -90 and answer["depth_bnds"].values[0, 0] == 0
    np.testing.assert_array_equal(
        answer["depth_bnds"].values[1:, 0], answer["depth_bnds"].values[:-1, 1]
    )


def test_spread_is_the_members(answer: xr.Dataset) -> None:
    members = answer["thetao_members"].values.astype(np.float64)
    np.testing.assert_allclose(
        answer["thetao_std"].values, members.std(axis=0, ddof=1), rtol=2e-3, atol=1e-5
    )


def test_observations_are_respected(served: ServedModel) -> None:
    """A precise observation is nearly met in its cell: the anomaly is pulled at least half-way."""
    grid, (row, column) = served.model.grid, (8, 13)
    climatology = float(served.model.statistics.climatology[2, 0, row, column])
    latitude, longitude = grid.latitude[row], grid.longitude[column]
    given = Observations.checked([latitude], [longitude], [5.0], [climatology + 1.5], error=[0.01])
    field = reconstruct(served, given, "2008-03", 8, 0)["thetao"].values[0, 0]
    assert 0.75 < field[row, column] - climatology < 2.5


def test_what_it_is_compared_with_is_the_climatology(
    answer: xr.Dataset, served: ServedModel
) -> None:
    endpoint = get("reconstruct").endpoints[0]
    assert endpoint.comparison is not None
    request = endpoint.Request(**endpoint.example(served.model))
    found = endpoint.comparison(served.model, request, answer)["thetao_climatology"]
    sea = served.model.statistics.ocean
    np.testing.assert_array_equal(found[0].values[sea], served.model.statistics.climatology[2][sea])
    np.testing.assert_array_equal(found.notnull(), answer["thetao"].notnull())


def test_what_cannot_be_true_is_left_out_and_told(served: ServedModel) -> None:
    """One value, 30 °C off, changes nothing but the record; nor does it, if it is all there is."""
    good = Observations.checked([0.0, 10.0], [-30.0, -20.0], [5.0, 5.0], [26.0, 25.0])
    wrong = Observations.checked([0.0, 10.0, 5.0], [-30.0, -20.0, 150.0], [5.0] * 3, [26, 25, -2])
    expected, found = (reconstruct(served, given, "2008-03", 3) for given in (good, wrong))
    np.testing.assert_array_equal(found["thetao"], expected["thetao"])
    report = summary(found)["observations"]
    assert report["rejected"] == 1 and report["cells"] == 3
    assert (
        report["checks"] == "The background check rejected what was observed in 1 cell of a level."
    )
    assert found["observation_flag"].values.tolist() == [0, 0, 5]
    assert report["flags"] == "2x0 1x5"
    notes = json.loads(found.attrs["account"])["notes"]
    assert notes == ["rejected by platform: 5.00° N 150.00° E (1 of 1)"]
    alone = Observations.checked([5.0], [150.0], [5.0], [-2.0])
    climate = served.model.statistics.climatology[2]
    empty = reconstruct(served, alone, "2008-03", 8)
    assert summary(empty)["observations"]["rejected"] == 1
    left = "no observation is left"
    assert left in empty.attrs["warnings"] and left not in found.attrs.get("warnings", "")
    assert "(`climatology`, `--climatology`); their date; their units" in empty.attrs["warnings"]
    assert np.nanmax(np.abs(empty["thetao"].values[0] - climate)) < 2


def test_same_again_and_any_number_of_members(answer: xr.Dataset, served: ServedModel) -> None:
    again = reconstruct(served, observations(), "2008-03", 3, 1, keep_members=True)
    xr.testing.assert_identical(answer, again)
    ask = lambda: reconstruct(served, observations(), "2008-03", 3, 1)
    check_watched(ask, served.model.sampling.steps)
    more = reconstruct(served, observations(), "2008-03", 7, 1, keep_members=True)
    np.testing.assert_array_equal(more["thetao_members"][:3], answer["thetao_members"])
    other = reconstruct(served, observations(), "2008-03", 3, 2, keep_members=True)
    assert not np.array_equal(other["thetao_members"], answer["thetao_members"])


def test_one_member_has_no_spread(served: ServedModel) -> None:
    single = reconstruct(served, observations(), "2008-03", 1, 0)
    assert np.isnan(single["thetao_std"]).all()
    assert summary(single)["levels"][0]["std"] is None


def test_file_and_back(answer: xr.Dataset, tmp_path: Path) -> None:
    first, second = (write_netcdf(answer, tmp_path / f"{n}.nc") for n in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nc", "b.nc"]
    with xr.open_dataset(first) as back:
        np.testing.assert_array_equal(back["thetao"].values, answer["thetao"].values)
        np.testing.assert_array_equal(back["time"].values, answer["time"].values)
        assert back.attrs["model_digest"] == answer.attrs["model_digest"]
    for text in (str(tmp_path), "/root", "/tmp", "/home"):
        assert text not in str(answer.attrs)


def test_cf_checker(answer: xr.Dataset, tmp_path: Path) -> None:
    """compliance-checker finds no error, with and without members."""
    for name, dataset in (
        ("all", answer),
        ("mean", answer.drop_vars(["thetao_members", "member"])),
    ):
        assert not cf_problems(write_netcdf(dataset, tmp_path / f"{name}.nc"))


def test_summary(answer: xr.Dataset) -> None:
    report = json.loads(json.dumps(summary(answer), allow_nan=False))
    assert report["observations"] == {
        "given": 4,
        "used": 3,
        "off_level": 1,
        "on_land": 0,
        "snapped": 0,
        "cells": 3,
        "around": 0,
        "off_month": 0,
        "rejected": 0,
        "error_factor": 1.0,
        "checks": "The background check rejected what was observed in no cells of a level.",
        "flags": "3x0 1x2",
    }
    level = report["levels"][0]
    field = answer["thetao"].values[0, 0].astype(np.float64)
    weight = np.cos(np.radians(answer["latitude"].values))[:, None] * np.isfinite(field)
    expected = np.nansum(weight * field) / weight.sum()
    assert level["mean"] == pytest.approx(expected, abs=1e-6)  # cell areas go as cos(latitude)
    assert level["minimum"] == pytest.approx(np.nanmin(field))
    assert report["members"] == 3 and report["seed"] == 1 and report["evaluations"] <= 32


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "08-2003"}, "08-2003"),
        ({"date": ""}, "no date"),
        ({"date": "2008-00"}, "2008-00"),
        ({"members": 0}, "0 members"),
        ({"members": 65}, "65 members"),
        ({"members": True}, "True members"),
        ({"seed": -1}, "seed -1"),
        ({"seed": 2**60}, "seed"),
    ],
)
def test_bad_settings(served: ServedModel, changes: dict[str, object], words: str) -> None:
    settings = {"date": "2008-03", "members": 2, "seed": 0} | changes
    with pytest.raises((BadData, BadObservations), match=words):
        reconstruct(served, observations(), **settings)  # type: ignore[arg-type]
