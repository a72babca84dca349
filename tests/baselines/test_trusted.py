"""Methods that are trusted as far as the observations of a request find their prior worth."""

from dataclasses import replace

import numpy as np
import pytest
from twin import GRID, MONTHS, dense_localisation, make_problem, make_states

from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.mean_state import MeanState, Modes, spread_of_means
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.trusted import Judge, Trusting, adapted, judge_prior, restored
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.trust.judgement import Trust
from thermocline.trust.likelihood import Factors

RADIUS = 5000.0
STATES = make_states()
LEVELS = STATES.shape[1]
OFFSET = MeanState((0.4,) * LEVELS, 8000.0, 2.0)


def method(**options) -> EnsembleOI:
    library = StateLibrary(STATES, MONTHS, GRID, quantise=False)
    return EnsembleOI(library, RADIUS, inflation=1.2, share=0.2, **options)


def dense_covariance(coupling: float, offset: MeanState | None) -> np.ndarray:
    """B [CHW, CHW] built whole."""
    rows = STATES.reshape(len(STATES), -1).astype(float)
    local = 0.8 * dense_localisation(RADIUS) + 0.2
    covariance = 1.2 * (rows.T @ rows / (len(rows) - 1)) * local
    level = np.arange(rows.shape[1]) // GRID.cell_area().size
    if offset is not None:
        layout = StateLibrary(STATES, MONTHS, GRID).layout
        modes = np.zeros((rows.shape[1], LEVELS * Modes(offset, layout).across.shape[1]))
        library = StateLibrary(STATES, MONTHS, GRID)
        modes[layout.cell] = Modes(offset, layout).rows(layout.column, library.level)
        covariance += modes @ modes.T
    return covariance * coupling ** np.abs(level[:, None] - level)


@pytest.mark.parametrize(("coupling", "offset"), [(1.0, OFFSET), (0.3, None), (0.3, OFFSET)])
def test_answers_are_those_of_the_dense_covariance(coupling, offset):
    problem = make_problem()
    model = method(mean_state=offset).with_coupling(coupling)
    covariance, seen = dense_covariance(coupling, offset), problem.observed.ravel()
    errors = np.diag(problem.s_y.ravel()[seen].astype(float) ** 2)
    gain = covariance[:, seen] @ np.linalg.inv(covariance[np.ix_(seen, seen)] + errors)
    mean = gain @ problem.y.ravel()[seen]
    variance = np.diag(covariance) - np.einsum("vp,vp->v", gain, covariance[:, seen])
    answer, sea = model.analyse(problem), problem.ocean.ravel()
    np.testing.assert_allclose(answer.mean.ravel()[sea], mean[sea], atol=5e-4)
    np.testing.assert_allclose(answer.std.ravel()[sea] ** 2, variance[sea], atol=5e-4)
    np.testing.assert_allclose(model.means([problem])[0], answer.mean, atol=2e-4)
    draws = model.posterior(problem, range(600), 3, gaussian=True)
    np.testing.assert_allclose(draws[0], answer.mean, atol=2e-4)
    spread = draws[1][:, problem.ocean].var(axis=0).sum()
    assert spread / variance[sea].sum() == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("coupling", [0.0, 0.5])
def test_draws_are_related_between_levels_as_far_as_these_are_believed(coupling):
    """Of 3,000 draws without observations, in columns of all levels; within standard errors."""
    model = method(mean_state=OFFSET).with_coupling(coupling)
    nothing = make_problem(0)
    draws = model.posterior(nothing, range(3000), 5, gaussian=True)[1]
    columns = draws[:, :, nothing.ocean.all(axis=0)].astype(float)
    expected = dense_covariance(coupling, OFFSET).reshape((LEVELS, GRID.cell_area().size) * 2)
    own = np.flatnonzero(nothing.ocean.all(axis=0))
    for one, other in [(0, 1), (1, 2), (0, 2)]:
        products = columns[:, one] * columns[:, other]
        true = expected[one, own, other, own]
        off = (products.mean(axis=0) - true) / (products.std(axis=0) / np.sqrt(len(draws)))
        assert np.sqrt(np.mean(off**2)) < 1.5
        assert np.ptp(true) > 0.1 or coupling == 0


