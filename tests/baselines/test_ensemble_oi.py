"""The ensemble OI against dense linear algebra with the Schur product, and its members."""

from dataclasses import replace

import numpy as np
import pytest
from twin import (
    GRID,
    MONTHS,
    dense_localisation,
    dense_posterior,
    library,
    make_problem,
    make_states,
    season_states,
)

from thermocline.baselines.common.packing import pack, unpack
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.errors import BadData, BadFile
from thermocline.ocean.anomalies import AnomalyProblem


@pytest.mark.parametrize(("radius", "season", "gamma"), [(4000, 6, 1.0), (9000, 2, 1.3)])
@pytest.mark.parametrize("month", [3, 12])
def test_ensemble_oi_equals_the_dense_schur_product(radius, season, gamma, month):
    problem = make_problem(month=month)
    answer = EnsembleOI(library(), radius, season, gamma).analyse(problem)
    x = season_states(month, season).astype(float)
    b = gamma * (x.T @ x / (len(x) - 1)) * dense_localisation(radius)
    mean, variance, _ = dense_posterior(b, problem)
    np.testing.assert_allclose(answer.mean.ravel(), mean, atol=2e-5)
    np.testing.assert_allclose(answer.std.ravel() ** 2, np.maximum(variance, 0), atol=2e-5)


def test_members_have_the_covariance_of_the_stochastic_update():
    """(I − KH) B (I − KH)ᵀ + K R Kᵀ with B the states' own covariance, not localised."""
    problem = make_problem(error=0.5)
    method = EnsembleOI(library(), 5000)
    draws = np.concatenate([method.posterior(problem, range(60), seed)[1] for seed in range(20)])
    x = season_states(3, 6).astype(float)
    _, _, gain = dense_posterior(x.T @ x / 59 * dense_localisation(5000), problem)
    seen = np.flatnonzero(problem.observed)
    keep = np.eye(x.shape[1])
    keep[:, seen] -= gain
    r = problem.s_y.ravel()[seen].astype(float) ** 2
    variance = ((x @ keep.T) ** 2).mean(axis=0) + (gain**2) @ r
    centre = gain @ problem.y.ravel()[seen] + (x @ keep.T).mean(axis=0)
    variance -= (x @ keep.T).mean(axis=0) ** 2
    sea = problem.ocean.ravel()
    # Each seed deals all 60 states once, so that only the noise is random; 1200 draws.
    error = np.sqrt((gain**2 @ r)[sea] / 1200)
    z = (draws.mean(axis=0).ravel()[sea] - centre[sea]) / error
    assert 0.7 < z.std() < 1.3 and np.abs(z).max() < 5
    ratio = draws.var(axis=0).ravel()[sea] / variance[sea]
    assert abs(ratio.mean() - 1) < 0.03 and np.abs(ratio - 1).max() < 0.3


def test_gaussian_members_have_the_mean_and_covariance_of_the_posterior():
    """N(x_a, P) with B the localised covariance: every variance, and some covariances."""
    problem = make_problem(error=0.5)
    method = EnsembleOI(library(), 5000, inflation=1.2)
    mean, draws = method.posterior(problem, range(3000), 0, gaussian=True)
    x = season_states(3, 6).astype(float)
    b = 1.2 * x.T @ x / 59 * dense_localisation(5000)
    expected, variance, gain = dense_posterior(b, problem)
    np.testing.assert_allclose(mean.ravel(), expected, atol=2e-5)
    sea, flat = problem.ocean.ravel(), draws.reshape(len(draws), -1)
    z = (flat.mean(axis=0) - expected)[sea] / np.sqrt(variance[sea] / 3000)
    assert 0.6 < z.std() < 1.4 and np.abs(z).max() < 5
    ratio = flat.var(axis=0)[sea] / variance[sea]
    assert abs(ratio.mean() - 1) < 0.03 and np.abs(ratio - 1).max() < 0.2
    seen = np.flatnonzero(problem.observed)
    cells = np.flatnonzero(sea)[::9]
    p = (b - gain @ b[seen])[np.ix_(cells, cells)]
    found = np.cov(flat[:, cells].T)
    scale = np.sqrt(np.outer(np.diag(p), np.diag(p)))
    assert np.abs((found - p) / scale).max() < 0.12
    again = method.posterior(problem, [7, 2], 0, gaussian=True)[1]
    assert np.array_equal(again, draws[[7, 2]])


