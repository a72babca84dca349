"""A case's score against the plain metrics; pooled cases against all cells at once."""

import numpy as np
import pytest

import plain_metrics as metrics
from thermocline.errors import BadData
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.basins import BASINS
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.verify.metrics import probabilistic
from thermocline.verify.metrics.ranks import flatness
from thermocline.verify.metrics.scores import pool
from thermocline.verify.metrics.sums import basin_index

GRID = LatLonGrid.regular(16, 32)
SHAPE = (3, *GRID.shape)
AREA = GRID.cell_area()


def world(seed=0):
    rng = np.random.default_rng(seed)
    ocean = np.ones(SHAPE, bool)
    ocean[:, 4:9, 5:12] = ocean[2, :3] = False
    std = np.where(ocean, 0.2 + rng.random(SHAPE), 1).astype(np.float32)
    observed = (rng.random(SHAPE) < 0.075) & ocean
    problem = AnomalyProblem(
        y=np.zeros(SHAPE, np.float32),
        s_y=np.ones(SHAPE, np.float32),
        observed=observed,
        ocean=ocean,
        month=3,
        case=f"truth/{seed}",
    )
    statistics = Statistics(np.zeros((12, *SHAPE), np.float32), std, ocean)
    truth = np.where(ocean, rng.standard_normal(SHAPE), np.nan).astype(np.float32)
    members = (rng.standard_normal((5, *SHAPE)) * ocean).astype(np.float32)
    return problem, statistics, truth, members


def weight(problem):
    return AREA * problem.ocean


def test_scores_are_the_plain_metrics_in_degrees():
    problem, statistics, truth, members = world()
    analysis = Analysis(members.mean(0), members.std(0, ddof=1), members, 16, 2.0)
    score = score_case(analysis, problem, truth, statistics, AREA, basins=basin_index(GRID))
    std = statistics.std.astype(float)
    mean, true, w = analysis.mean * std, truth * std, weight(problem)
    assert score.rmse == pytest.approx(metrics.rmse(mean, true, w), rel=1e-6)
    assert score.bias == pytest.approx(metrics.bias(mean, true, w), rel=1e-6)
    assert score.mae == pytest.approx(metrics.mae(mean, true, w), rel=1e-6)
    crps = probabilistic.crps_ensemble(members * std, true)
    assert score.crps == pytest.approx(metrics.weighted_mean(crps, w), rel=1e-6)
    expected = metrics.published_mse(mean - true, problem.observed, problem.ocean, 0.075)
    got = score.mse_guidance, score.mse_reconstruction, score.mse_total(0.075)
    assert got == pytest.approx(expected, rel=1e-6)
    assert score.evaluations == 16 and score.members == 5
    for level in range(3):
        expected_level = metrics.rmse(mean[level], true[level], w[level])
        assert score.rmse_by_depth[level] == pytest.approx(expected_level, rel=1e-6)
    for number, name in enumerate(BASINS):
        here = w * (basin_index(GRID) == number)
        expected_basin = metrics.rmse(mean, true, here) if here.any() else np.nan
        assert score.rmse_by_basin[number] == pytest.approx(expected_basin, nan_ok=True), name


def test_an_error_is_scored_in_degrees_not_in_standard_deviations():
    problem, statistics, truth, _ = world()
    analysis = Analysis(np.nan_to_num(truth + 1).astype(np.float32))
    score = score_case(analysis, problem, truth, statistics, AREA)
    expected = metrics.weighted_mean(statistics.std**2, weight(problem))
    assert score.mse == pytest.approx(expected, rel=1e-5)


def test_crps_follows_what_the_method_states():
    problem, statistics, truth, members = world()
    mean, std = members.mean(0), members.std(0, ddof=1)
    point = score_case(Analysis(mean), problem, truth, statistics, AREA)
    stated = score_case(Analysis(mean, std), problem, truth, statistics, AREA)
    drawn = score_case(Analysis(mean, std, members), problem, truth, statistics, AREA)
    scale = statistics.std.astype(float)
    gaussian = probabilistic.crps_gaussian(mean * scale, std * scale, np.nan_to_num(truth) * scale)
    assert point.crps == point.mae and point.spread_skill is None
    assert stated.crps == pytest.approx(metrics.weighted_mean(gaussian, weight(problem)), rel=1e-6)
    assert drawn.crps < point.crps
    ratio = drawn.spread_skill / stated.spread_skill
    assert ratio == pytest.approx(np.sqrt(1 + 1 / 5), rel=1e-5)


def test_climatology_has_no_anomaly_correlation_and_the_truth_all_of_it():
    problem, statistics, truth, _ = world()
    zero = score_case(Analysis(np.zeros(SHAPE, np.float32)), problem, truth, statistics, AREA)
    perfect = score_case(Analysis(np.nan_to_num(truth)), problem, truth, statistics, AREA)
    assert zero.correlation == 0 and perfect.correlation == pytest.approx(1)
    assert perfect.rmse == 0


def test_pooling_is_scoring_all_cells_together():
    errors, weights, scores, guided = [], [], [], []
    for seed in range(4):
        problem, statistics, truth, members = world(seed)
        analysis = Analysis(members[0])
        score = score_case(analysis, problem, truth, statistics, AREA, basins=basin_index(GRID))
        scores.append(score)
        errors.append((members[0] - truth) * statistics.std)
        weights.append(weight(problem))
        guided.append(problem.observed)
    both = pool([pool(scores[:3]), scores[3]])
    errors, weights, guided = np.array(errors), np.array(weights), np.array(guided)
    assert both.cases == 4
    assert both.rmse == pytest.approx(metrics.rmse(errors, 0 * errors, weights), rel=1e-6)
    assert both.mse_guidance == pytest.approx(np.mean(errors[guided] ** 2), rel=1e-6)


def test_land_is_never_read_and_missing_answers_are_errors():
    problem, statistics, truth, members = world()
    clean = score_case(Analysis(members[0]), problem, truth, statistics, AREA)
    dirty = np.where(problem.ocean, members[0], np.nan)
    assert score_case(Analysis(dirty), problem, truth, statistics, AREA).rmse == clean.rmse
    dirty[0, 0, 0] = np.nan
    with pytest.raises(BadData, match="mean: 1 ocean values are not finite"):
        score_case(Analysis(dirty), problem, truth, statistics, AREA)
    with pytest.raises(BadData, match="truth has shape"):
        score_case(Analysis(members[0]), problem, truth[:2], statistics, AREA)


def test_rank_histograms_pool_and_repeat():
    scores = []
    for seed in range(3):
        problem, statistics, truth, members = world(seed)
        analysis = Analysis(members.mean(0), None, members)
        rng = np.random.default_rng(7)
        scores.append(score_case(analysis, problem, truth, statistics, AREA, rng=rng, thin=2))
    pooled = pool(scores)
    assert pooled.ranks.shape == (6,)
    assert pooled.ranks.sum() == sum(s.ranks.sum() for s in scores)
    # Members and truth are drawn alike: flat, χ² with 5 degrees of freedom below 20.5 (0.1 %).
    test = flatness(pooled.tables)
    assert pooled.tables.shape == (3, 6, 6) and test.degrees == 5 and test.chi2 < 20.5


def test_cases_of_different_ensembles_do_not_pool():
    problem, statistics, truth, members = world()
    five = score_case(Analysis(members[0], None, members), problem, truth, statistics, AREA)
    four = score_case(Analysis(members[0], None, members[:4]), problem, truth, statistics, AREA)
    with pytest.raises(BadData, match="differ in members"):
        pool([five, four])
    with pytest.raises(BadData, match="no case"):
        pool([])
