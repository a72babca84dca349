"""Which observations a check rejected, in a form that stays small, and what to do about it."""

from dataclasses import replace

import numpy as np
import pytest

from thermocline.answers.departure import departure
from thermocline.observe import Observations
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.systems.reconstruct.endpoints import rejected

BAD = rejected.REASONS.index(rejected.REJECTED)


def observed(y):
    """A problem of two levels with anomalies [2, W], all of them seen."""
    y = np.asarray(y, np.float32)[:, None]
    whole = np.ones(y.shape, bool)
    return AnomalyProblem(y, np.ones_like(y), whole, whole, 3)


def points(count, platform=None):
    at = np.linspace(0, 10, count)
    found = Observations.checked(at, at, np.full(count, 5.0), np.full(count, 9.0))
    return found if platform is None else replace(found, platform=np.asarray(platform))


def told(y, share):
    problem = observed(y)
    count = problem.y.size
    flags = np.zeros(count, np.int8)
    flags[: round(share * count)] = BAD
    left = ~(flags == BAD).reshape(problem.observed.shape)
    checked = replace(problem, observed=problem.observed & left)
    off = departure(problem.y[problem.observed])
    return rejected.warnings(problem, checked, flags, points(count), off)


def test_a_large_share_is_told_and_climatology_comes_first_where_all_lie_to_one_side() -> None:
    (said,) = told(np.full((2, 10), 10.8), 0.9)
    assert "rejected 18 of 20 values (90%)" in said
    assert "at 100% of 10 places, +10.8 standard deviations" in said
    assert said.index("--climatology") < said.index("their date") < said.index("their units")


def test_a_few_bad_platforms_are_looked_at_themselves() -> None:
    (said,) = told(np.where(np.arange(10) % 2, 9.0, -9.0) * np.ones((2, 1)), 0.5)
    assert said.index("quality flags") < said.index("places and date") < said.index("--climatology")


def test_nothing_left_is_told_however_few() -> None:
    (said,) = told(np.full((2, 1), 8.0), 1.0)
    assert said.startswith("no observation is left: the background check rejected all 2 values")


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_a_small_share_is_not(share: float) -> None:
    assert told(np.zeros((2, 10)), share) == []


def test_platforms_are_counted_by_what_their_observations_stand_for() -> None:
    given = replace(points(4, ["a", "b", "b", ""]), represents=np.array([5, 7, 2, 1]))
    flags = np.array([0, BAD, 0, BAD], np.int8)
    (note,) = rejected.by_platform(flags, given)
    assert note == "rejected by platform: b (7 of 9), 10.00° N 10.00° E (1 of 1)"
    assert rejected.counts(flags, given) == {rejected.REJECTED: 8}
    assert rejected.by_platform(np.zeros(4, np.int8), given) == ()


def test_flags_are_small_and_say_all() -> None:
    flags = np.repeat(np.arange(6, dtype=np.int8), 30_000)
    _, kept, about = rejected.flag_variable(flags)
    assert kept.nbytes == flags.size == 180_000
    assert len(about["flag_meanings"].split()) == len(rejected.REASONS) == len(about["flag_values"])
    assert rejected.as_text(flags) == " ".join(f"30000x{flag}" for flag in range(6))
    assert rejected.as_text(np.zeros(0, np.int8)) == ""
    many = [f"p{k:03d}" for k in range(100)]
    (note,) = rejected.by_platform(np.full(100, BAD, np.int8), points(100, many))
    assert note.endswith("p009 (1 of 1) and 90 more")