def test_an_offset_s_modes_have_its_covariance():
    layout = StateLibrary(STATES, MONTHS, GRID).layout
    modes = Modes(MeanState((0.5, 0.2, 0.3)[:LEVELS], 6000.0, 3.0), layout)
    column = np.arange(len(layout.point))
    top = modes.rows(column, np.zeros_like(column))
    below = modes.rows(column, np.ones_like(column))
    apart = np.linalg.norm(layout.point[:, None] - layout.point, axis=-1) * 6371.0
    smooth = np.exp(-0.5 * (apart / 6000) ** 2)
    np.testing.assert_allclose(top @ top.T, 0.25 * smooth, atol=0.02)
    np.testing.assert_allclose(top @ below.T, 0.1 * np.exp(-1 / 3) * smooth, atol=0.01)


def test_the_spread_of_means_is_that_of_the_runs():
    rng = np.random.default_rng(0)
    run = np.repeat(np.arange(3), 50)
    means = np.array([1.0, -1.0, 0.0])[run][:, None, None, None]
    states = (means + 0.1 * rng.standard_normal((150, 2, 6, 8))).astype(np.float32)
    assert spread_of_means(states, run) == pytest.approx(1, abs=0.05)
    assert spread_of_means(states, np.zeros(150, int)) == pytest.approx(0)


def test_full_trust_changes_nothing():
    problem = make_problem()
    full = Trust.full(LEVELS)
    same = adapted(problem, full)
    assert np.array_equal(same.y, problem.y) and np.array_equal(same.s_y, problem.s_y)
    answer = method().analyse(problem)
    assert np.allclose(restored(answer, full).mean, answer.mean)


def test_scaling_the_request_is_scaling_the_prior():
    """With α = γ′ everywhere an ensemble OI answers as one of inflation γ′ times its own."""
    problem = make_problem()
    factors = Factors(np.full(LEVELS, 2.5), np.full(LEVELS, 1.7), 1.0, 1.0)
    trust = Trust(1.0, factors, np.ones(LEVELS), np.ones(LEVELS))
    found = restored(method().analyse(adapted(problem, trust)), trust)
    library = StateLibrary(STATES, MONTHS, GRID, quantise=False)
    other = EnsembleOI(library, RADIUS, inflation=3.0, share=0.2)
    noisier = np.where(problem.observed, np.sqrt(1.7) * problem.s_y, 1).astype(np.float32)
    expected = other.analyse(replace(problem, s_y=noisier))
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-4)
    np.testing.assert_allclose(found.std, expected.std, atol=1e-3)


def test_observations_three_times_as_far_as_expected_widen_every_method_s_answer():
    problem, rng = make_problem(0.2), np.random.default_rng(0)
    y = np.where(problem.observed, 5 * rng.standard_normal(problem.y.shape), 0)
    wild = replace(problem, y=y.astype(np.float32))
    ensemble = method()
    oi = OptimalInterpolation(GRID, [1500.0] * LEVELS, [1.0] * LEVELS)
    sea = problem.ocean
    for each, prior in ((ensemble, ensemble), (oi, oi), (Climatology(), ensemble)):
        plain = each.analyse(wild, 0, 0)
        found = Trusting(each, Judge(prior)).analyse(wild, 0, 0)
        assert found.std[sea].mean() > 1.5 * plain.std[sea].mean()
        trust = judge_prior(prior, wild)
        assert "uncertainty multiplied by" in trust.words()[0] and trust.distance > 3


def test_the_deviation_does_not_fall_when_errors_tenfold_are_stated():
    """Of a state of the prior, observed in two of five columns."""
    problem, rng = make_problem(0.4), np.random.default_rng(1)
    model = method()
    state = model.posterior(make_problem(0), [0], 5, gaussian=True)[1][0]
    y = (state + 0.1 * rng.standard_normal(state.shape)) * problem.observed

    def deviation(stated):
        s_y = np.where(problem.observed, stated, 1).astype(np.float32)
        asked = replace(problem, y=y.astype(np.float32), s_y=s_y)
        return np.mean(Trusting(model, Judge(model)).analyse(asked, 0, 0).std)

    assert deviation(1.0) > 0.97 * deviation(0.1)
    assert deviation(10.0) > 0.97 * deviation(1.0)
