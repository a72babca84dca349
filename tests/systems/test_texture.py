"""Texture of members: spread and roughness are the error's, where the mean is calm and not."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from superres_world import box, coarse

from thermocline.systems.superres.model.texture import (
    Residuals,
    Texture,
    fit_texture,
    gradient_around,
)

MEMBERS = 8


def noise(rng, width, std):
    """Gaussian noise on the cells of 24 × 24 blocks, correlated over so many cells."""
    field = gaussian_filter(rng.standard_normal((120, 120)), width, mode="nearest")
    return std * field / field.std()


CALM, STEEP = (1.3, 0.1), (0.8, 0.6)
"""Correlation in cells, and standard deviation in °C, of errors."""


def case(seed, height, of_error, ocean=None):
    """Waves of a height, errors, and members whose grain is the same everywhere."""
    rng, grid = np.random.default_rng(seed), box(24, 24)
    row, column = np.indices(grid.shape)
    mean = height * np.sin(row / 2) + 0.02 * np.sin(column / 5)
    members = np.stack([noise(rng, 1.0, 0.3) for _ in range(MEMBERS)])
    return Residuals(coarse(mean, grid, ocean=ocean), mean, noise(rng, *of_error), members)


def both(seed, ocean=None):
    return [case(seed, 0.01, CALM, ocean), case(seed + 100, 2.0, STEEP, ocean)]


def spread_and_roughness(fields):
    steps = np.diff(fields, axis=-2)[..., :-1] ** 2 + np.diff(fields, axis=-1)[..., :-1, :] ** 2
    return np.sqrt((fields**2).mean()), np.sqrt(steps.mean() / (fields**2).mean())


def test_members_become_like_the_error():
    texture = fit_texture([each for seed in range(6) for each in both(seed)])
    for kind in (0, 1):
        others = [both(seed)[kind] for seed in range(10, 16)]
        made = np.stack([texture.applied(x.members, x.mean, x.problem) for x in others])
        before = spread_and_roughness(np.stack([each.members for each in others]))
        wanted = spread_and_roughness(np.stack([each.error for each in others]))
        found = spread_and_roughness(made)
        assert found[0] == pytest.approx(wanted[0], rel=0.08)
        assert found[1] == pytest.approx(wanted[1], rel=0.1)
        assert abs(before[1] / wanted[1] - 1) > 0.15 and abs(before[0] / wanted[0] - 1) > 0.4


def test_what_is_right_already_is_left():
    texture = fit_texture([case(seed, 1.0, (1.0, 0.3)) for seed in range(6)])
    assert texture.spread == pytest.approx((1.0,) * 8, rel=0.1)
    assert texture.detail == pytest.approx((1.0,) * 8, abs=0.2)


def test_unfitted_or_without_members_nothing_changes():
    one = case(0, 1.0, STEEP)
    assert Texture().applied(one.members, one.mean, one.problem) is one.members
    fitted = fit_texture([one])
    assert fitted.applied(one.members[:0], one.mean, one.problem).shape == (0, 120, 120)


def test_land_is_not_read_and_nothing_is_added_to_it():
    ocean = np.ones((120, 120), bool)
    ocean[40:60, 30:80] = False
    one = case(0, 1.0, STEEP, ocean)
    texture = fit_texture([*both(0, ocean), one])
    wild = one._replace(
        mean=np.where(ocean, one.mean, 1e3), members=np.where(ocean, one.members, -1e3)
    )
    made, other = (texture.applied(x.members, x.mean, x.problem) for x in (one, wild))
    assert np.array_equal(made, other) and not made[:, ~ocean].any()
    unknown = one._replace(error=np.where(ocean, one.error, np.nan))
    assert fit_texture([unknown]) == fit_texture([one])


def test_a_turned_sea_has_a_turned_answer():
    one = case(0, 1.0, STEEP)
    texture = fit_texture([one])
    flip = np.s_[..., ::-1]
    made = texture.applied(one.members, one.mean, one.problem)
    turned = texture.applied(one.members[flip], one.mean[flip], one.problem)
    assert np.allclose(made[flip], turned, atol=1e-12)


def test_a_slope_is_its_steepness():
    grid = box(8, 8)
    plane = np.broadcast_to(0.1 * np.arange(40)[:, None], grid.shape)
    assert gradient_around(plane, coarse(plane, grid)) == pytest.approx(0.5, rel=1e-6)
