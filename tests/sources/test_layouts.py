"""Files that are refused for the way their casts or their variables lie: the message says which."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from stated_fields import sst

from thermocline.errors import BadFile
from thermocline.sources import read_field, read_profiles

DEPTH = np.array([5.0, 50, 500])
TEMPERATURE = {"units": "degC", "standard_name": "sea_water_temperature"}


def casts(count: int = 4) -> xr.Dataset:
    at = np.arange(count)
    return xr.Dataset(
        {"temp": (("cast", "level"), np.tile(20 - DEPTH / 50, (count, 1)), TEMPERATURE)},
        {
            "lat": ("cast", 30.0 + at, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("cast", -40.0 - at, {"units": "degrees_east", "standard_name": "longitude"}),
            "time": ("cast", 3000.0 + at, {"units": "days since 2000-01-01",
                                           "standard_name": "time"}),
            "depth": ("level", DEPTH, {"units": "m", "standard_name": "depth"}),
        },
    )  # fmt: skip


def refusal(path: Path, dataset: xr.Dataset) -> str:
    dataset.to_netcdf(path)
    with pytest.raises(BadFile) as caught:
        read_profiles(path)
    assert "gridded field" not in str(caught.value) and caught.value.where == str(path)
    return str(caught.value)


def test_casts_by_levels_are_read(tmp_path: Path) -> None:
    casts().to_netcdf(tmp_path / "f.nc")
    assert dict(read_profiles(tmp_path / "f.nc").sizes) == {"n_prof": 4, "n_level": 3}


def test_levels_by_casts_are_named(tmp_path: Path) -> None:
    said = refusal(tmp_path / "f.nc", casts().transpose())
    assert "transposed: temp has dimensions levels × casts (level, cast)" in said
    assert "ncpdq -a cast,level" in said


def test_a_single_cast_is_named(tmp_path: Path) -> None:
    assert "a single cast: temp is along level" in refusal(tmp_path / "f.nc", casts().isel(cast=0))


@pytest.mark.parametrize("kind", ["contiguous", "indexed"])
def test_ragged_casts_are_named(tmp_path: Path, kind: str) -> None:
    flat = casts().stack(obs=("cast", "level")).reset_index("obs").reset_coords(drop=True)
    places = casts().drop_vars(["temp", "depth"])
    if kind == "contiguous":
        places["rowsize"] = ("cast", [3] * 4, {"sample_dimension": "obs"})
    else:
        places["rowsize"] = ("obs", np.repeat(np.arange(4), 3), {"instance_dimension": "cast"})
    ragged = places.assign(temp=("obs", flat.temp.values, TEMPERATURE))
    said = refusal(tmp_path / "f.nc", ragged.assign(z=("obs", np.tile(DEPTH, 4))))
    assert "ragged arrays" in said and "rowsize" in said and "CSV" in said


def test_a_field_is_one(tmp_path: Path) -> None:
    sst().to_netcdf(tmp_path / "f.nc")
    with pytest.raises(BadFile, match=r"f\.nc: holds a gridded field, not profiles"):
        read_profiles(tmp_path / "f.nc")


@pytest.mark.parametrize("group", ["data", "PRODUCT/inner"])
@pytest.mark.parametrize("axes", [True, False])
def test_a_group_is_named(tmp_path: Path, group: str, axes: bool) -> None:
    path = tmp_path / "f.nc"
    sst().to_netcdf(path, group=group)
    if axes:
        with netCDF4.Dataset(path, "a") as file:
            file.createDimension("lat", 3)
            file.createVariable("lat", "f4", ("lat",))
    for reader in (read_field, read_profiles):
        with pytest.raises(BadFile, match=f"its variables are in the group {group}") as caught:
            reader(path)
        assert caught.value.where == str(path) and "ncks" in caught.value.fix


READERS = (
    (casts(), "temp", read_profiles),
    (sst(), "sst", lambda path: read_field(path, "tos")),
)


@pytest.mark.parametrize("attribute", ["valid_min", "valid_range", "scale_factor", "add_offset"])
@pytest.mark.parametrize("value", ["none", "", np.array([1.0, 2.0, 3.0])])
@pytest.mark.parametrize(("dataset", "name", "reader"), READERS)
def test_an_attribute_that_is_no_number_is_named(
    tmp_path: Path, attribute: str, value, dataset: xr.Dataset, name: str, reader
) -> None:
    path = tmp_path / "f.nc"
    dataset.to_netcdf(path)
    with netCDF4.Dataset(path, "a") as file:
        file[name].setncattr(attribute, value)
    with pytest.raises(BadFile, match=r"f\.nc: .*number") as caught:
        reader(path)
    assert attribute in str(caught.value) or "must be one number" in caught.value.fix


@pytest.mark.parametrize(("dataset", "name", "reader"), READERS)
@pytest.mark.parametrize(
    ("low", "high"), [("valid_min", "valid_max"), ("valid_range", "valid_range")]
)
def test_limits_that_are_written_as_text_are_numbers(
    tmp_path: Path, low: str, high: str, dataset: xr.Dataset, name: str, reader
) -> None:
    path = tmp_path / "f.nc"
    found = []
    for least, most in ((14.0, 20.9), ("14.0", "20.9f")):
        dataset.to_netcdf(path)
        both = np.array([least, most]) if least == 14.0 else f"{least}, {most}"
        with netCDF4.Dataset(path, "a") as file:
            file[name].setncattr(high, both if low == high else most)
            file[name].setncattr(low, both if low == high else least)
        with reader(path) as read:
            found.append(read.load())
    xr.testing.assert_equal(*found)
