"""Copies of training states are found, and fresh draws are not."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.memorisation import memorisation, nearest_distance

OCEAN = np.ones((3, 4), bool)
OCEAN[0, 0] = False
SCALE = [1.0, 10.0]


def states(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((count, 2, 3, 4))
    drawn[:, 1] *= 10
    drawn[..., ~OCEAN] = np.nan
    return drawn


TRAINING = states(600, 0)  # more than are compared at a time
HELD_OUT = nearest_distance(states(200, 1), TRAINING, SCALE, OCEAN)


def test_distance_to_the_nearest():
    shifted = TRAINING[[5, 400]] + np.array([0.2, 1.0])[:, None, None]
    # Shifts of 0.2 and 0.1 of the two scales.
    expected = np.sqrt((0.2**2 + 0.1**2) / 2)
    np.testing.assert_allclose(nearest_distance(shifted, TRAINING, SCALE, OCEAN), expected)
    assert not nearest_distance(TRAINING[[3, 599]], TRAINING, SCALE, OCEAN).any()
    brute = np.sqrt(
        ((states(4, 9)[:, None] - TRAINING) / np.reshape(SCALE, (2, 1, 1)))[..., OCEAN] ** 2
    )
    expected = np.sqrt((brute**2).mean(axis=(-2, -1)).min(axis=1))
    np.testing.assert_allclose(nearest_distance(states(4, 9), TRAINING, SCALE, OCEAN), expected)


def test_fresh_draws_are_not_suspected():
    p_values = []
    for seed in range(10, 20):
        fresh = nearest_distance(states(100, seed), TRAINING, SCALE, OCEAN)
        found = memorisation(fresh, HELD_OUT, n=199)
        assert found.ratio == pytest.approx(1, abs=0.05) and found.share <= 0.05
        p_values.append(min(found.ratio_p, found.share_p))
    assert np.sum(np.array(p_values) <= 0.01) <= 1


def test_copies_are_found_all_or_a_few():
    noise = 0.05 * states(100, 3)
    copies = nearest_distance(TRAINING[:100] + noise, TRAINING, SCALE, OCEAN)
    found = memorisation(copies, HELD_OUT, n=199)
    assert found.ratio < 0.2 and found.share == 1
    assert found.ratio_p == found.share_p == 1 / 200
    few = nearest_distance(np.concatenate([TRAINING[:12], states(88, 4)]), TRAINING, SCALE, OCEAN)
    found = memorisation(few, HELD_OUT, n=199)
    assert found.share >= 0.12 and found.share_p <= 0.01
    assert found.threshold == pytest.approx(np.quantile(HELD_OUT, 0.01))


def test_refusals():
    with pytest.raises(BadData, match="are training states"):
        memorisation([1.0], [0.0, 0.0])
    with pytest.raises(BadData, match="missing or not finite"):
        memorisation([], [1.0])
    with pytest.raises(BadData, match="missing values at sea"):
        nearest_distance(TRAINING, TRAINING, SCALE, np.ones((3, 4), bool))
    with pytest.raises(BadData, match="scale"):
        nearest_distance(TRAINING, TRAINING, [1.0, 0.0], OCEAN)
