"""Columns that are made stable: what must hold of any of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermocline.ocean.convection import convect, inverted, teos10

DEPTH = np.array([5.0, 15, 30, 50, 75, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1250, 1500])
THICKNESS = np.array(
    [10, 12.5, 17.5, 22.5, 25, 37.5, 50, 75, 100, 100, 100, 150, 200, 225, 250, 125]
)
LATITUDE, LONGITUDE = np.meshgrid(35 + np.arange(4.0), 145 + np.arange(5.0), indexing="ij")
PLACE = DEPTH, LATITUDE, LONGITUDE


def waters(seed, noise, dtype=np.float32):
    """Members [2, L, 4, 5] with noise of so many degrees; land, floors of other depths."""
    rng = np.random.default_rng(seed)
    shape = 2, len(DEPTH), *LATITUDE.shape
    t = 5 + 20 * np.exp(-DEPTH / 400)[:, None, None] + noise * rng.standard_normal(shape)
    s = 34.5 + np.exp(-DEPTH / 300)[:, None, None] + 0.2 * noise * rng.standard_normal(shape)
    floor = rng.integers(0, len(DEPTH) + 1, LATITUDE.shape)
    water = np.arange(len(DEPTH))[:, None, None] < floor
    return [np.where(water, values, np.nan).astype(dtype) for values in (t, s)]


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.05, 0.5, 3.0]),
    st.sampled_from([np.float32, np.float64]),
)
def test_no_pair_is_inverted_and_heat_and_salt_are_kept(seed, noise, dtype):
    before = waters(seed, noise, dtype)
    after = convect(*before, *PLACE)
    assert not inverted(*after, *PLACE).any()
    touched = inverted(*before, *PLACE).any(axis=1)
    for old, new in zip(before, after, strict=True):
        assert new.dtype == dtype
        np.testing.assert_array_equal(np.isnan(old), np.isnan(new))
        stable = ~np.broadcast_to(touched[:, None], old.shape)
        assert old[stable].tobytes() == new[stable].tobytes()
    for old, new in zip(teos10(*before, *PLACE)[:2], teos10(*after, *PLACE)[:2], strict=True):
        content = [np.nansum(values * THICKNESS[:, None, None], axis=1) for values in (old, new)]
        np.testing.assert_allclose(*content, rtol=1e-6 if dtype == np.float32 else 1e-9)
    again = convect(*after, *PLACE)
    assert [x.tobytes() for x in again] == [x.tobytes() for x in after]


def test_only_the_levels_of_an_unstable_layer_are_mixed():
    """Water at 50 m is colder than that at 75 m; the pair's mean is by thickness."""
    t = np.linspace(20, 5, len(DEPTH))[:, None, None] * np.ones((1, 1, 1))
    s = np.full_like(t, 35.0)
    t[3], t[4] = 15.8, 16.0
    mixed, salt = convect(t, s, DEPTH, LATITUDE[:1, :1], LONGITUDE[:1, :1])
    mean = (22.5 * 15.8 + 25 * 16.0) / 47.5
    assert mixed[3:5, 0, 0] == pytest.approx([mean, mean], abs=1e-4)
    np.testing.assert_array_equal(np.delete(mixed, [3, 4]), np.delete(t, [3, 4]))
    assert salt[3:5, 0, 0] == pytest.approx([35.0, 35.0], abs=1e-3)


def test_an_upside_down_column_becomes_one_layer():
    t = np.linspace(5, 20, len(DEPTH))[:, None, None] * np.ones((1, *LATITUDE.shape))
    mixed, _ = convect(t, np.full_like(t, 35.0), *PLACE)
    np.testing.assert_allclose(mixed, np.average(t[:, 0, 0], weights=THICKNESS), atol=2e-2)


def test_it_ends_wherever_the_water_is():
    """The anomaly of salinity changes with depth: equal practical salinities may be unstable."""
    place = np.meshgrid(np.arange(-75, 80, 5.0), np.arange(0, 360, 10.0), indexing="ij")
    t = np.linspace(2, 12, len(DEPTH))[:, None, None] * np.ones((1, *place[0].shape))
    after = convect(t, np.full_like(t, 35.0), DEPTH, *place)
    assert not inverted(*after, DEPTH, *place).any()
