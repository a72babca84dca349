"""Bad observations are refused with a message that says what, where and what to do."""

import numpy as np
import pytest

from thermocline.errors import BadObservations
from thermocline.observe import MAX_OBSERVATIONS, Observations

GOOD = {
    "latitude": [10.0, -20.0, 30.0],
    "longitude": [-150.0, 200.0, 359.5],
    "depth": [0.0, 100.0, 1000.0],
    "value": [25.0, 18.5, 4.0],
}


def test_good_ones_are_kept_as_they_are():
    found = Observations.checked(**GOOD, error=[0.1, None, np.nan], time=["2008-01-02"] * 3)
    assert len(found) == 3
    for name, values in GOOD.items():
        np.testing.assert_array_equal(getattr(found, name), values)
        assert getattr(found, name).dtype == np.float64
    np.testing.assert_array_equal(found.error, [0.1, np.nan, np.nan])
    assert found.time is not None and found.time.dtype == np.dtype("datetime64[ns]")


def test_error_may_be_absent_or_one_number():
    assert np.isnan(Observations.checked(**GOOD).error).all()
    np.testing.assert_array_equal(Observations.checked(**GOOD, error=0.2).error, [0.2] * 3)


def test_later_changes_of_the_callers_arrays_do_not_reach_in():
    value = np.array(GOOD["value"])
    found = Observations.checked(**GOOD | {"value": value})
    value[:] = 300
    assert found.value[0] == 25.0


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"latitude": [10, 91.5, 30]}, ["observation 1", "latitude 91.5", "−90 and 90"]),
        ({"longitude": [10, 20, 360.5]}, ["observation 2", "longitude 360.5", "−180 and 360"]),
        ({"longitude": [-181, 20, 36]}, ["observation 0", "longitude -181"]),
        ({"depth": [-1, 100, 20]}, ["observation 0", "depth -1", "metres"]),
        ({"depth": [1, 100, 12001]}, ["observation 2", "depth 12001"]),
        (
            {"value": [298.15, 290, 280]},
            ["observation 0", "298.15 (and 2 more)", "look like kelvin"],
        ),
        ({"value": [25, 281.65, 4]}, ["observation 1", "281.65", "kelvin", "273.15"]),
        ({"value": [25, 45, 4]}, ["observation 1", "temperature 45", "-3 to 40"]),
        ({"value": [25, -5, 4]}, ["observation 1", "temperature -5"]),
        ({"value": [25, np.nan, 4]}, ["observation 1", "temperature nan"]),
        ({"depth": [25, np.inf, 4]}, ["observation 1", "depth inf"]),
        ({"latitude": [None, 1, 4]}, ["observation 0", "latitude nan"]),
        ({"latitude": ["north", 1, 4]}, ["latitude holds something that is not a number"]),
        ({"latitude": [[1, 2], [3]]}, ["latitude holds something that is not a number"]),
        ({"error": [0.1, 0.0, 0.1]}, ["observation 1", "error 0", "positive"]),
        ({"error": [0.1, -0.1, 0.1]}, ["observation 1", "error -0.1"]),
        ({"error": [0.1, np.inf, 0.1]}, ["observation 1", "error inf"]),
        ({"time": ["soon"] * 3}, ["time", "cannot be read"]),
        ({"time": ["2008-01-01"] * 2}, ["lists of different length", "time 2"]),
        ({"latitude": [1.0, 2.0]}, ["lists of different length", "latitude 2", "depth 3"]),
    ],
)
def test_bad_ones_are_refused(change, parts):
    with pytest.raises(BadObservations) as caught:
        Observations.checked(**GOOD | change)
    for part in parts:
        assert part in str(caught.value)


def test_values_of_a_file_are_not_quoted():
    """A file may hold what is not its sender's to read; row and remedy are told all the same."""
    for change in ({"value": [25, 45, 4]}, {"latitude": ["45", 1, "x"]}, {"time": ["at 45"] * 3}):
        with pytest.raises(BadObservations) as caught:
            Observations.checked(**GOOD | change, quote=False)
        text = str(caught.value)
        assert "45" not in text and "'x'" not in text and "→" in text
    with pytest.raises(
        BadObservations, match=r"observation 1: temperature is impossible.*-3 to 40"
    ):
        Observations.checked(**GOOD | {"value": [25, 46, 4]}, quote=False)


def test_none_at_all():
    with pytest.raises(BadObservations, match=r"empty .*give at least one"):
        Observations.checked([], [], [], [])


def test_a_million():
    many = np.zeros(1_000_000)
    with pytest.raises(BadObservations, match="1,000,000 observations; at most 200,000"):
        Observations.checked(many, many, many, many)
    most = np.zeros(MAX_OBSERVATIONS)
    assert len(Observations.checked(most, most, most, most)) == MAX_OBSERVATIONS
