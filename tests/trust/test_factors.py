"""Factors of variance and error: found where they are true, and 1 where the prior is."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from thermocline.trust.innovations import Innovations, evenly
from thermocline.trust.judgement import Trust, judge
from thermocline.trust.left_out import leave_out
from thermocline.trust.likelihood import Factors, Posterior, believed, fit

LEVELS = 3


def prior(columns: int, length: float = 0.15, seed: int = 0) -> Innovations:
    """Columns of three levels at random places of a unit square; nothing observed yet."""
    rng = np.random.default_rng(seed)
    place = rng.random((columns, 2))
    column, level = np.repeat(np.arange(columns), LEVELS), np.tile(np.arange(LEVELS), columns)
    apart = np.linalg.norm(place[column][:, None] - place[column], axis=-1)
    between = 0.6 ** np.abs(np.subtract.outer(level, level))
    covariance = np.exp(-apart / length) * between
    size = column.size
    return Innovations(np.zeros(size), np.full(size, 0.3), covariance, level, column, LEVELS)


def drawn(given: Innovations, variance: float, error: float, seed: int) -> Innovations:
    """With innovations of a prior of `variance` and errors of `error` times what is stated."""
    rng = np.random.default_rng([7, seed])
    root = np.linalg.cholesky(given.covariance + 1e-9 * np.eye(len(given)))
    y = np.sqrt(variance) * (root @ rng.standard_normal(len(given)))
    y += np.sqrt(error) * given.s_y * rng.standard_normal(len(given))
    return Innovations(y, given.s_y, given.covariance, given.level, given.column, given.levels)


@pytest.mark.parametrize(("variance", "error"), [(1.0, 1.0), (4.0, 1.0), (0.25, 1.0), (1.0, 16.0)])
def test_factors_that_are_true_are_found(variance, error):
    """Over 12 requests; a mean of logarithms within four of its standard errors, plus 0.12."""
    found = [fit(drawn(prior(90, seed=s), variance, error, s)) for s in range(12)]
    for values, true in (
        (np.log([f.variance for f in found]), np.log(variance)),
        (np.log([f.error for f in found]), np.log(error)),
    ):
        standard_error = values.mean(axis=1).std(ddof=1) / np.sqrt(len(found))
        assert values.mean() == pytest.approx(true, abs=4 * standard_error + 0.12)


def test_errors_that_are_overstated_are_not_made_up_for_by_the_prior():
    """Errors of a hundred times the true ones fall, and the prior's variance does not."""
    found = []
    for seed in range(6):
        given = drawn(prior(90, seed=seed), 1.0, 1.0, seed)
        trust = judge(replace(given, s_y=100 * given.s_y), given.column)
        assert trust.factors.error.max() < 0.05**2
        found.append(np.log(trust.inflation))
    assert np.mean(found) == pytest.approx(0, abs=0.15)


def test_words_say_reduced_only_where_trust_is_and_closer_where_observations_are():
    given = drawn(prior(90), 1.0, 1.0, 0)
    factors = Factors(np.full(LEVELS, 1.44), np.full(LEVELS, 0.01), 1.0, 1.0)
    close = Trust(0.04, factors, np.full(LEVELS, 0.999), np.ones(LEVELS)).words()[0]
    assert "reduced" not in close and "closer to the climatology" in close
    assert close.endswith("uncertainty multiplied by 1.2, their errors by 0.1")
    far = judge(replace(given, y=4 * given.y[::-1]), given.column).words()[0]
    assert "trust reduced to 0." in far and "closer" not in far


def test_a_prior_that_fits_is_left_alone():
    found = [fit(drawn(prior(60, seed=s), 1.0, 1.0, s)) for s in range(10)]
    assert np.abs(np.log([f.variance for f in found])).max() < 0.1
    assert sum(bool((f.variance == 1).all() and f.coupling == 1) for f in found) > 5
    assert max(f.doubt for f in found) < 0.2
    trust = judge(given := drawn(prior(60), 1.0, 1.0, 0), given.column)
    assert trust.weight == pytest.approx(1, abs=0.02) and not trust.words()


