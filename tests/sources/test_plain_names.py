"""Casts without standard names: variables are found by their names, positions by their units."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from thermocline.errors import BadData, BadFile
from thermocline.sources import read_casts, read_profiles, sniff

CASTS = ("profile", "z")
NAMES = {
    "temperature": ([[15.0, 14.0], [16.0, 15.0]], "degree_C"),
    "salinity": ([[35.0, 35.0], [35.0, 35.0]], "1e-3"),
    "depth": ([[5.0, 500.0]] * 2, "m"),
    "lat": ([45.0, 46.0], "degrees_north"),
    "lon": ([-30.0, -31.0], "degrees_east"),
    "time": ([18000.0, 18001.0], "days since 1970-01-01"),
}


def casts(path: Path, **names: str) -> Path:
    """Two casts of two levels; variables are called as `names` says."""
    with netCDF4.Dataset(path, "w") as file:
        for dim in CASTS:
            file.createDimension(dim, 2)
        for name, (values, unit) in NAMES.items():
            variable = file.createVariable(names.get(name, name), "f8", CASTS[: np.ndim(values)])
            variable[:] = values
            variable.units = unit
    return path


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"temperature": "Temperature", "depth": "Depth", "lat": "Latitude", "lon": "Longitude"},
        {"temperature": "TEMP", "depth": "DEPH", "salinity": "PSAL", "time": "JULD"},
        {"lat": "y", "lon": "x"},
        {"lat": "north", "lon": "east", "time": "date"},
    ],
)
def test_casts_without_standard_names_are_read(tmp_path: Path, names: dict[str, str]) -> None:
    found = read_casts(casts(tmp_path / "f.nc", **names))
    assert found.latitude.values.tolist() == [45, 46]
    assert found.longitude.values.tolist() == [-30, -31]
    np.testing.assert_allclose(found.thetao, NAMES["temperature"][0], atol=0.1)
    np.testing.assert_array_equal(found.depth, NAMES["depth"][0])
    assert np.isfinite(found.so).all()


def test_a_variable_that_says_nothing_is_named(tmp_path: Path) -> None:
    path = casts(tmp_path / "f.nc", temperature="t_water")
    with pytest.raises(BadFile, match=r"f\.nc: no variable says that it is a temp.*t_water"):
        read_profiles(path)


def test_a_map_on_plain_dimensions_is_none_of_casts(tmp_path: Path) -> None:
    path = casts(tmp_path / "f.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("lon", "unused")
        file["unused"].units = "1"
        file.createVariable("lon", "f8", CASTS[1:])[:] = [0.0, 1.0]
        file["lon"].units = "degrees_east"
    assert sniff(path) == "field"


def test_a_longitude_in_degrees_north_is_refused(tmp_path: Path) -> None:
    path = casts(tmp_path / "f.nc")
    with netCDF4.Dataset(path, "a") as file:
        file["lon"].units = "degrees_north"
    with pytest.raises(BadData, match="longitude in 'degrees_north'"):
        read_profiles(path)


@pytest.mark.parametrize("scalar", ["lon", "time"])
def test_a_section_is_none_of_casts(tmp_path: Path, scalar: str) -> None:
    path = casts(tmp_path / "f.nc", **{scalar: "unused"})
    with netCDF4.Dataset(path, "a") as file:
        file["unused"].units = "1"
        file.createVariable(scalar, "f8", ())[:] = 3.0
        file[scalar].units = NAMES[scalar][1]
    assert sniff(path) == "field"
