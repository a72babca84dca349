"""OI of columns against sums over pairs, and against the dense formulas of a Gaussian."""

import numpy as np
import pytest

from thermocline.baselines.columns import system
from thermocline.baselines.columns.lag_covariance import LagCovariance, kernel_covariance
from thermocline.baselines.columns.oi import ColumnOI
from thermocline.baselines.columns.system import factor

SHAPE = (9, 11)
K = 2


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def covariance():
    """Two fields that depend on each other, of two lengths; zero within the reach."""
    one, two = (kernel_covariance(np.ones(1), length, 8).values[0, 0] for length in (1.3, 2.0))
    mix = np.array([[1.0, 0.4], [0.4, 0.8]])
    values = mix[..., None, None] * one + np.diag([0.5, 0.2])[..., None, None] * two
    return LagCovariance(values.astype(np.float32))


def test_covariances_are_means_over_the_pairs_of_sea_cells(rng):
    ocean = rng.random(SHAPE) > 0.2
    fields = rng.standard_normal((3, K, *SHAPE)) * ocean
    found = LagCovariance.of(fields, ocean, 3)
    for dy, dx in ((0, 0), (2, -1), (-3, 2)):
        total, pairs = np.zeros((K, K)), 0
        for y, x in np.argwhere(ocean):
            there = y + dy, x + dx
            if 0 <= there[0] < SHAPE[0] and 0 <= there[1] < SHAPE[1] and ocean[there]:
                total += np.einsum("ni,nj->ij", fields[..., *there], fields[..., y, x])
                pairs += len(fields)
        np.testing.assert_allclose(found.values[..., 3 + dy, 3 + dx], total / pairs, atol=1e-5)
    mirrored = found.values[..., ::-1, ::-1].swapaxes(0, 1)
    np.testing.assert_allclose(found.values, mirrored, atol=1e-5)


def test_the_covariance_of_a_residual_is_that_of_the_residual_fields(rng):
    ocean = np.ones(SHAPE, bool)
    fields = rng.standard_normal((4, K + 3, *SHAPE))
    weights = rng.standard_normal((K, 2))
    joint = LagCovariance.of(fields, ocean, 3)
    left = fields[:, :K] - np.einsum("kp,npyx->nkyx", weights, fields[:, [K, K + 2]])
    expected = LagCovariance.of(left, ocean, 3)
    found = joint.of_residual(slice(0, K), np.array([K, K + 2]), weights)
    np.testing.assert_allclose(found.values, expected.values, atol=2e-5)


def test_a_taper_is_1_at_no_lag_and_0_at_its_radius(covariance):
    faded = covariance.tapered(5.0)
    assert faded.reach == 5
    np.testing.assert_allclose(faded.here, covariance.here, rtol=1e-6)
    assert np.abs(faded.values[..., 0, :]).max() == 0


def dense(covariance):
    """C of all cells, ordered by cell and field."""
    oi = ColumnOI(covariance, SHAPE)
    cells = np.arange(np.prod(SHAPE))
    among = oi.prior.among(cells[:, None], cells)
    return among.transpose(0, 2, 1, 3).reshape(2 * (K * cells.size,)).astype(np.float64)


def columns(rng, modes, place, levels_seen):
    """Information and evidence of columns whose levels are seen in part, and the dense H, R, d."""
    n, levels = len(place), len(modes)
    information, evidence, rows, errors, values = [], [], [], [], []
    for p in place:
        seen = levels_seen(levels)
        s, d = rng.uniform(0.2, 0.5, levels), rng.standard_normal(levels)
        precision = np.where(seen, s**-2, 0)
        information.append(modes.T @ (precision[:, None] * modes))
        evidence.append(modes.T @ (precision * d))
        h = np.zeros((levels, np.prod(SHAPE) * K))
        h[:, K * p : K * (p + 1)] = modes
        rows.append(h[seen])
        errors.append(s[seen])
        values.append(d[seen])
    assert n
    parts = (np.concatenate(each) for each in (rows, errors, values))
    return np.array(information), np.array(evidence), *parts


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("place", [[40], [3, 40, 55, 90]])
def test_mean_and_spread_are_those_of_the_dense_gaussian(rng, covariance, whole, place):
    modes, place = np.linalg.qr(rng.standard_normal((4, K)))[0], np.array(place)
    seen = lambda levels: np.arange(levels) < (levels if whole else rng.integers(1, levels))
    information, evidence, h, s, d = columns(rng, modes, place, seen)
    c = dense(covariance)
    gain = c @ h.T @ np.linalg.inv(h @ c @ h.T + np.diag(s**2))
    oi = ColumnOI(covariance, SHAPE)
    cells = np.arange(np.prod(SHAPE))
    mean, spread, _ = oi.analyse(place, information, evidence, [], cells)
    expected = (gain @ d).reshape(-1, K).T.reshape(K, *SHAPE)
    np.testing.assert_allclose(mean, expected, atol=2e-3)
    posterior = (c - gain @ h @ c).reshape(-1, K, np.prod(SHAPE), K)
    for cell in (0, 40, 54, 98):
        np.testing.assert_allclose(spread[cell], posterior[cell, :, cell], atol=3e-3)


