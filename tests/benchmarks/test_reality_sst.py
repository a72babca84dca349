"""The daily SST benchmark: nothing of the test years is known, windows are what days saw."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.reality.sst_classical import respread
from benchmarks.reality.sst_network import LeastCrps, build, crps_normal
from benchmarks.reality.sst_ours import Reshaped
from benchmarks.reality.sst_pairs import make_pairs
from benchmarks.reality.sst_report import compare
from benchmarks.reality.tasman import LAGS, MARGIN, Series, open_tasman

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.ocean.problem import Analysis
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.systems.reconstruct.model.condition import REACH, box_sum
from thermocline.training.objective import step_generator
from thermocline.verify.metrics.probabilistic import crps_gaussian
from thermocline.verify.metrics.scores import pool

FIRST, LAST, END = 2001, 2007, 2009
SIDE = 8


def temperatures(seed: int = 0) -> xr.DataArray:
    """Daily fields 2001–2009: a yearly cycle and a red noise of large and small scale, °C."""
    day = np.arange(np.datetime64(f"{FIRST}-01-01"), np.datetime64(f"{END + 1}-01-01"))
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((day.size, 4))
    for i in range(1, day.size):
        noise[i] = 0.9 * noise[i - 1] + np.sqrt(1 - 0.81) * noise[i]
    y, x = np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")
    modes = np.stack([np.ones((SIDE, SIDE)), np.cos(x / 2), np.sin(y / 2), np.cos(x + y)])
    phase = 2 * np.pi * (day - day.astype("datetime64[Y]")).astype(float) / 365.25
    sst = 17 + 3 * np.cos(phase)[:, None, None] + np.einsum("nk,kyx->nyx", noise, modes)
    sst[:, 0, :2] = np.nan
    lat, lon = -40 + 0.25 * np.arange(SIDE), 148 + 0.25 * np.arange(SIDE)
    return xr.DataArray(
        sst, dims=("time", "lat", "lon"), coords={"time": day, "lat": lat, "lon": lon}
    )


SST = temperatures()
SERIES = Series.of(SST, LAST)


def test_nothing_of_the_test_years_is_known():
    spoilt = Series.of(SST.where(SST.time.dt.year <= LAST, 40.0), LAST)
    np.testing.assert_array_equal(spoilt.harmonics, SERIES.harmonics)
    np.testing.assert_array_equal(spoilt.statistics.std, SERIES.statistics.std)
    np.testing.assert_array_equal(spoilt.library().states, SERIES.library().states)
    assert not np.array_equal(spoilt.anomaly[-1], SERIES.anomaly[-1])
    years = [LAST - 1, LAST]
    for day in SERIES.days([LAST])[-3:]:
        one, other = (each.case(int(day), 0.1, window=True) for each in (SERIES, spoilt))
        assert len(one.problem.around) == len(other.problem.around) < len(LAGS)
        np.testing.assert_array_equal(one.truth, other.truth)
        for a, b in zip(one.problem.around, other.problem.around, strict=True):
            np.testing.assert_array_equal(a.y, b.y)
    pairs = [
        make_pairs(each, {0.05: EnsembleOI(each.library(years), 500)}, True, years, 3, 2)
        for each in (SERIES, spoilt)
    ]
    assert np.isin(SERIES.year[pairs[0][0].state], years).all()
    np.testing.assert_array_equal(pairs[0][0].analysis, pairs[1][0].analysis)
    np.testing.assert_array_equal(pairs[0][1], pairs[1][1])


def test_climatology_is_the_yearly_cycle_of_the_training_years():
    trained = SERIES.year <= LAST
    sea = SERIES.anomaly[trained][:, SERIES.ocean]
    np.testing.assert_allclose(sea.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(sea.std(axis=0), 1, atol=1e-5)
    cycle = SST.copy(data=np.where(np.isnan(SST), np.nan, 0) + SST.values[:, 3:4, 3:4] * 0)
    phase = (
        2
        * np.pi
        * SST.time.dt.dayofyear.values
        / SST.time.dt.is_leap_year.values.choose([365, 366])
    )
    cycle += xr.DataArray(15 + 2 * np.sin(phase) - np.cos(2 * phase), dims="time")
    clean = Series.of(cycle + 0.01 * SST, LAST)
    degrees = clean.anomaly[~trained] * clean.statistics.std
    assert np.abs(degrees).max() < 0.01 * 5 * np.nanstd(SST.values)
    index = int(clean.days([END])[40])
    field = clean.degrees(clean.anomaly[index], index)[0, :, :-MARGIN]
    np.testing.assert_allclose(field, (cycle + 0.01 * SST).values[index], atol=1e-4)


def test_a_window_is_what_the_days_around_saw():
    index = int(SERIES.days([END])[20])
    problem, truth = SERIES.case(index, 0.2, window=True)
    assert [each.lag for each in problem.around] == list(LAGS)
    for each in problem.around:
        day = SERIES.case(index + each.lag, 0.2, window=False).problem
        np.testing.assert_array_equal(each.y, day.y)
        np.testing.assert_array_equal(each.observed, day.observed)
    assert SERIES.case(index, 0.2, window=False).problem.around == ()
    seen = problem.observed
    assert seen.sum() == round(0.2 * SERIES.ocean.sum()) and not (seen & ~SERIES.ocean).any()
    error = (problem.y - truth)[seen] * SERIES.statistics.std[seen]
    assert 0.1 < error.std() < 0.6  # 0.3 °C, of a dozen values


def test_libraries_leave_out_years_and_their_neighbours():
    library = SERIES.library([2003])
    year = library.serial.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    assert set(year) == {2001, 2005, 2006, 2007}
    assert (library.serial % 2 == 0).all()


def test_land_in_the_east_keeps_squares_from_seeing_round_the_globe():
    where = torch.zeros(1, 1, *SERIES.grid.shape)
    where[..., SIDE - 1] = 1  # the eastern edge of the box
    for width in REACH:
        if width // 2 <= MARGIN:
            near = box_sum(where, width)[0, 0, 0]
            expected = np.abs(np.arange(SIDE) - (SIDE - 1)) <= width // 2
            np.testing.assert_array_equal(near[:SIDE].numpy() > 0, expected)
    assert not SERIES.ocean[..., SIDE:].any()


def test_spread_factors_mend_a_wrong_spread():
    class TooNarrow:
        name = "narrow"

        def analyse(self, problem, members, seed):
            std = 0.7 * problem.ocean.astype(np.float32)
            return Analysis(0 * std, std, np.stack([std, 0 * std]) if members else None)

    cases = SERIES.cases(SERIES.days([LAST - 1, LAST], 6), 0.1, window=False)
    rng = np.random.default_rng(0)
    noise = [rng.standard_normal(truth.shape, np.float32) for _, truth in cases]
    cases = [case._replace(truth=n) for case, n in zip(cases, noise, strict=True)]
    mended = respread(TooNarrow(), cases, SERIES.area)
    assert mended.factor == pytest.approx(1 / 0.7, rel=0.05)
    answer = mended.analyse(cases[0].problem, 2, 0)
    np.testing.assert_allclose(answer.std, mended.factor * 0.7 * SERIES.ocean, rtol=1e-6)
    np.testing.assert_array_equal(answer.members[0], answer.std)


def test_an_untrained_network_answers_the_ensemble_oi():
    ensemble = EnsembleOI(SERIES.library(), 500)
    ours = Reshaped(build(0), ensemble, SERIES)
    problem = SERIES.case(int(SERIES.days([END])[20]), 0.2, window=True).problem
    answer, known = ours.analyse(problem, 3, 0), ensemble.analyse(problem)
    np.testing.assert_array_equal(answer.mean, known.mean)
    np.testing.assert_array_equal(answer.std, known.std)
    draws = ensemble.posterior(problem, range(3), 0, gaussian=True)[1]
    np.testing.assert_allclose(answer.members, draws, atol=1e-4)


def test_a_useless_network_is_hardly_trusted():
    network = build(0)
    torch.nn.init.normal_(network.leave.conv.weight, std=0.3, generator=step_generator(0, 0))
    wild = Reshaped(network, EnsembleOI(SERIES.library([LAST]), 500), SERIES)
    cases = SERIES.cases(SERIES.days([LAST], 10), 0.2, window=False)
    tame = wild.gated(cases, SERIES.area)
    assert tame.shift_gate < 0.2 and tame.spread_gate < 0.3

    def crps(method):
        return np.mean(
            [
                score_case(method.analyse(p, 0, 0), p, x, SERIES.statistics, SERIES.area).crps
                for p, x in cases
            ]
        )

    assert crps(tame) < 1.002 * crps(wild.ensemble) < crps(wild)


def test_crps_of_the_objective_is_the_closed_form():
    rng = np.random.default_rng(0)
    z, s = rng.standard_normal(200), rng.uniform(0.3, 2, 200)
    found = crps_normal(torch.from_numpy(z), torch.from_numpy(s)).numpy()
    np.testing.assert_allclose(found, crps_gaussian(0.0, s, z), atol=1e-12)


def test_training_finds_a_spread_that_depends_on_place():
    """Errors four times as large in the west as in the east: the factors say so."""
    years = list(range(FIRST, LAST + 1))
    tuned = {0.1: EnsembleOI(SERIES.library(), 500)}
    pairs, std = make_pairs(SERIES, tuned, False, years, 6, 16)
    size = np.where(np.arange(SERIES.grid.longitude.size) < SIDE // 2, 2.0, 0.5)
    rng = np.random.default_rng(0)
    noise = size * std[pairs.layout] * rng.standard_normal(pairs.analysis.shape)
    analysis = (SERIES.anomaly[pairs.state] - noise) * SERIES.ocean
    wrong = replace(pairs, analysis=analysis.astype(np.float16))
    network = build(0)
    objective = LeastCrps(SERIES, wrong, std, (wrong, std), batch=16)
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for step in range(60):
        optimiser.zero_grad()
        objective.loss(network, objective.draw(step_generator(0, step))).backward()
        optimiser.step()
    ours = Reshaped(network, tuned[0.1], SERIES)
    problem = wrong.problem(0, SERIES.anomaly, SERIES.month, SERIES.ocean, SERIES.s_y)
    mean = np.float32(wrong.analysis[0])
    factor = ours.adjust(problem, Analysis(mean, std[0]))[1][0, 1:, :SIDE]
    assert factor[:, : SIDE // 2].mean() > 1.5 * factor[:, SIDE // 2 :].mean()
    assert objective.validate(network)["crps_ratio"] < 0.97


def test_comparison_is_paired_and_by_blocks():
    rng = np.random.default_rng(0)
    day = pd.date_range("2010-01-01", periods=48).strftime("%Y-%m-%d")
    common = 1 + rng.random(48)
    theirs = pd.DataFrame({"day": day, "mse": common, "crps": common})
    ours = theirs.assign(mse=0.81 * common, crps=0.95 * common)
    by_rmse, by_crps = compare(ours.sample(frac=1, random_state=1), theirs, block=6)
    assert by_rmse.ratio.estimate == pytest.approx(0.9)
    assert by_crps.ratio.low == pytest.approx(0.95) == by_crps.ratio.high
    assert by_rmse.decision == by_crps.decision == "better"


@pytest.fixture(scope="module")
def real() -> Series:
    if "THERMOCLINE_REAL_DATA" not in os.environ:
        pytest.skip("THERMOCLINE_REAL_DATA is not set: no real temperatures")
    return Series.of(open_tasman(Path(os.environ["THERMOCLINE_REAL_DATA"])), 2009)


def test_real_days_depart_from_their_climatology_as_known(real):
    assert len(real.anomaly) == 10957 and real.ocean.sum() == 941
    assert not real.ocean[..., -MARGIN:].any()
    days = real.days([2010, 2011])
    off = (real.anomaly[days] * real.statistics.std)[:, real.ocean]
    assert np.sqrt((off**2).mean()) == pytest.approx(1.006, abs=0.01)


def test_real_days_are_mapped_better_with_more_observations_and_more_days(real):
    library = real.library()
    days = real.days([2010, 2011], 150)

    def error(method, density, window):
        cases = real.cases(days, density, window)
        return pool(
            score_case(method.analyse(p, 0, 0), p, truth, real.statistics, real.area)
            for p, truth in cases
        ).rmse

    wide, narrow = EnsembleOI(library, 3000, 1), EnsembleOI(library, 1000, 1)
    few, many = error(wide, 0.02, False), error(narrow, 0.075, False)
    assert error(narrow, 0.075, True) < 0.85 * many < 0.85 * few
    assert few < 0.75 * error(Climatology(), 0.02, False)
