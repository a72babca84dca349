"""A classifier that tells members from truth finds what differs, and nothing where nothing does."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from benchmarks import told_apart


def fields(count: int, width: float, seed: int) -> list[np.ndarray]:
    """Smooth random fields of unit variance."""
    rng = np.random.default_rng(seed)
    made = [
        gaussian_filter(rng.standard_normal((96, 96)), width, mode="wrap") for _ in range(count)
    ]
    return [field / field.std() for field in made]


@pytest.mark.parametrize(("width", "low", "high"), [(3.0, 0.4, 0.6), (2.0, 0.9, 1.0)])
def test_chance_for_the_same_law_and_certain_for_another(
    monkeypatch: pytest.MonkeyPatch, width: float, low: float, high: float
) -> None:
    monkeypatch.setattr(told_apart, "STEPS", 60)
    truth = fields(12, 3.0, 1)
    members = [np.stack(fields(2, width, 100 + day)) for day in range(12)]
    assert low <= told_apart.accuracy(truth, members) <= high


def test_squares_are_of_sea_alone_and_know_no_mean() -> None:
    field = np.full((1, 2 * told_apart.SIDE, told_apart.SIDE + 5), 7.0)
    field[0, 0, 0] = np.nan
    found = told_apart.squares(field)
    assert found.shape == (1, 1, told_apart.SIDE, told_apart.SIDE) and not found.any()
