"""Files that cannot be counted by month are refused in words, each by its name."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from thermocline.errors import BadData
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.raw import RawFile
from thermocline.prepare.validate import raw_table

UNDATED = np.datetime64("NaT", "ns")
DATED = np.datetime64("2001-03-01", "ns")


def refused(dataset: xr.Dataset, says: str) -> None:
    file = RawFile(Path("raw/f.nc"), VARIABLES["thetao"], lambda path: dataset)
    with pytest.raises(BadData, match=rf"raw/f\.nc: {says}"):
        raw_table(file)


def field(times: list) -> xr.Dataset:
    values = np.full((len(times), 1, 2, 2), 10.0)
    axes = {"time": times, "depth": [0.0], "latitude": [0.0, 1], "longitude": [0.0, 1]}
    return xr.Dataset({"thetao": (tuple(axes), values, {"units": "degree_Celsius"})}, axes)


def profiles(times: list, value: float = 10.0) -> xr.Dataset:
    dims, count = ("n_prof", "n_level"), len(times)
    places = {name: ("n_prof", np.zeros(count)) for name in ("latitude", "longitude")}
    return xr.Dataset(
        {
            "thetao": (dims, np.full((count, 2), value), {"units": "degree_Celsius"}),
            "depth": (dims, np.full((count, 2), 5.0)),
        },
        {**places, "time": ("n_prof", np.array(times, "datetime64[ns]"))},
    )


def test_a_field_without_a_date() -> None:
    refused(field([UNDATED]), "has no dates")


def test_months_that_are_counted() -> None:
    refused(field([1, 2, 3]), "has no dates: its times are numbers")


def test_profiles_without_dates() -> None:
    refused(profiles([UNDATED, UNDATED]), "has no dates")
    refused(profiles([DATED, UNDATED]), "has no date for 1 of 2 times")


def test_profiles_without_a_value_that_is_used() -> None:
    refused(profiles([]), "has no usable profile")
    refused(profiles([DATED], np.nan), "has no usable profile")
