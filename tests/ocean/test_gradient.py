"""Slopes on the sphere: closed forms, and coasts that are not looked across."""

import numpy as np
import pytest

from thermocline.ocean.gradient import gradient, gradient_magnitude
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import EARTH_RADIUS, wrap_longitude

RADIUS = EARTH_RADIUS / 1000
BOX = LatLonGrid(np.linspace(30, 40, 41), np.linspace(-60, -45, 61))
SEA = np.ones(BOX.shape, bool)


def test_a_plane_has_its_slope_everywhere_edges_too():
    lat, lon = np.meshgrid(BOX.latitude, BOX.longitude, indexing="ij")
    east, north = gradient(2 * lat - 3 * lon, BOX, SEA)
    per_degree = np.radians(RADIUS)
    assert np.allclose(north, 2 / per_degree, rtol=1e-9)
    assert np.allclose(east, -3 / (per_degree * np.cos(np.radians(lat))), rtol=1e-9)


def test_height_above_a_tilted_equator_has_its_closed_form():
    # f = n·x for a unit vector n has |∇f| = √(1 − f²) / R everywhere on the sphere.
    grid = LatLonGrid.regular(180, 360)
    lat, lon = np.radians(np.meshgrid(grid.latitude, grid.longitude, indexing="ij"))
    field = np.cos(lat) * np.cos(lon) * 0.6 + np.sin(lat) * 0.8
    got = gradient_magnitude(field, grid, np.ones(grid.shape, bool))[5:-5]
    assert np.abs(got - (np.sqrt(1 - field**2) / RADIUS)[5:-5]).max() < 1e-3 / RADIUS


def test_turning_a_periodic_globe_turns_the_slope():
    grid = LatLonGrid.regular(12, 24)
    field = np.random.default_rng(0).normal(size=grid.shape)
    ocean = np.random.default_rng(1).random(grid.shape) > 0.3
    turned = gradient_magnitude(np.roll(field, 7, -1), grid, np.roll(ocean, 7, -1))
    expected = np.roll(gradient_magnitude(field, grid, ocean), 7, -1)
    assert np.allclose(turned, expected, equal_nan=True)


def test_a_regional_grid_is_not_wrapped():
    field = np.random.default_rng(0).normal(size=BOX.shape)
    other = field.copy()
    other[:, -1] += 5
    change = gradient_magnitude(other, BOX, SEA) != gradient_magnitude(field, BOX, SEA)
    assert np.flatnonzero(change.any(axis=0)).tolist() == [59, 60]


@pytest.mark.parametrize("land_value", [np.nan, 1e6, -3.0])
def test_land_is_not_read_and_each_side_of_it_stands_alone(land_value):
    ocean = SEA.copy()
    ocean[:, 30] = False
    field = np.where(np.arange(61) < 30, 0.0, 7.0) * np.ones(BOX.shape)
    field[~ocean] = land_value
    got = gradient_magnitude(field, BOX, ocean)
    assert np.isnan(got[:, 30]).all()
    assert (got[ocean] == 0).all()


def test_beside_land_it_is_one_sided_and_alone_nothing():
    field = np.tile(np.arange(61.0) ** 2, (41, 1))
    ocean = SEA.copy()
    ocean[:, [9, 20, 22]] = False
    east, north = gradient(field, BOX, ocean)
    per_cell = 0.25 * np.radians(RADIUS) * np.cos(np.radians(BOX.latitude))
    assert np.allclose(east[:, 10] * per_cell, 11**2 - 10**2)
    assert np.allclose(east[:, 12] * per_cell, (13**2 - 11**2) / 2)
    assert (east[:, 21] == 0).all() and (north[:, 21] == 0).all()


def test_leading_axes_and_precision_are_kept():
    field = np.random.default_rng(0).normal(size=(2, 3, *BOX.shape)).astype(np.float32)
    got = gradient_magnitude(field, BOX, SEA)
    assert got.dtype == np.float32 and got.shape == field.shape
    assert np.array_equal(got[1, 2], gradient_magnitude(field[1, 2], BOX, SEA))


def test_a_region_across_the_date_line_is_as_elsewhere():
    field = np.random.default_rng(0).normal(size=(5, 20))
    rows, west_to_east = np.arange(5.0), 170.25 + np.arange(20)
    order = np.argsort(wrap_longitude(west_to_east))
    across = LatLonGrid(rows, np.sort(wrap_longitude(west_to_east)))
    elsewhere = LatLonGrid(rows, west_to_east - 100)
    ocean = np.ones(field.shape, bool)
    got = gradient_magnitude(field[:, order], across, ocean)
    assert np.allclose(got, gradient_magnitude(field, elsewhere, ocean)[:, order])


def test_a_row_at_the_pole_is_one_point():
    grid = LatLonGrid(np.linspace(-90, 90, 19), np.arange(-180, 180, 10.0))
    field = np.random.default_rng(0).normal(size=grid.shape)
    east, north = gradient(field, grid, np.ones(grid.shape, bool))
    assert (east[[0, -1]] == 0).all() and np.isfinite(north).all()
    assert (east[1:-1] != 0).all()
