"""Distances of distributions: shifts, atoms and pairs."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.marginals import joint_distance, marginal_distance, wasserstein

WEIGHT = np.array([[1.0, 2.0], [1.0, 0.0]])


def test_wasserstein_of_a_shift_and_of_a_factor():
    values = np.random.default_rng(0).standard_normal(500)
    assert wasserstein(values, values + 3) == pytest.approx(3)
    assert wasserstein(values, 2 * values) == pytest.approx(np.abs(values).mean())
    assert wasserstein(values, np.repeat(values, 3)) == pytest.approx(0, abs=1e-12)
    # A weight of 2 is a value that is there twice.
    assert wasserstein(np.array([0.0, 1.0]), np.zeros(1), np.array([1.0, 2.0])) == pytest.approx(
        2 / 3
    )


def test_atoms_are_seen_though_the_distance_is_small():
    first = np.array([[[0.0, 1.0], [0.5, np.nan]]])  # nothing is read on land
    second = np.array([[[1e-6, 1 - 1e-6], [0.5, np.nan]]] * 3)
    found = marginal_distance(first, second, WEIGHT)
    assert found.zeros == (0.25, 0) and found.ones == (0.5, 0)
    assert found.wasserstein == pytest.approx(0.75e-6)
    with pytest.raises(BadData, match="missing values at sea"):
        marginal_distance(first, second * np.nan, WEIGHT)


def test_pairs_see_what_marginals_do_not():
    rng = np.random.default_rng(1)
    x = rng.random((100, 10, 10))
    weight, edges = np.ones((10, 10)), (np.array([0, 0.5, 1.0]), np.array([0, 0.5, 1.0]))
    assert joint_distance((x, x), (x, x), weight, edges) == 0
    assert joint_distance((x, x), (x, 1 - x), weight, edges) == pytest.approx(1)
    # Diagonal bins of ½ against four of ¼.
    free = rng.random((100, 10, 10))
    assert joint_distance((x, x), (x, free), weight, edges) == pytest.approx(0.5, abs=0.02)
    # What is beyond the edges is in the outermost bins.
    assert joint_distance((x + 5, x), (x + 9, x), weight, edges) == 0


def test_total_variation_of_samples_of_one_distribution():
    rng = np.random.default_rng(2)
    edges = (np.linspace(0, 1, 5), np.linspace(0, 1, 5))
    pairs = rng.random((40, 2, 2, 25, 10, 10))
    found = [joint_distance((a, b), (c, d), np.ones((10, 10)), edges) for (a, b), (c, d) in pairs]
    assert np.mean(found) == pytest.approx(16 * np.sqrt(1 / 16 / (np.pi * 2500)), rel=0.1)