@pytest.mark.parametrize("true", [1.0, 0.5, 0.2])
def test_how_far_levels_are_related_is_found(true):
    """Columns drawn with κ, of a prior that believes in κ = 1 and is right otherwise.

    So many columns hardly tell 0.8 from 1, which is then kept.
    """
    found = []
    for seed in range(8):
        given = prior(120, seed=seed)
        apart = np.abs(given.level[:, None] - given.level)
        y = drawn(replace(given, covariance=given.covariance * true**apart), 1.0, 1.0, seed).y
        found.append(fit(replace(given, y=y)).coupling)
    assert np.mean(found) == pytest.approx(true, abs=0.1)


def test_one_profile_changes_nothing():
    single = drawn(prior(1), 30.0, 1.0, 0)
    assert judge(single, single.column).inflation == pytest.approx(1)


def test_a_prior_that_knows_nothing_answers_the_climatology():
    """Innovations without any correlation, for a prior of long ones."""
    given = prior(120, length=1.0)
    weights = []
    for seed in range(5):
        y = np.random.default_rng(seed).standard_normal(len(given)) * 1.5
        other = Innovations(y, given.s_y, given.covariance, given.level, given.column, LEVELS)
        trust = judge(other, other.column)
        signal, noise = trust.factors.apply(other)
        forecast = leave_out(y, signal + np.diag(noise), other.column)
        weights.append(np.abs(trust.weight[other.level] * forecast.mean).mean())
    assert np.mean(weights) < 0.1 * 1.5


def test_the_gradient_is_that_of_the_misfit():
    given = drawn(prior(12), 3.0, 2.0, 1)
    posterior, rng = Posterior(given), np.random.default_rng(0)
    theta = rng.normal(0, 0.5, 2 * LEVELS + 1)
    gradient, step = posterior.misfit(theta)[1], 1e-5
    for i, shift in enumerate(step * np.eye(theta.size)):
        slope = posterior.misfit(theta + shift)[0] - posterior.misfit(theta - shift)[0]
        assert gradient[i] == pytest.approx(slope / (2 * step), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("logit", [-30.0, 0.5])
def test_the_precision_is_the_expected_curvature(logit):
    """Fisher's information, against curvatures of the misfit averaged over draws of the model."""
    given = prior(10)
    here, step = np.append(np.zeros(2 * LEVELS), logit), 1e-4
    fading = believed(given.level, given.level, expit(-logit))
    told = replace(given, covariance=given.covariance * fading)
    total = np.zeros((here.size, here.size))
    for seed in range(400):
        y = drawn(told, 1.0, 1.0, seed).y
        posterior = Posterior(replace(given, y=y))
        for i in range(here.size):
            shift = step * np.eye(here.size)[i]
            change = posterior.misfit(here + shift)[1] - posterior.misfit(here - shift)[1]
            total[i] += change / (2 * step)
    mean, expected = total / 400, Posterior(given).precision(here)
    np.testing.assert_allclose(mean, expected, atol=0.12 * np.abs(expected).max())
    # That of κ is small: it is looked at by itself.
    np.testing.assert_allclose(mean[-1], expected[-1], atol=0.05)


def test_left_out_forecasts_are_those_of_analyses_without_the_group():
    given = drawn(prior(8), 1.0, 1.0, 3)
    total = given.covariance + np.diag(given.s_y**2)
    group = given.column // 2
    found = leave_out(given.y, total, group)
    for own in (np.flatnonzero(group == g) for g in range(4)):
        rest = np.setdiff1d(np.arange(len(given)), own)
        gain = total[np.ix_(own, rest)] @ np.linalg.inv(total[np.ix_(rest, rest)])
        np.testing.assert_allclose(found.mean[own], gain @ given.y[rest], atol=1e-9)
        variance = np.diag(total[np.ix_(own, own)] - gain @ total[np.ix_(rest, own)])
        np.testing.assert_allclose(found.variance[own], variance, atol=1e-9)


def test_an_even_choice_takes_whole_columns():
    column = np.repeat(np.arange(100), 9)
    chosen = evenly(column, most=300)
    assert np.bincount(column[chosen], minlength=100).max() == 9 and 250 <= chosen.size <= 330
    assert evenly(column[:5]).size == 5 and evenly(column[:0]).size == 0
