"""CRPS against properscoring and xskillscore; spread/skill of what is calibrated or not."""

import numpy as np
import properscoring
import pytest
import xarray as xr
import xskillscore as xs

from thermocline.errors import BadData
from thermocline.verify.metrics import probabilistic


def test_gaussian_crps_agrees_with_properscoring():
    rng = np.random.default_rng(0)
    mean, std, truth = rng.normal(size=500), rng.random(500) + 0.01, rng.normal(size=500)
    expected = properscoring.crps_gaussian(truth, mean, std)
    np.testing.assert_allclose(probabilistic.crps_gaussian(mean, std, truth), expected, rtol=1e-9)


def test_gaussian_crps_of_certainty_is_the_absolute_error():
    assert probabilistic.crps_gaussian(1.0, 0.0, 3.5) == 2.5
    assert probabilistic.crps_gaussian(1.0, 1e-9, 3.5) == pytest.approx(2.5, abs=1e-8)
    # At its centre: σ (√2 − 1) / √π
    centre = (np.sqrt(2) - 1) / np.sqrt(np.pi)
    assert probabilistic.crps_gaussian(7.0, 2.0, 7.0) == pytest.approx(2 * centre, rel=1e-12)
    with pytest.raises(BadData, match="negative"):
        probabilistic.crps_gaussian(0.0, -1.0, 0.0)


@pytest.mark.parametrize("count", [2, 3, 8, 31])
def test_fair_crps_is_the_standard_one_less_its_bias(count):
    # fair = standard − Σᵢⱼ|xᵢ − xⱼ| / (2 n² (n − 1))
    rng = np.random.default_rng(count)
    members, truth = rng.standard_normal((count, 40)), rng.standard_normal(40)
    pairs = np.abs(members[:, None] - members[None]).sum(axis=(0, 1))
    correction = pairs / (2 * count**2 * (count - 1))
    ours = probabilistic.crps_ensemble(members, truth)
    standard = properscoring.crps_ensemble(truth, members.T)
    np.testing.assert_allclose(ours, standard - correction, rtol=1e-9, atol=1e-12)
    forecast = xr.DataArray(members, dims=("member", "x"))
    other = xs.crps_ensemble(xr.DataArray(truth, dims="x"), forecast, dim=[])
    np.testing.assert_allclose(ours, other.values - correction, rtol=1e-9, atol=1e-12)


def test_one_member_scores_its_absolute_error():
    score = probabilistic.crps_ensemble(np.array([[1.0, 2.0]]), np.array([3.0, 1.5]))
    np.testing.assert_allclose(score, [2.0, 0.5])


def test_fair_crps_does_not_depend_on_the_ensemble_size():
    # Its expectation is the Gaussian's own: (√2 − 1)/√π at σ = 1 when averaged over the truth
    # y ~ N(0, 1) is 1/√π. The standard error over 200 000 draws is about 0.002.
    rng = np.random.default_rng(2)
    truth = rng.standard_normal(200_000)
    for count in (2, 5):
        score = probabilistic.crps_ensemble(rng.standard_normal((count, truth.size)), truth)
        standard_error = score.std() / np.sqrt(score.size)
        assert score.mean() == pytest.approx(1 / np.sqrt(np.pi), abs=4 * standard_error)


def calibrated(count: int, cells: int, spread: float = 1.0):
    """Members and truth around the same unknown centre; `spread` scales the members only."""
    rng = np.random.default_rng(5)
    centre = rng.standard_normal(cells)
    members = centre + spread * rng.standard_normal((count, cells))
    return members, centre + rng.standard_normal(cells)


@pytest.mark.parametrize("count", [2, 4, 8, 50])
def test_spread_and_skill_agree_for_a_calibrated_ensemble(count):
    # The squared error has relative standard error √(2/N), its root half of it, the spread
    # √(2/(N(n−1)))/2: four of them together at N = 40 000, n = 2 are 2 %.
    members, truth = calibrated(count, 40_000)
    variance = members.var(axis=0, ddof=1).mean()
    error = np.mean((members.mean(axis=0) - truth) ** 2)
    assert probabilistic.spread_skill(variance, error, count) == pytest.approx(1, abs=0.02)


def test_an_overconfident_ensemble_is_found_out():
    members, truth = calibrated(8, 40_000, spread=0.5)
    variance = members.var(axis=0, ddof=1).mean()
    error = np.mean((members.mean(axis=0) - truth) ** 2)
    # √(9/8 · 0.25 / (1 + 0.25/8)) = 0.522
    assert probabilistic.spread_skill(variance, error, 8) == pytest.approx(0.522, abs=0.02)
