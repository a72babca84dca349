"""Withheld floats stay withheld; scores of forecasts of measurements are what they say."""

import os
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.reality.argo import Told, adapt, forecast_all
from benchmarks.reality.argo_report import draw, print_tables
from benchmarks.reality.floats import COLLOCATED, Floats, leave_float_out, open_floats
from benchmarks.reality.score import crps_dressed, difference_by_float, rmse
from benchmarks.reality.setting import Setting

from thermocline.baselines.univariate.climatology import Climatology
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.config import ErrorConfig
from thermocline.observe import Observations, to_problem
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.verify.metrics.probabilistic import crps_ensemble, crps_gaussian

GRID, DEPTH = LatLonGrid.regular(32, 64), np.array([30.0, 50.0, 100.0])
ERRORS = ErrorConfig(instrument=0.05, representativeness=0.2)


def statistics(std: float = 0.8) -> Statistics:
    """An ocean without land whose climatology varies with month, depth and place."""
    shape = (len(DEPTH), *GRID.shape)
    north = np.cos(np.radians(GRID.latitude))[None, None, :, None]
    month, level = np.arange(12)[:, None, None, None], np.arange(len(DEPTH))[None, :, None, None]
    climatology = 24 * north - 3 * level + np.sin(month) + np.zeros((12, *shape))
    ocean = np.ones(shape, bool)
    return Statistics(climatology.astype(np.float32), np.full(shape, std, np.float32), ocean)


def some_floats(count: int = 4, months: int = 6, seed: int = 0) -> Floats:
    """Profiles, one a float and month, that depart from their climatology by 0.5 ± 1 °C."""
    rng = np.random.default_rng(seed)
    number, month, level = (
        axis.ravel() for axis in np.indices((count, months, len(DEPTH)), np.int64)
    )
    place = rng.uniform(-8, 8, (2, count * months))
    profile = number * months + month
    levitus = 22.0 - 3 * level
    return Floats(
        platform=np.array([f"69{n:05d}" for n in number]),
        profile=profile,
        month=np.datetime64("2009-10") + month.astype("timedelta64[M]"),
        latitude=place[0][profile],
        longitude=2 * place[1][profile] - 20,
        level=level,
        value=levitus + 0.5 + rng.standard_normal(level.size),
        levitus=levitus,
    )


def plain(climatology="levitus") -> Setting:
    return Setting.plain(GRID, DEPTH, statistics(), climatology)


class Recorder:
    """A method that remembers what it was told."""

    name = "recorder"

    def __init__(self) -> None:
        self.problems: list[AnomalyProblem] = []

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        self.problems.append(problem)
        return Climatology().analyse(problem)


@pytest.mark.parametrize("window", [0, 1])
def test_every_float_month_is_held_back_once_and_never_shown(window):
    floats = some_floats()
    folds = list(leave_float_out(floats, np.ones(len(floats), bool), window=window))
    assert len({fold.case for fold in folds}) == len(folds) == 4 * 6
    for fold in folds:
        assert np.unique(fold.held.platform).size == 1
        assert fold.held.platform[0] not in fold.rest.platform
        assert set(fold.held.month) == {fold.month}
        near = abs(floats.month - fold.month) <= np.timedelta64(window, "M")
        others = near & (floats.platform != fold.held.platform[0])
        np.testing.assert_array_equal(fold.rest.value, floats.value[others])


def test_a_month_with_one_float_teaches_nothing():
    floats = some_floats(count=2)
    alone = floats[(floats.platform == "6900000") | (floats.month < np.datetime64("2010-01"))]
    folds = leave_float_out(alone, np.ones(len(alone), bool))
    assert {fold.month for fold in folds} == set(np.unique(floats.month)[:3])


@pytest.mark.parametrize("window", [0, 1])
def test_what_a_withheld_float_measured_changes_no_analysis(window):
    floats = some_floats()
    name = "6900002"
    spoilt = replace(floats, value=np.where(floats.platform == name, 5.0, floats.value))

    def told(of: Floats) -> list[AnomalyProblem]:
        recorder = Recorder()
        folds = list(leave_float_out(of, of.platform == name, window=window))
        forecast_all([Told(recorder, plain(), ERRORS)], folds, 4, "")
        return recorder.problems

    problems = list(zip(told(floats), told(spoilt), strict=True))
    assert len(problems) == 6
    for one, other in problems:
        assert one.observed.any()
        assert len(one.around) <= 2 * window
        for a, b in zip((one, *one.around), (other, *other.around), strict=True):
            np.testing.assert_array_equal(a.y, b.y)
            np.testing.assert_array_equal(a.s_y, b.s_y)
            np.testing.assert_array_equal(a.observed, b.observed)


