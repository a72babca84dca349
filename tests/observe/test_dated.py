"""Dated observations: the month asked for, the months around it, and what lies further away."""

import numpy as np
import pytest

from thermocline.config import ErrorConfig
from thermocline.errors import BadObservations
from thermocline.observe import Observations, to_problem, to_window
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.statistics import Statistics

GRID = LatLonGrid.regular(18, 36)
LEVELS = np.array([5.0, 50.0, 200.0])
ERRORS = ErrorConfig(instrument=0.1, representativeness=0.3)
SHAPE = (3, 18, 36)
MARCH = np.datetime64("2008-03", "M")


def statistics() -> Statistics:
    """A climatology of 10 °C + calendar month, a standard deviation of 2 °C."""
    climatology = 10.0 + np.arange(1, 13)[:, None, None, None] + np.zeros(SHAPE)
    ones = np.ones(SHAPE, np.float32)
    return Statistics(climatology.astype(np.float32), 2 * ones, ones > 0)


def dated(times: list[str | None], value: float = 15.0) -> Observations:
    """One observation a time, each in a column of its own."""
    n = len(times)
    longitude = GRID.longitude[np.arange(n) % 36]
    latitude = GRID.latitude[np.arange(n) // 36 + 2]
    return Observations.checked(latitude, longitude, [5.0] * n, [value] * n, time=times)


def window(observations: Observations, **options):
    return to_window(observations, GRID, LEVELS, statistics(), MARCH, ERRORS, **options)


def test_each_month_is_compared_with_its_own_climatology():
    times = ["2008-02-10", "2008-03-01", "2008-04-30T12:00Z", "2008-05-01", None]
    problem, usage = window(dated(times), window=1)
    assert problem.month == 3 and problem.case == "2008-03"
    before, after = problem.around
    assert (before.lag, after.lag) == (-1, 1)
    assert before.y[before.observed] == pytest.approx((15 - 12) / 2)
    assert after.y[after.observed] == pytest.approx((15 - 14) / 2)
    assert problem.y[problem.observed] == pytest.approx((15 - 13) / 2)
    assert problem.observed.sum() == 2  # that without a time is of the month
    assert (usage.given, usage.used, usage.around, usage.off_month) == (5, 4, 2, 1)
    assert usage.cells == 4


def test_the_turn_of_the_year():
    january = np.datetime64("2008-01", "M")
    observations = dated(["2007-12-31", "2008-01-01"])
    problem, _ = to_window(observations, GRID, LEVELS, statistics(), january, ERRORS, 1)
    assert problem.month == 1
    assert problem.around[0].lag == -1
    assert problem.around[0].y.max() == 0 and problem.around[0].y.min() == pytest.approx(-3.5)


def test_without_times_it_is_the_problem_of_one_month():
    observations = Observations.checked([10.0], [20.0], [5.0], [15.0])
    expected, counts = to_problem(observations, GRID, LEVELS, statistics(), 3, ERRORS, "2008-03")
    problem, usage = window(observations, window=1)
    np.testing.assert_array_equal(problem.y, expected.y)
    assert problem.around == () and usage == counts


def test_the_month_itself_need_not_be_observed():
    problem, usage = window(dated(["2008-02-10", "2008-04-10"]), window=1)
    assert not problem.observed.any() and len(problem.around) == 2
    assert (problem.s_y == 1).all() and usage.around == 2


def test_no_window_leaves_other_months_out():
    problem, usage = window(dated(["2008-02-10", "2008-03-10"]))
    assert problem.around == () and usage.off_month == 1
    with pytest.raises(BadObservations, match="none of 1 observations is of 2008-03"):
        window(dated(["2008-02-10"]))


def test_months_around_are_thinned_until_they_fit():
    times = ["2008-03-10"] * 10 + ["2008-02-10"] * 40 + ["2008-04-10"] * 40
    problem, usage = window(dated(times), window=1, most=50)
    assert problem.observed.sum() == 10  # the month itself is not touched
    assert [each.observed.sum() for each in problem.around] == [20, 20]
    assert usage.cells == 50 and usage.around == 80
    for each in problem.around:
        assert (each.y[~each.observed] == 0).all() and (each.s_y[~each.observed] == 1).all()
    none, _ = window(dated(times), window=1, most=10)
    assert none.around == ()
    for most in (12, 13, 16):
        few, usage = window(dated(times), window=1, most=most)
        assert len(few.around) == 2 and most - 4 < usage.cells <= most


def test_an_unusable_month_around_does_not_matter_but_nothing_usable_does():
    deep = Observations.checked(
        [10.0, 10.0], [20.0, 20.0], [5.0, 4000.0], [15.0, 3.0], time=["2008-03-01", "2008-02-01"]
    )
    problem, usage = window(deep, window=1)
    assert problem.around == () and (usage.used, usage.off_level, usage.around) == (1, 1, 0)
    only = Observations.checked([10.0], [20.0], [4000.0], [3.0], time=["2008-02-01"])
    with pytest.raises(BadObservations, match="deeper than the model"):
        window(only, window=1)


@pytest.mark.parametrize("text", ["2008-13-01", "yesterday", "2008-02-31"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(BadObservations, match="time cannot be read"):
        dated([text])
