"""Problems in physical units: the same as those that methods ask inside, and refused if broken."""

from dataclasses import replace

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.ocean.anomalies import (
    AnomalyNeighbour,
    AnomalyProblem,
    Normalised,
    from_anomalies,
    to_anomalies,
)
from thermocline.ocean.blocks import BlockMean, block_mean
from thermocline.ocean.downscaling import (
    Downscaling,
    LowResolution,
    from_low_resolution,
    low_resolution,
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
FACTOR = 2
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
    return from_anomalies(problem, STATISTICS, GRID, CHANNELS, TIME)


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
    with pytest.raises(BadData, match="calendar month 12"):
        from_anomalies(anomaly_problem(), STATISTICS, GRID, CHANNELS, TIME + 1)
    with pytest.raises(BadData, match="statistics"):
        to_anomalies(Problem(BOX, (SST,), OCEAN[:1], TIME), STATISTICS)


def low():
    ocean = OCEAN[0].copy()
    ocean[:2, :2] = False
    truth = RNG.uniform(5, 25, ocean.shape)
    value = block_mean(np.where(ocean, truth, np.nan), BOX.cell_area(), FACTOR).astype(np.float32)
    value[2, 2] = np.nan  # at sea, but without a value
    s_y = np.where(np.isfinite(value), RNG.uniform(0.1, 0.5, value.shape), 1).astype(np.float32)
    day = np.datetime64("2008-03-14")
    case = "agulhas/2008-03-14"
    return LowResolution(value, s_y, ocean, BOX, FACTOR, day, "agulhas", case), truth


def test_low_resolution_survives_the_way_through_a_problem():
    asked, truth = low()
    problem = from_low_resolution(asked, SST)
    back = low_resolution(problem)
    for name in ("value", "s_y", "ocean"):
        np.testing.assert_array_equal(getattr(back, name), getattr(asked, name))
    for name in ("grid", "factor", "date", "region", "case"):
        assert getattr(back, name) == getattr(asked, name)
    (seen,) = problem.observations
    np.testing.assert_allclose(seen.operator(truth[None]), seen.y, rtol=1e-6)


def test_a_super_resolution_method_answers_a_problem():
    class Blocks:
        name = "blocks"

        def analyse(self, problem, members, seed):
            filled = np.nan_to_num(problem.value).repeat(FACTOR, 0).repeat(FACTOR, 1)
            mean = np.where(problem.ocean, filled, 0)[None].astype(np.float32)
            return Analysis(mean, mean / 10, np.stack([mean + seed] * members))

    asked, _ = low()
    answer = Downscaling(Blocks()).analyse(from_low_resolution(asked, SST), 2, 3)
    direct = Blocks().analyse(asked, 2, 3)
    assert Downscaling(Blocks()).name == "blocks"
    for one, other in ((answer.mean, direct.mean), (answer.std, direct.std)):
        np.testing.assert_array_equal(np.isnan(one[0]), ~asked.ocean)
        np.testing.assert_array_equal(one[0][asked.ocean], other[0][asked.ocean])
    assert answer.members.shape == (2, 1, *BOX.shape)


def test_only_block_means_of_one_channel_are_low_resolution():
    asked, _ = low()
    problem = from_low_resolution(asked, SST)
    (seen,) = problem.observations
    cells = Observed(Cells((1, *BOX.shape), np.arange(1)), np.ones(1), np.ones(1))
    for wrong in ((), (seen, seen), (cells,), (replace(seen, lag=1),)):
        with pytest.raises(BadData, match="super-resolution"):
            low_resolution(replace(problem, observations=wrong))
    with pytest.raises(BadData, match="0 observations"):
        low_resolution(Problem(GRID, CHANNELS, OCEAN, TIME))


def test_broken_problems_are_refused():
    cells = Cells.where(OCEAN)
    y = np.ones(cells.size)
    weight = np.ones((1, *BOX.shape))
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
                (Observed(BlockMean.of(weight, 2), np.ones(12), np.ones(12)),),
            ),
            "observations of fields",
        ),
    ):
        with pytest.raises(BadData, match=message):
            make()