def test_only_floats_of_the_older_kind_are_old():
    floats = some_floats(count=2)
    late = (floats.platform == "6900001") & (floats.month < np.datetime64("2010-01"))
    old = floats[~late].old()
    np.testing.assert_array_equal(old, floats[~late].platform == "6900000")


def test_the_models_own_climatology_leaves_measurements_as_they_are():
    floats = some_floats()
    month = floats[floats.month == floats.month[0]]
    expected, _ = to_problem(
        Observations.checked(month.latitude, month.longitude, DEPTH[month.level], month.value),
        GRID,
        DEPTH,
        statistics(),
        10,
        ERRORS,
    )
    problem = plain("model").problem(month, month.month[0], ERRORS)
    np.testing.assert_allclose(problem.y, expected.y, atol=1e-5)
    np.testing.assert_array_equal(problem.observed, expected.observed)


def test_departures_from_levitus_are_what_the_model_is_told():
    floats = some_floats(count=1, months=3)
    middle = np.unique(floats.month)[1]
    problem = plain().problem(floats, middle, ERRORS)
    before, after = problem.around
    assert (before.lag, after.lag) == (-1, 1)
    for part, month in ((before, middle - 1), (problem, middle), (after, middle + 1)):
        one = floats[floats.month == month]
        row, column = GRID.locate(one.latitude, one.longitude)
        told = part.y[one.level, row, column]
        np.testing.assert_allclose(told, (one.value - one.levitus) / 0.8, atol=1e-5)
        assert part.observed.sum() == len(one)


def test_climatology_is_wrong_by_what_floats_depart_from_it():
    floats = some_floats()
    folds = list(leave_float_out(floats, np.ones(len(floats), bool)))
    rows = forecast_all([Told(Climatology(), plain(), ERRORS)], folds, 4, "")["climatology"]
    assert len(rows) == len(floats)
    assert rmse(rows) == pytest.approx(np.sqrt(np.mean((floats.value - floats.levitus) ** 2)))
    s = np.hypot(0.05, 0.2 * 0.8)
    np.testing.assert_allclose(rows.variance, 0.8**2 + s**2, rtol=1e-5)


def test_learning_takes_the_mean_away_and_the_size_along():
    floats = some_floats(count=30)
    setting = plain().learned(floats, representativeness=0.75)
    off = floats.value - setting.reference(floats)
    for level in range(len(DEPTH)):
        here = floats.level == level
        assert off[here].mean() == pytest.approx(0, abs=1e-9)
        std = setting.statistics.std[level, 0, 0]
        assert std * np.hypot(1, 0.75) == pytest.approx(off[here].std(), rel=1e-5)


def test_adapting_never_does_worse_on_the_floats_it_learns_from():
    floats = some_floats(count=6)
    oi = OptimalInterpolation(GRID, [800.0] * 3, [1.0] * 3)
    told = adapt([Climatology(), oi], plain(), ERRORS, floats, every=1)
    folds = list(leave_float_out(floats, np.ones(len(floats), bool)))
    adapted = forecast_all(told, folds, 4, "")
    fixed = forecast_all([Told(oi, plain().learned(floats, 0.2), ERRORS)], folds, 4, "")
    # Without any correlation between floats the best OI trusts them as little as it may.
    assert told[1].errors.representativeness == 2.0
    assert rmse(adapted["oi"]) < rmse(fixed["oi"])


def test_dressed_crps_tends_to_the_ensembles_and_to_the_normals():
    rng = np.random.default_rng(0)
    members, y = rng.standard_normal((2, 6, 50)), rng.standard_normal(50)
    sharp = crps_dressed(members[0], np.full(50, 1e-9), y)
    np.testing.assert_allclose(sharp, crps_ensemble(members[0], y), atol=1e-6)
    same = np.broadcast_to(members[0, :1], (6, 50))
    s = rng.uniform(0.5, 2, 50)
    np.testing.assert_allclose(crps_dressed(same, s, y), crps_gaussian(same[0], s, y), atol=1e-9)


