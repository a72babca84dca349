"""Derived quantities of columns that were made by hand."""

import gsw
import numpy as np
import pytest

from thermocline.ocean.convection import inverted
from thermocline.verify.metrics.water_columns import (
    GRAVITY,
    HEAT_CAPACITY,
    heat_content,
    mixed_layer_depth,
    steric_height,
    thermocline_depth,
)

DEPTH = np.array([5.0, 15, 30, 50, 100, 200, 400, 800])
PLACE = np.full((1, 1), 35.0), np.full((1, 1), -60.0)


def column(*values):
    """One column [L, 1, 1]."""
    return np.array(values, float)[:, None, None]


STEP = column(22, 22, 22, 21, 15, 12, 10, 5)


def test_a_mixed_layer_ends_where_water_is_02_degrees_colder():
    """22 °C to 30 m, 21 °C at 50 m: 0.2 °C are reached a fifth of the way."""
    assert mixed_layer_depth(STEP, DEPTH)[0, 0] == pytest.approx(34.0)
    assert mixed_layer_depth(column(*[10] * 8), DEPTH)[0, 0] == 800
    inversion = column(10, 10, 10, 11, 11, 11, 11, 11)
    assert mixed_layer_depth(inversion, DEPTH)[0, 0] == pytest.approx(34.0)


def test_a_mixed_layer_is_left_on_the_side_that_comes_first():
    """0.15 °C warmer at 15 m, 0.25 °C colder at 30 m: 0.2 °C less is reached at 28.1 m."""
    turned = column(20, 20.15, 19.75, 19, 18, 17, 16, 15)
    start = (20 + 20.15) / 2
    wanted = 15 + 15 * (20.15 - (start - 0.2)) / 0.4
    assert mixed_layer_depth(turned, DEPTH)[0, 0] == pytest.approx(wanted)


def test_the_reference_lies_between_levels():
    """20.5 °C at 10 m: 0.2 °C less is reached at 12 m."""
    warm = column(21, 20, 19, 18, 17, 16, 15, 14)
    assert mixed_layer_depth(warm, DEPTH)[0, 0] == pytest.approx(12.0)


def test_the_thermocline_is_where_temperature_falls_most_a_metre():
    assert thermocline_depth(STEP, DEPTH)[0, 0] == 75


def test_heat_content_of_a_line_is_its_integral():
    line = (20 - DEPTH / 100)[:, None, None]
    expected = HEAT_CAPACITY * (19.95 * 5 + 20 * 695 - (700**2 - 5**2) / 200)
    assert heat_content(line, DEPTH)[0, 0] == pytest.approx(expected)


def test_steric_height_is_gsw_s_dynamic_height_over_gravity():
    fine = np.linspace(5, 800, 160)
    t = np.interp(fine, DEPTH, STEP[:, 0, 0])[:, None, None]
    s = np.full_like(t, 35.5)
    p = gsw.p_from_z(-fine, 35.0)
    absolute = gsw.SA_from_SP(s[:, 0, 0], p, -60.0, 35.0)
    p0, absolute0 = np.append(0, p), np.append(absolute[0], absolute)
    conservative = gsw.CT_from_pt(absolute0, np.append(t[0], t))
    expected = gsw.geo_strf_dyn_height(absolute0, conservative, p0, p0[-1])[0] / GRAVITY
    assert steric_height(t, s, fine, *PLACE)[0, 0] == pytest.approx(expected, rel=2e-3)


def test_pairs_are_upside_down_where_heavier_water_lies_above():
    salinity = column(*[35.0] * 8)
    assert not inverted(STEP, salinity, DEPTH, *PLACE).any()
    salty = salinity.copy()
    salty[1] = 36.0
    np.testing.assert_array_equal(inverted(STEP, salty, DEPTH, *PLACE)[:, 0, 0], np.arange(7) == 1)
    # What rounding makes of mixed water is no inversion.
    mixed = column(*[20] * 8)
    assert not inverted(mixed, salinity + column(0, 4e-3, *[0] * 6), DEPTH, *PLACE).any()


def test_a_column_over_a_shelf_is_mixed_down_to_its_floor():
    shelf = column(20, 20, 19.95, 19.9, *[np.nan] * 4)
    assert mixed_layer_depth(shelf, DEPTH)[0, 0] == DEPTH[3]
    shelf[3] = 18
    assert DEPTH[2] < mixed_layer_depth(shelf, DEPTH)[0, 0] < DEPTH[3]


def test_land_says_nothing():
    land = np.full((8, 1, 1), np.nan)
    for of in (mixed_layer_depth, thermocline_depth, heat_content):
        assert np.isnan(of(land, DEPTH)).all()
    assert np.isnan(steric_height(land, land, DEPTH, *PLACE)).all()
    assert not inverted(land, land, DEPTH, *PLACE).any()


def test_members_and_states_are_leading_dimensions():
    many = np.broadcast_to(STEP, (3, 2, 8, 4, 5))
    assert mixed_layer_depth(many, DEPTH).shape == (3, 2, 4, 5)
    assert heat_content(many, DEPTH).shape == (3, 2, 4, 5)


def test_heat_is_counted_down_to_the_last_level_only():
    line, shallow = (20 - DEPTH / 100)[:5, None, None], DEPTH[:5]
    expected = HEAT_CAPACITY * (19.95 * 5 + 20 * 95 - (100**2 - 5**2) / 200)
    assert heat_content(line, shallow)[0, 0] == pytest.approx(expected)


def test_a_single_level_has_no_thermocline_and_is_all_mixed():
    one = column(12)
    assert np.isnan(thermocline_depth(one, DEPTH[:1]))
    assert mixed_layer_depth(one, DEPTH[:1])[0, 0] == DEPTH[0]
