"""Problems in physical units: the same as those that methods ask inside, and refused if broken."""

from dataclasses import replace

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.ocean.anomalies import (
    AnomalyNeighbour,
    AnomalyProblem,
    Normalised,
    to_anomalies,
)
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.operators import Cells
from thermocline.ocean.points import Points
from thermocline.ocean.problem import Analysis, Channel, Observed, Problem
from thermocline.ocean.projected import nsidc
from thermocline.ocean.statistics import Statistics
from thermocline.ocean.variables import VARIABLES

RNG = np.random.default_rng(0)
SHAPE = (2, 6, 8)
GRID = LatLonGrid.regular(*SHAPE[1:])
OCEAN = RNG.random(SHAPE) < 0.8
CHANNELS = tuple(Channel(VARIABLES["thetao"], depth) for depth in (5.0, 100.0))
TIME = np.datetime64("2008-12", "M")
STATISTICS = Statistics(
    np.where(OCEAN, RNG.uniform(-1, 30, (12, *SHAPE)), 0).astype(np.float32),
    np.where(OCEAN, RNG.uniform(0.01, 3, SHAPE), 1).astype(np.float32),
    OCEAN,
)
BOX = LatLonGrid(-40 + 0.05 * np.arange(6), 18 + 0.05 * np.arange(8))
SST = Channel(VARIABLES["tos"])


def _seen(share=0.3):
    observed = OCEAN & (RNG.random(SHAPE) < share)
    y = np.where(observed, RNG.standard_normal(SHAPE), 0).astype(np.float32)
    return y, np.where(observed, RNG.uniform(0, 1, SHAPE), 1).astype(np.float32), observed


def anomaly_problem(lags=(-1, 2), share=0.3):
    around = tuple(AnomalyNeighbour(lag, *_seen()) for lag in lags)
    return AnomalyProblem(*_seen(share), OCEAN, 12, "truth/2008-12", around)


def physical(problem):
    """The problem in physical units whose anomalies are `problem`."""
    own = AnomalyNeighbour(0, problem.y, problem.s_y, problem.observed)
    observations = []
    for month in (own, *problem.around):
        cells = Cells.where(month.observed)
        std = cells(STATISTICS.std).astype(np.float64)
        climatology = cells(STATISTICS.climatology[(problem.month + month.lag - 1) % 12])
        y, s_y = cells(month.y) * std + climatology, cells(month.s_y) * std
        if cells.size:
            observations.append(Observed(cells, y, s_y, month.lag))
    return Problem(GRID, CHANNELS, problem.ocean, TIME, tuple(observations), case=problem.case)


class Echo:
    """Answers an anomaly problem with what it was asked, and noise of (seed, member) alone."""

    name = "echo"

    def analyse(self, problem, members, seed):
        lagged = sum(month.lag * month.y for month in problem.around)
        noise = [np.random.default_rng([seed, k]).standard_normal(SHAPE) for k in range(members)]
        drawn = [problem.y + problem.ocean * n for n in noise]
        return Analysis(
            problem.y + np.float32(lagged),
            problem.s_y * problem.ocean,
            np.array(drawn, np.float32) if members else None,
            7,
            0.5,
        )


@pytest.mark.parametrize("lags", [(), (-1, 2), (1,)])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_anomalies_survive_the_way_through_physical_units(lags, share):
    asked = anomaly_problem(lags, share)
    back = to_anomalies(physical(asked), STATISTICS)
    assert (back.month, back.case) == (12, asked.case)
    assert [month.lag for month in back.around] == list(lags)
    for one, other in zip((asked, *asked.around), (back, *back.around), strict=True):
        np.testing.assert_array_equal(one.observed, other.observed)
        np.testing.assert_allclose(one.y, other.y, rtol=1e-6)
        np.testing.assert_allclose(one.s_y, other.s_y, rtol=1e-6)
    np.testing.assert_array_equal(back.ocean, asked.ocean)


