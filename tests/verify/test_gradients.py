"""Histograms of gradients: their quantiles, against the sorted values."""

import numpy as np
import pytest

from thermocline.verify.metrics.gradients import EDGES, distance, histogram, quantile


def test_quantiles_are_those_of_the_values_to_a_bin() -> None:
    rng = np.random.default_rng(0)
    slopes = np.exp(rng.normal(-4, 1, (40, 50)))
    weight = rng.uniform(1, 2, slopes.shape)
    weight[:8] = 0
    counts = histogram(slopes, weight)
    order = np.argsort(slopes[weight > 0])
    share = np.cumsum(weight[weight > 0][order]) / weight.sum()
    for q in (0.1, 0.5, 0.9, 0.99):
        exact = slopes[weight > 0][order][np.searchsorted(share, q)]
        assert quantile(counts, q) == pytest.approx(exact, rel=EDGES[1] / EDGES[0] - 1)
    assert distance(histogram(2 * slopes, weight), counts) == pytest.approx(np.log10(2), rel=0.01)


def test_the_last_quantile_is_the_end_of_the_last_filled_bin() -> None:
    counts = np.zeros(EDGES.size - 1)
    counts[3:13] = 0.1  # whose sum is 1, and 0.9999999999999999 if added one by one
    assert quantile(counts, 1.0) == pytest.approx(EDGES[13])
    assert quantile(counts, 0.0) == pytest.approx(EDGES[3])
