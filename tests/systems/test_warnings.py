"""What an answer warns of, and what it does not."""

import numpy as np
import pytest
import xarray as xr

from thermocline.answers.warnings import (
    SHARE,
    UNUSUAL,
    beyond_bounds,
    far_from_climatology,
    outside_training,
    warn,
    warnings_of,
)
from thermocline.ocean.variables import VARIABLES


def test_warnings_are_kept_once_and_in_order() -> None:
    dataset = xr.Dataset()
    warn(dataset)
    assert not dataset.attrs and warnings_of(dataset) == []
    warn(dataset, "hot", "cold")
    warn(dataset, "cold", "far")
    assert warnings_of(dataset) == ["hot", "cold", "far"]


NAME = "sea_water_potential_temperature"


def test_values_that_no_ocean_holds_are_counted_with_their_extremes() -> None:
    field = np.full((2, 2, 3), 10.0)
    field[0, 0, 0] = np.nan  # land
    dataset = xr.Dataset(
        {"thetao": (("depth", "latitude", "longitude"), field, {"standard_name": NAME})},
        {"depth": [5.0, 3000.0]},
    )
    assert beyond_bounds(dataset.isel(depth=[0])) == []
    dataset.thetao[0, 1, 1], dataset.thetao[0, 1, 2] = 60.0, -9.0
    (said,) = beyond_bounds(dataset.isel(depth=[0]))
    assert said.startswith("2 values of thetao") and "-9 to 60 degree_Celsius" in said


@pytest.mark.parametrize("name", [name for name in VARIABLES if VARIABLES[name].standard_name])
def test_what_an_answer_calls_a_variable_is_known(name: str) -> None:
    variable = VARIABLES[name]
    for said in (variable.attributes, variable.answer_attributes):
        dataset = xr.Dataset({"x": ("row", [variable.upper + 1000.0], said)})
        (warned,) = beyond_bounds(dataset)
        assert warned.startswith("1 values of x")


def test_a_variable_that_is_not_there_or_of_no_numbers_is_passed_over() -> None:
    assert beyond_bounds(xr.Dataset({"count": ("x", [10**6]), "thetao": ("x", [99])})) == []


@pytest.mark.parametrize(("far", "warned"), [(0, False), (9, False), (10, True), (500, True)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_share_of_cells_far_from_the_climatology(far: int, warned: bool, sign: int) -> None:
    anomaly = np.zeros(1100)
    sea = np.arange(1100) < 1000
    anomaly[:far] = sign * (UNUSUAL + 1)
    anomaly[~sea] = 100  # land says nothing
    said = far_from_climatology(anomaly.reshape(11, 100), sea.reshape(11, 100))
    assert bool(said) == warned == (far / 1000 >= SHARE)
    if said:
        assert said[0].startswith(f"{far / 1000:.0%} of the cells") and "their date" in said[0]


def test_no_sea_is_nowhere_far() -> None:
    assert far_from_climatology(np.full(3, 99.0), np.zeros(3, dtype=bool)) == []


@pytest.mark.parametrize(
    ("year", "says"),
    [
        (1999, "1999 is 1 year outside"),
        (1970, "1970 is 30 years outside"),
        (1969, "so far that its climate may be another one"),
        (2012, "2012 is 2 years outside"),
        (2041, "so far that its climate may be another one"),
    ],
)
def test_years_outside_the_training(year: int, says: str) -> None:
    (said,) = outside_training(year, 2000, 2010)
    assert says in said and "(2000 to 2010)" in said
    assert ("another one" in said) == ("another one" in says)


@pytest.mark.parametrize("year", [2000, 2005, 2010])
def test_years_of_the_training(year: int) -> None:
    assert outside_training(year, 2000, 2010) == []