def test_a_member_is_the_same_alone_or_among_many():
    problem, method = make_problem(), EnsembleOI(library(), 5000)
    many = method.posterior(problem, range(9), seed=4)[1]
    assert np.array_equal(method.posterior(problem, [7, 2], seed=4)[1], many[[7, 2]])
    assert not np.allclose(many[0], many[1])
    assert not np.allclose(method.posterior(problem, [7], seed=5)[1][0], many[7])


def test_a_single_level_is_answered_alike_alone_and_among_many():
    """B Hᵀ is then made once for all draws, and not by sums over columns."""
    problem = make_problem()
    surface = AnomalyProblem(
        problem.y[:1], problem.s_y[:1], problem.observed[:1], problem.ocean[:1], problem.month
    )
    method = EnsembleOI.of(make_states()[:, :1], MONTHS, GRID, 5000, inflation=1.2)
    mean, draws = method.posterior(surface, range(9), 4, gaussian=True)
    np.testing.assert_allclose(mean, method.analyse(surface).mean, atol=2e-5)
    assert np.array_equal(method.posterior(surface, [7, 2], 4, gaussian=True)[1], draws[[7, 2]])


@pytest.mark.parametrize("season", [2, 6])
def test_means_of_problems_observed_alike_are_those_of_each_alone(season):
    method = EnsembleOI(library(), 6000, season_months=season, inflation=1.3)
    rng = np.random.default_rng(8)
    problem = make_problem()
    problems = [
        replace(problem, month=month, y=problem.observed * rng.normal(size=problem.y.shape))
        for month in (3, 11, 3, 4)
    ]
    alone = [method.analyse(each).mean for each in problems]
    np.testing.assert_allclose(method.means(problems), alone, atol=2e-6)
    with pytest.raises(BadData, match="alike"):
        method.means([problem, replace(problem, s_y=problem.s_y * np.float32(2))])


def test_states_travel_as_bytes(tmp_path):
    problem, method = make_problem(), EnsembleOI(library(quantise=True), 5000, 3, 1.2)
    method.save(tmp_path / "oi.safetensors")
    again = EnsembleOI.load(tmp_path / "oi.safetensors")
    assert (again.radius_km, again.season_months, again.inflation) == (5000, 3, 1.2)
    assert np.array_equal(again.analyse(problem).mean, method.analyse(problem).mean)
    exact = EnsembleOI(library(), 5000, 3, 1.2).analyse(problem)
    np.testing.assert_allclose(method.analyse(problem).mean, exact.mean, atol=0.02)
    with pytest.raises(BadFile, match="dvc repro"):
        (tmp_path / "half").write_bytes((tmp_path / "oi.safetensors").read_bytes()[:500])
        EnsembleOI.load(tmp_path / "half")


def test_packing_error_is_half_a_step_at_most():
    states = np.random.default_rng(0).standard_normal((50, 400)).astype("f4")
    states[7] = 0
    codes, scale = pack(states)
    error = unpack(codes, scale) - states
    assert codes.dtype == np.int8
    assert (np.abs(error) <= scale[:, None] * 0.5001).all() and (error[7] == 0).all()
    assert error.std() < 0.01
    again = pack(unpack(codes, scale))
    assert np.array_equal(again[0], codes)


def test_cells_unknown_to_the_states_keep_the_prior():
    problem = make_problem()
    ocean = np.ones_like(problem.ocean)
    observed = problem.observed.copy()
    observed[:, 3, 3] = True
    wider = AnomalyProblem(problem.y, problem.s_y, observed, ocean, 3)
    answer = EnsembleOI(library(), 5000).analyse(wider)
    new = ocean & ~problem.ocean
    assert (answer.mean[new] == 0).all() and (answer.std[new] == 1).all()
    plain = EnsembleOI(library(), 5000).analyse(problem)
    assert np.array_equal(answer.mean[problem.ocean], plain.mean[problem.ocean])