def test_dressed_crps_is_fair():
    # Members of N(0, 0.6²) and an error of 0.8 make N(0, 1), whatever the number of members.
    rng = np.random.default_rng(1)
    members, y = 0.6 * rng.standard_normal((2, 200_000)), rng.standard_normal(200_000)
    found = crps_dressed(members, np.full(y.size, 0.8), y)
    expected = crps_gaussian(0.0, 1.0, y)
    error = (found - expected).std() / np.sqrt(y.size)
    assert found.mean() == pytest.approx(expected.mean(), abs=4 * error)


def test_intervals_resample_floats_not_profiles():
    names = np.repeat(["a", "b", "c", "d"], [1, 10, 100, 1000])
    rows = pd.DataFrame({"float": names, "error": 1.0, "crps": 1.0})
    half = rows.assign(error=0.5)
    found = difference_by_float(half, rows, "error")
    assert found is not None
    assert (found.low, found.estimate, found.high) == pytest.approx((-0.5, -0.5, -0.5))
    # One float of four has all the difference: it may well not be drawn at all.
    one = rows.assign(crps=np.where(rows["float"] == "d", 0.5, 1.0))
    found = difference_by_float(one, rows, "crps")
    assert found is not None and found.low < found.estimate < -0.4 and found.high > -0.05


def test_tables_and_figure_hold_every_method_and_depth(tmp_path):
    floats = some_floats()
    oi = OptimalInterpolation(GRID, [800.0] * 3, [1.0] * 3)
    folds = list(leave_float_out(floats, np.ones(len(floats), bool)))
    told = [Told(method, plain(), ERRORS) for method in (Climatology(), oi)]
    scores = forecast_all(told, folds, 4, "")
    console = Console(record=True, width=120, file=StringIO())
    print_tables(console, scores, DEPTH, "oi")
    text = console.export_text()
    assert all(f"{z:g} m" in text for z in DEPTH) and "4 floats, 24 profiles" in text
    table = pd.concat(scores, names=["method", None]).reset_index("method")
    table.to_csv(tmp_path / "levitus.csv", index=False)
    assert draw(tmp_path, DEPTH).stat().st_size > 10_000


@pytest.fixture(scope="module")
def real() -> Path:
    if "THERMOCLINE_REAL_DATA" not in os.environ:
        pytest.skip("THERMOCLINE_REAL_DATA is not set: no real floats")
    return Path(os.environ["THERMOCLINE_REAL_DATA"])


def test_real_floats_are_read_where_both_are_known(real):
    depth = [5.0, 15.0, 30.0, 50.0, 100.0, 150.0, 500.0, 1000.0]
    floats = open_floats(real, depth)
    assert np.unique(floats.platform).size == 33
    assert np.unique(floats.level).tolist() == [2, 3, 4, 5, 6, 7]  # no climatology above 25 m
    with xr.open_dataset(real / COLLOCATED) as ds:
        inside = (abs(ds.latitude) < 12) & (ds.longitude > -55) & (ds.longitude < 15)
        off = (ds.thetao - ds.levitus_thetao).sel(depth=depth[2:]).values[inside.values]
    for level, column in zip(range(2, 8), off.T, strict=True):
        here = floats.level == level
        departure = floats.value[here] - floats.levitus[here]
        assert here.sum() == np.isfinite(column).sum()
        assert np.sqrt((departure**2).mean()) == pytest.approx(np.sqrt(np.nanmean(column**2)))


def test_real_floats_know_something_of_each_other(real):
    setting = plain()
    floats = open_floats(real, DEPTH)
    folds = list(leave_float_out(floats, ~floats.old(), every=12))
    assert all(fold.month >= np.datetime64("2010-01") for fold in folds)
    oi = OptimalInterpolation(GRID, [1000.0] * 3, [1.0] * 3, "exponential")
    scores = forecast_all([Told(m, setting, ERRORS) for m in (Climatology(), oi)], folds, 4, "")
    assert rmse(scores["oi"]) < rmse(scores["climatology"])
