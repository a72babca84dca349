"""Details that are strong here and weak there: mean squares and tails in closed form."""

from functools import partial

import numpy as np
import pytest
import torch
from superres_world import box, coarse

from thermocline.systems.superres.endpoints.part_noise import PartNoise
from thermocline.systems.superres.model.intermittency import intermittent

FACTOR, WIDTH = 5, 2.5
"""Cells of a block's side; of ξ's Gaussian mean."""


def problem(rows, columns):
    return coarse(np.zeros((rows * FACTOR, columns * FACTOR)), box(rows, columns))


def grain(rng, *shape):
    """Details alone: neighbours of opposite sign, of which a mean around leaves nothing."""
    signs = (-1.0) ** np.add(*np.indices(shape[-2:]))
    return signs * np.broadcast_to(rng.standard_normal((*shape[:-2], 1, 1)), shape)


def amplitudes(strength, members=400, rows=8, columns=12):
    """A of so many members, within the sides, where a mean around knows both."""
    asked = problem(rows, columns)
    shape = members, rows * FACTOR, columns * FACTOR
    ones = grain(np.random.default_rng(0), *shape)
    noise = np.random.default_rng(1).standard_normal(shape)
    return (intermittent(ones, noise, strength, asked) / ones)[:, 10:-10, 10:-10]


def test_mean_square_and_tails_of_a_lognormal():
    """E A² = 1 and E A⁴ = exp(4v²), at each cell within five Monte-Carlo errors."""
    v, members = 0.3, 4000
    found = amplitudes(v, members)
    for power, wanted in ((2, 1.0), (4, np.exp(4 * v**2))):
        second = np.exp(power**2 * 2 * v**2 - 2 * power * v**2)
        error = np.sqrt((second - wanted**2) / members)
        assert np.abs((found**power).mean(axis=0) - wanted).max() < 5 * error


def test_the_field_is_smooth_and_gaussian():
    """Correlation of log A over d cells is exp(−d²/4w²), as of a Gaussian mean of white noise."""
    v = 0.5
    xi = np.log(amplitudes(v, 2000)) / v + v
    assert xi.var(axis=0) == pytest.approx(1, abs=5 * np.sqrt(2 / 2000))
    for apart in (1, 3, 6):
        found = (xi[..., apart:] * xi[..., :-apart]).mean()
        assert found == pytest.approx(np.exp(-(apart**2) / (4 * WIDTH**2)), abs=0.03)


def test_what_is_smooth_is_left():
    asked = problem(8, 8)
    smooth = np.ones((3, 40, 40))
    noise = np.random.default_rng(0).standard_normal(smooth.shape)
    assert np.allclose(intermittent(smooth, noise, 1.0, asked), smooth, atol=1e-12)


def test_no_strength_changes_nothing():
    asked, rng = problem(4, 4), np.random.default_rng(0)
    p = grain(rng, 2, 20, 20)
    assert np.allclose(intermittent(p, p, 0.0, asked), p, atol=1e-12)


def test_parts_of_a_field_agree_where_they_overlap():
    """A member of a globe has no seams: away from their sides two tiles have the same places."""
    down = np.arange(12)[:, None]
    made = []
    for first in (0, 6):
        noise = partial(PartNoise, blocks=(down, np.arange(first, first + 14)[None]))
        white = noise(3, range(2), (60, 70), torch.device("cpu")).noise(-2).numpy()
        asked = problem(12, 14)
        made.append(intermittent(grain(np.random.default_rng(0), 2, 60, 70), white, 1.0, asked))
    one, two = made[0][..., 10:50, 40:60], made[1][..., 10:50, 10:30]
    assert np.allclose(one, two, atol=1e-9) and abs(one).max() > 0.1
