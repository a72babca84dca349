"""The Fréchet distance: Gaussians in closed form, and its bias with the number of vectors."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.frechet import (
    frechet_distance,
    frechet_limit,
    frechet_of_moments,
)


def test_gaussians_with_commuting_covariances_have_a_closed_form():
    mean, other = np.array([1.0, 2.0, 0.0]), np.array([0.0, 2.0, 2.0])
    std, other_std = np.array([1.0, 2.0, 0.0]), np.array([3.0, 0.5, 0.0])
    d = frechet_of_moments(mean, np.diag(std**2), other, np.diag(other_std**2))
    assert d == pytest.approx(5 + np.sum((std - other_std) ** 2), rel=1e-12)


def test_covariances_that_do_not_commute():
    # In two dimensions tr A^½ = √(tr A + 2 √det A), here of A = Σ₁Σ₂.
    first, second = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5], [-0.5, 4.0]])
    product = first @ second
    overlap = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    d = frechet_of_moments(np.zeros(2), first, np.zeros(2), second)
    assert d == pytest.approx(10 - 2 * overlap, rel=1e-12)


def test_shift_rotation_and_the_same_set():
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((50, 6)), 2 * rng.standard_normal((40, 6)) + 1
    rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    d = frechet_distance(first, second)
    assert frechet_distance(first @ rotation, second @ rotation) == pytest.approx(d, rel=1e-10)
    assert frechet_distance(second, first) == pytest.approx(d, rel=1e-10)
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-12)
    assert frechet_distance(first, first + 2) == pytest.approx(4 * 6, rel=1e-12)
    assert frechet_distance(first[:3], first[:3]) == pytest.approx(0, abs=1e-7)  # singular


def test_the_bias_is_inverse_to_the_count_and_the_limit_has_less():
    rng = np.random.default_rng(1)
    plain: dict[int, list[float]] = {100: [], 400: []}
    limits = []
    for _ in range(30):
        first, second = rng.standard_normal((2, 400, 4))
        plain[400].append(frechet_distance(first, second))
        plain[100].append(frechet_distance(first[:100], second[:100]))
        limits.append(frechet_limit(first, second))
    # The truth is 0; its noise over 30 sets is about a tenth of the bias.
    assert np.mean(plain[100]) / np.mean(plain[400]) == pytest.approx(4, rel=0.25)
    assert abs(np.mean(limits)) < 0.2 * np.mean(plain[400])


def test_refusals():
    good = np.zeros((5, 3))
    with pytest.raises(BadData, match="3 features against 2"):
        frechet_distance(good, np.zeros((5, 2)))
    with pytest.raises(BadData, match="two or more finite"):
        frechet_distance(good, np.full((5, 3), np.nan))
    with pytest.raises(BadData, match="smallest part"):
        frechet_limit(good, good)
