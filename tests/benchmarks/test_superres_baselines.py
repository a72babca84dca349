"""The super-resolution benchmark: what is told of a day, what is scored, and by which numbers."""

import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.superres.__main__ import Plan, compare
from benchmarks.superres.methods import METHODS, REFERENCE
from benchmarks.superres.references import Spline
from benchmarks.superres.report import day_by_day, print_summary, ratios, summary
from benchmarks.superres.series import BOX, FACTOR, SURROUNDINGS, Series

from thermocline.ocean.problem import Analysis

ROWS, COLUMNS = slice(6, 16), slice(7, 17)
PLAN = Plan(train=(2001, 2002), validation=(2003,), test=(2004,), every=6, members=2)


def temperatures(seed: int = 0) -> xr.DataArray:
    """Days 2001–2004 on 21 × 23 cells: a yearly cycle and waves of all lengths, °C; a coast."""
    day = np.arange(np.datetime64("2001-01-01"), np.datetime64("2005-01-01"))
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:21, :23]
    sst = 17 + 3 * np.cos(2 * np.pi * np.arange(day.size) / 365.25)[:, None, None] - 0.1 * y
    for length in (3, 5, 8, 13, 21, 34):
        angle = rng.uniform(0, 2 * np.pi, (2, day.size, 1, 1))
        across = np.cos(angle[0]) * y + np.sin(angle[0]) * x
        sst = sst + 0.05 * length**0.8 * np.cos(across / length * 4 + angle[1])
    sst[:, :3, :4] = np.nan
    coords = {"time": day, "lat": -40 + 0.25 * np.arange(21), "lon": 148 + 0.25 * np.arange(23)}
    return xr.DataArray(sst, dims=("time", "lat", "lon"), coords=coords)


SST = temperatures()
SERIES = Series.of(SST, ROWS, COLUMNS)
SIMPLE = [entry for entry in METHODS if entry.name not in ("oi", "lanczos")]


@pytest.fixture(scope="module")
def compared():
    return compare(SERIES, SIMPLE, PLAN, Console(file=StringIO()))


def test_both_are_told_means_of_the_same_lattice():
    assert SERIES.grid.shape == (20, 20)  # rows 1 to 20, columns 2 to 21
    days = SERIES.days([2004], 100)
    for (box, truth), (wide, whole) in zip(
        SERIES.pairs(days, BOX), SERIES.pairs(days, SURROUNDINGS), strict=True
    ):
        cells = SST.sel(time=box.date).values
        np.testing.assert_allclose(truth, cells[ROWS, COLUMNS], rtol=1e-6)
        np.testing.assert_allclose(whole, cells[1:21, 2:22], rtol=1e-6)
        means = truth.reshape(2, FACTOR, 2, FACTOR).mean(axis=(1, 3))
        np.testing.assert_allclose(box.value, means, rtol=1e-6)
        np.testing.assert_array_equal(box.value, wide.value[1:3, 1:3])
        np.testing.assert_allclose(wide.value[0, 0], np.nanmean(cells[1:6, 2:7]), rtol=1e-6)
        assert not wide.ocean.all() and box.ocean.all()
        mean = np.where(wide.ocean, whole, 0)[None]
        answer = SERIES.cut(Analysis(mean, 2 * mean, np.stack([mean, mean])), SURROUNDINGS)
        np.testing.assert_array_equal(answer.mean[0], truth)
        np.testing.assert_array_equal(answer.std[0], 2 * truth)
        np.testing.assert_array_equal(answer.members[1, 0], truth)


def test_nothing_of_the_test_years_is_known():
    spoilt = Series.of(SST.where(SST.time.dt.year < 2004, 40.0).where(SST.notnull()), ROWS, COLUMNS)
    day = SERIES.days([2004], 200)
    for entry in (SIMPLE[2], SIMPLE[-1]):
        answers = []
        for series in (SERIES, spoilt):
            known = (series.days(years, 3) for years in (PLAN.train, PLAN.validation))
            method, _ = entry.build(*(series.pairs(each, SURROUNDINGS) for each in known))
            answers.append(method.analyse(SERIES.pairs(day, SURROUNDINGS)[0][0], 0, 0))
        np.testing.assert_array_equal(answers[0].mean, answers[1].mean)
        np.testing.assert_array_equal(answers[0].std, answers[1].std)


def test_scores_are_those_of_the_answers(compared):
    scored, tables = compared
    days = SERIES.days(PLAN.test, PLAN.every)
    table = summary(scored, 10).set_index("method")
    pairs = SERIES.pairs(days, BOX)
    weight = pairs[0][0].grid.cell_area()
    squares = [(Spline().analyse(p).mean[0] - x) ** 2 for p, x in pairs]
    expected = np.sqrt(np.average(squares, axis=0).ravel() @ weight.ravel() / weight.sum())
    row = table.loc[f"cubic spline, {BOX}"]
    assert row["RMSE, °C"] == pytest.approx(expected, rel=1e-6)
    assert row["RMSE, °C, low"] < row["RMSE, °C"] < row["RMSE, °C, high"]
    daily = day_by_day(scored)
    assert daily.method.nunique() == len(scored) == 2 + 3 * 2
    assert (daily.groupby("method").day.nunique() == days.size).all()
    assert set(tables) == set(scored) and tables[REFERENCE] and not tables[f"bicubic, {BOX}"]


def test_knowing_more_helps_and_is_said_so(compared):
    scored, _ = compared
    rmse = summary(scored, 10).set_index("method")["RMSE, °C"]
    assert rmse[f"place regression, {SURROUNDINGS}"] < rmse[f"place regression, {BOX}"]
    assert rmse[f"regression, {SURROUNDINGS}"] < rmse[f"bicubic, {SURROUNDINGS}"]
    better = ratios(scored[REFERENCE], scored[f"bicubic, {BOX}"], 10)
    assert all(text.startswith("[bold]0.") for text in better)
    same = ratios(scored[REFERENCE], scored[REFERENCE], 10)
    assert same == ["1.000 \\[1.000, 1.000]"] * 3
    printed = StringIO()
    print_summary(Console(file=printed, width=200), scored, [REFERENCE], 10)
    assert all(name in printed.getvalue() for name in scored)


def test_splines_keep_constants_and_yearly_cycles():
    assert Spline.cells(np.full((3, 4), 12.5), 5) == pytest.approx(12.5, abs=1e-5)
    cycle = SST.copy(
        data=17
        + 3
        * np.cos(2 * np.pi * (np.arange(SST.time.size) + 0.5) / 365.25)[:, None, None]
        * np.ones((1, 21, 23))
    )
    series = Series.of(cycle + 1e-3 * (SST.fillna(0) - 17), ROWS, COLUMNS)
    seasonal = next(entry for entry in METHODS if entry.name.startswith("climatology"))
    known = (series.days(years, 2) for years in (PLAN.train, PLAN.validation))
    method, _ = seasonal.build(*(series.pairs(each, BOX) for each in known))
    for problem, truth in series.pairs(series.days([2004], 50), BOX):
        np.testing.assert_allclose(method.analyse(problem).mean[0], truth, atol=0.02)