def test_each_month_has_its_own_climatology():
    problem = physical(anomaly_problem(lags=(1,)))
    own, january = problem.observations
    assert (problem.calendar_month(), problem.calendar_month(1)) == (12, 1)
    for seen, month in ((own, 12), (january, 1)):
        at = replace(seen, y=seen.operator(STATISTICS.climatology[month - 1]))
        found = to_anomalies(replace(problem, observations=(at,)), STATISTICS)
        assert not found.y.any() and not any(each.y.any() for each in found.around)


def test_an_answer_in_physical_units_is_the_answer_in_anomalies_denormalised():
    asked = anomaly_problem()
    method = Normalised(Echo(), STATISTICS)
    answer, direct = method.analyse(physical(asked), 3, 5), Echo().analyse(asked, 3, 5)
    assert method.name == "echo"
    assert (answer.evaluations, answer.seconds) == (7, 0.5)
    assert answer.std is not None and answer.members is not None
    tolerance = {"rtol": 1e-6, "atol": 1e-5}
    np.testing.assert_allclose(answer.mean, STATISTICS.denormalise(direct.mean, 12), **tolerance)
    np.testing.assert_allclose(
        answer.members, STATISTICS.denormalise(direct.members, 12), **tolerance
    )
    np.testing.assert_allclose(answer.std[OCEAN], (direct.std * STATISTICS.std)[OCEAN], rtol=1e-5)
    for part in (answer.mean, answer.std, *answer.members):
        np.testing.assert_array_equal(np.isnan(part), ~OCEAN)


def test_a_problem_without_observations_asks_for_a_field_that_could_be():
    problem = Problem(GRID, CHANNELS, OCEAN, TIME)
    assert not to_anomalies(problem, STATISTICS).touched().any()
    answer = Normalised(Echo(), STATISTICS).analyse(problem, 0, 0)
    np.testing.assert_allclose(answer.mean[OCEAN], STATISTICS.climatology[11][OCEAN])
    assert answer.members is None
    ice = nsidc("north")
    Problem(ice, (Channel(VARIABLES["siconc"]),), np.ones((1, *ice.shape), bool), TIME)


def test_only_what_methods_in_anomalies_can_use_is_converted():
    problem = Problem(GRID, CHANNELS, OCEAN, TIME)
    points = Points.at([10.0], [10.0], [5.0], GRID, [5.0, 100.0], OCEAN)
    single = Cells(SHAPE, np.flatnonzero(OCEAN)[:1])
    one = Observed(single, np.ones(1), np.ones(1))
    for observations, message in (
        ((Observed(points, np.ones(1), np.ones(1)),), "Points.*grid the observations first"),
        ((one, one), "observed twice"),
    ):
        with pytest.raises(BadData, match=message):
            to_anomalies(replace(problem, observations=observations), STATISTICS)
    day = np.datetime64("2008-12-05")
    assert to_anomalies(replace(problem, time=day, observations=(one,)), STATISTICS).month == 12
    with pytest.raises(BadData, match="count months"):
        later = replace(one, lag=1)
        to_anomalies(replace(problem, time=day, observations=(later,)), STATISTICS)
    with pytest.raises(BadData, match="statistics"):
        to_anomalies(Problem(BOX, (SST,), OCEAN[:1], TIME), STATISTICS)


def test_broken_problems_are_refused():
    cells = Cells.where(OCEAN)
    y = np.ones(cells.size)
    elsewhere = Cells.where(np.ones((1, *BOX.shape), bool))
    for make, message in (
        (lambda: Observed(cells, y[1:], y), "values and"),
        (lambda: Observed(cells, y * np.nan, y), "missing"),
        (lambda: Observed(cells, y, -y), "an error of -1"),
        (lambda: Problem(GRID, CHANNELS[:1], OCEAN, TIME), "a mask"),
        (lambda: Problem(GRID, CHANNELS, OCEAN, np.datetime64("NaT", "M")), "no time"),
        (lambda: Problem(GRID, CHANNELS, OCEAN, TIME, covariates={"ice": y}), "covariate ice"),
        (
            lambda: Problem(
                GRID,
                CHANNELS,
                OCEAN,
                TIME,
                (Observed(elsewhere, np.ones(48), np.ones(48)),),
            ),
            "observations of fields",
        ),
    ):
        with pytest.raises(BadData, match=message):
            make()