def test_members_are_drawn_from_the_posterior(rng, covariance):
    modes = np.linalg.qr(rng.standard_normal((4, K)))[0]
    place = np.array([12, 60])
    information, evidence, *_ = columns(rng, modes, place, lambda n: np.ones(n, bool))
    oi = ColumnOI(covariance, SHAPE)
    cells = np.arange(np.prod(SHAPE))
    mean, spread, members = oi.analyse(place, information, evidence, rng.spawn(3000), cells)
    flat = members.reshape(3000, K, -1)
    np.testing.assert_allclose(flat.mean(axis=0), mean.reshape(K, -1), atol=0.1)
    found = np.einsum("mks,mls->skl", *(2 * [flat - flat.mean(axis=0)])) / 3000
    np.testing.assert_allclose(found, spread, atol=0.15)
    assert np.abs(found - spread).mean() < 0.03


def test_without_columns_the_prior_is_answered(rng, covariance):
    oi = ColumnOI(covariance, SHAPE)
    none = np.zeros((0, K, K)), np.zeros((0, K))
    cells = np.arange(5)
    mean, spread, members = oi.analyse(np.zeros(0, int), *none, rng.spawn(2), cells)
    assert not mean.any() and members.shape == (2, K, *SHAPE)
    np.testing.assert_allclose(spread, np.broadcast_to(covariance.here, (5, K, K)), rtol=1e-6)


def test_draws_of_the_prior_have_its_covariance(rng, covariance):
    oi = ColumnOI(covariance, SHAPE)
    draws = oi.prior.draws(rng.spawn(4000))
    for one, other in ((0, 0), (0, 13), (30, 28), (98, 86)):
        found = np.einsum(
            "mk,ml->kl", *(draws.reshape(4000, K, -1)[..., cell] for cell in (one, other))
        )
        np.testing.assert_allclose(found / 4000, oi.prior.among(one, other), atol=0.12)


def test_iterations_find_what_the_factorisation_finds(rng, covariance, monkeypatch):
    """Crowded columns, of which some say nothing of one direction."""
    modes = np.linalg.qr(rng.standard_normal((4, K)))[0]
    place = rng.choice(np.prod(SHAPE), 40, replace=False)
    seen = lambda levels: np.arange(levels) < rng.integers(1, levels + 1)
    information, evidence, *_ = columns(rng, modes, place, seen)
    oi, cells = ColumnOI(covariance, SHAPE), np.arange(np.prod(SHAPE))
    answers = []
    for most in (10**6, 0):
        monkeypatch.setattr("thermocline.baselines.columns.system.DIRECT", most)
        rngs = np.random.default_rng(1).spawn(3)
        answers.append(oi.analyse(place, information, evidence, rngs, cells))
    (mean, spread, draws), (again, same, others) = answers
    np.testing.assert_allclose(again, mean, atol=2e-3 * np.abs(mean).max())
    np.testing.assert_allclose(others, draws, atol=2e-3 * np.abs(draws).max())
    np.testing.assert_array_equal(spread, same)


def test_the_nugget_is_a_share_of_a_coefficients_variance(rng, covariance, monkeypatch):
    given = []
    monkeypatch.setattr(
        system, "factor", lambda s, variance: given.append(variance) or factor(s, 0)
    )
    oi, rhs = ColumnOI(covariance, SHAPE), rng.standard_normal((1, 5, K))
    seen = system.Seen(
        np.arange(5) * 7, np.tile(np.eye(K, dtype=np.float32), (5, 1, 1)), rhs[0] ** 2
    )
    system.directly(oi.prior, seen, rhs)
    assert given == [pytest.approx(np.trace(oi.prior.here) / K)]
