"""Slices of an answer's file, as the page asks for them."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from bento import fields

from thermocline.errors import BadData
from thermocline.ocean.projected import ProjectedGrid


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """An answer of 3 depths, 4 rows and 5 columns, one cell of it empty, and a climatology."""
    dims = ("time", "depth", "latitude", "longitude")
    values = np.arange(60, dtype=np.float32).reshape(1, 3, 4, 5)
    values[0, :, 1, 2] = np.nan
    about = {"units": "degree_Celsius", "standard_name": "sea_water_potential_temperature"}
    coords = {
        "time": np.array(["2008-03-16"], "datetime64[ns]"),
        "depth": [5.0, 50.0, 500.0],
        "latitude": [-1.5, -0.5, 0.5, 1.5],
        "longitude": [10.0, 11.0, 12.0, 13.0, 14.0],
    }
    answer = xr.Dataset({"thetao": (dims, values, about)}, coords, {"members": np.int32(4)})
    answer["latitude_bnds"] = (("latitude", "bnds"), np.zeros((4, 2)))
    answer.to_netcdf(tmp_path / "answer.nc")
    usual = xr.Dataset({"thetao_climatology": (dims, values + 1)})
    usual.to_netcdf(tmp_path / "comparison.nc")
    return [tmp_path / "answer.nc", tmp_path / "comparison.nc"]


def test_what_there_is(files: list[Path]) -> None:
    said = fields.description(files)
    assert [each["name"] for each in said["variables"]] == ["thetao", "thetao_climatology"]
    assert said["variables"][0] == {
        "name": "thetao",
        "dims": ["time", "depth", "latitude", "longitude"],
        "shape": [1, 3, 4, 5],
        "long_name": "",
        "units": "degree_Celsius",
        "standard_name": "sea_water_potential_temperature",
        "ancillary_variables": "",
    }
    assert said["coordinates"]["depth"] == [5, 50, 500]
    assert said["coordinates"]["time"][0].startswith("2008-03-16")
    assert said["attributes"] == {"members": 4} and said["grid"] == "latitude_longitude"


def test_parts_are_those_of_the_file(files: list[Path]) -> None:
    truth = xr.load_dataset(files[0])["thetao"].values
    for index, part in (
        ({"time": 0, "depth": 2}, truth[0, 2]),
        ({"time": 0, "latitude": 3, "longitude": 4}, truth[0, :, 3, 4]),
        ({}, truth),
    ):
        content, shape = fields.values(files, "thetao", index)
        assert shape == part.shape
        np.testing.assert_array_equal(np.frombuffer(content, "<f4").reshape(shape), part)
    content, shape = fields.values(files, "thetao_climatology", {"time": 0, "depth": 0}, stride=2)
    expected = truth[0, 0, ::2, ::2] + 1
    np.testing.assert_array_equal(np.frombuffer(content, "<f4").reshape(shape), expected)


@pytest.mark.parametrize("index", [{"depth": 3}, {"depth": -1}, {"height": 0}])
def test_what_is_not_there(files: list[Path], index: dict[str, int]) -> None:
    with pytest.raises(BadData):
        fields.values(files, "thetao", index)
    with pytest.raises(BadData, match="no variable"):
        fields.values(files, "latitude_bnds", {})


def test_no_slice_is_too_large(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "MOST_VALUES", 20)
    assert fields.values(files, "thetao", {"depth": 0})[1] == (1, 4, 5)
    with pytest.raises(BadData, match="60 values"):
        fields.values(files, "thetao", {})


def test_a_projection_puts_places_where_the_grid_has_them(tmp_path: Path) -> None:
    from pyproj import Transformer

    x = np.arange(-8, 9) * 100_000.0
    grid = ProjectedGrid(x, x - 1e6, "EPSG:3413")
    ice = (grid.dims, np.zeros(grid.shape, np.float32), {"grid_mapping": "crs"})
    dataset = xr.Dataset({"siconc": ice}, dict(grid.coordinates()))
    dataset.to_netcdf(tmp_path / "answer.nc")
    said = fields.description([tmp_path / "answer.nc"])
    assert said["grid"] == "projected"
    transformer = Transformer.from_crs("EPSG:4326", said["crs"], always_xy=True)
    place = dataset["longitude"].values[3, 4], dataset["latitude"].values[3, 4]
    found = transformer.transform(*place)
    np.testing.assert_allclose(found, (said["coordinates"]["x"][4], said["coordinates"]["y"][3]))
