"""Moorings of Copernicus Marine and OceanSITES: depths and positions that are nominal are used."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from thermocline.sources import read_profiles
from thermocline.sources.account import Account

MEANINGS = (
    "no_qc_performed good_data probably_good_data bad_data_that_are_potentially_correctable "
    "bad_data value_changed value_below_detection nominal_value interpolated_value missing_value"
)
STATED = {"flag_values": np.arange(10, dtype="i1"), "flag_meanings": MEANINGS}
DIMS = ("TIME", "DEPTH")


def mooring(path: Path, codes: dict[str, int], said: Any, dims: tuple[str, str] = DIMS) -> Path:
    """Three casts of two levels, each flag variable with one code; others are good."""
    values = {
        "TIME": ([25000.0, 25001, 25002], "days since 1950-01-01", "time"),
        "LATITUDE": ([45.0] * 3, "degree_north", "latitude"),
        "LONGITUDE": ([-10.0] * 3, "degree_east", "longitude"),
        "TEMP": ([[15.0, 14.0]] * 3, "degrees_C", "sea_water_temperature"),
        "DEPH": ([[5.0, 50.0]] * 3, "m", "depth"),
    }
    with netCDF4.Dataset(path, "w") as file:
        for dim, size in zip(dims, (3, 2), strict=True):
            file.createDimension(dim, size)
        for name, (numbers, unit, standard) in values.items():
            found = file.createVariable(name, "f8", dims[: np.ndim(numbers)])
            found[:] = numbers
            found.setncatts({"units": unit, "standard_name": standard})
        for flag, on in (("TEMP_QC", dims), ("DEPH_QC", dims), ("POSITION_QC", dims[:1])):
            found = file.createVariable(flag, "i1", on)
            found[:] = codes.get(flag, 1)
            found.setncatts(said)
    return path


def account(path: Path) -> Account:
    return Account.from_json(read_profiles(path).attrs["account"])


@pytest.mark.parametrize("said", [STATED, {}])
@pytest.mark.parametrize("flag", ["DEPH_QC", "POSITION_QC"])
def test_nominal_depths_and_positions_are_used(tmp_path: Path, flag: str, said: Any) -> None:
    assert account(mooring(tmp_path / "f.nc", {flag: 7}, said)).used == 6


@pytest.mark.parametrize("said", [STATED, {}])
def test_a_nominal_temperature_is_not(tmp_path: Path, said: Any) -> None:
    found = account(mooring(tmp_path / "f.nc", {"TEMP_QC": 7}, said))
    assert found.dropped == {"temperature not flagged good": 6}


def test_a_depth_that_nobody_checked_is_not_called_bad(tmp_path: Path) -> None:
    found = account(mooring(tmp_path / "f.nc", {"DEPH_QC": 0}, STATED))
    assert found.dropped == {"depth not flagged good": 6}


def test_seven_is_nominal_in_no_other_form(tmp_path: Path) -> None:
    """In SeaDataNet's scheme it is a value in excess."""
    path = mooring(tmp_path / "f.nc", {"DEPH_QC": 7}, {}, ("INSTANCE", "MAXZ"))
    assert account(path).dropped == {"depth not flagged good": 6}
    excess = STATED | {"flag_meanings": MEANINGS.replace("nominal_value", "value_in_excess")}
    assert account(mooring(path, {"DEPH_QC": 7}, excess)).used == 0
