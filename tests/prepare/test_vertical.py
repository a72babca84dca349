"""Interpolation in depth: exact for linear profiles, nothing below the bottom."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermocline.errors import BadData
from thermocline.prepare.vertical import interpolate_depth

SOURCE = np.array([5.0, 20, 60, 150, 400, 900, 1500])


@settings(max_examples=40)
@given(
    levels=st.lists(st.floats(5, 1500), min_size=1, max_size=9, unique=True),
    slope=st.floats(-0.1, 0.1),
    offset=st.floats(-2, 30),
)
def test_linear_profiles_are_exact(levels, slope, offset):
    levels = np.sort(levels)
    field = np.broadcast_to((offset + slope * SOURCE)[:, None, None], (7, 2, 3))
    result = interpolate_depth(field, SOURCE, levels)
    np.testing.assert_allclose(result[:, 1, 2], offset + slope * levels, atol=1e-9)


def test_same_levels_change_nothing():
    field = np.random.default_rng(0).standard_normal((2, 7, 3, 4)).astype(np.float32)
    assert interpolate_depth(field, SOURCE, SOURCE) is not None
    np.testing.assert_array_equal(interpolate_depth(field, SOURCE, SOURCE), field)
    assert interpolate_depth(field, SOURCE, SOURCE).dtype == np.float32


def test_nothing_below_the_bottom():
    profile = np.array([20.0, 18, 15, 12, np.nan, np.nan, np.nan])[:, None, None]
    result = interpolate_depth(profile, SOURCE, np.array([60, 150, 150.5, 400, 1200]))[:, 0, 0]
    np.testing.assert_array_equal(np.isfinite(result), [True, True, False, False, False])
    assert result[1] == 12
    deep = interpolate_depth(np.ones((7, 1, 1)), SOURCE, np.array([1500.0, 1501]))[:, 0, 0]
    np.testing.assert_array_equal(np.isfinite(deep), [True, False])


def test_the_first_layer_reaches_half_a_spacing_up_and_no_further():
    field = np.arange(7.0)[:, None, None]
    np.testing.assert_array_equal(interpolate_depth(field, SOURCE, np.array([0.0]))[0, 0], [0.0])
    deep = interpolate_depth(field, SOURCE + 100, np.array([5.0, 98, 105]))[:, 0, 0]
    np.testing.assert_array_equal(deep, [np.nan, 0.0, 0.0])


def test_errors():
    with pytest.raises(BadData, match="ascend"):
        interpolate_depth(np.zeros((2, 1, 1)), np.array([10.0, 5]), np.array([7.0]))
    with pytest.raises(BadData, match="3 levels but 2"):
        interpolate_depth(np.zeros((3, 1, 1)), np.array([5.0, 10]), np.array([7.0]))
