"""Every observation operator is linear, has its adjoint, and does not see land."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.operators import Cells, Columns, Footprints
from thermocline.ocean.points import Points
from thermocline.ocean.projected import ProjectedGrid

SHAPE = (3, 8, 12)
RNG = np.random.default_rng(0)
OCEAN = RNG.random(SHAPE) < 0.8
OCEAN[:, :2, :2] = False  # a block and four columns on land
LEVELS = np.array([5.0, 50.0, 200.0])
GLOBE = LatLonGrid.regular(8, 12)
POLE = ProjectedGrid(1e5 * np.arange(-6, 6), 1e5 * np.arange(-4, 4), "EPSG:3413")


def _points(grid, low, count=40):
    lat, lon = RNG.uniform(low, 90, count), RNG.uniform(-180, 360, count)
    return Points.at(lat, lon, RNG.uniform(0, 300, count), grid, LEVELS, OCEAN)


def _swath():
    matrix = random_array((20, OCEAN.size), density=0.05, rng=RNG).toarray() * OCEAN.ravel()
    return Footprints(csr_array(matrix), SHAPE)


OPERATORS = {
    "cells": Cells.where(OCEAN & (RNG.random(SHAPE) < 0.3)),
    "columns": Columns.of(RNG.random(SHAPE[1:]) < 0.3, OCEAN),
    "points": _points(GLOBE, -90),
    "points of a map": _points(POLE, 85),
    "footprints": _swath(),
    "nothing": Cells.where(OCEAN & False),
}
every_operator = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)


@every_operator
def test_the_adjoint_is_the_adjoint(operator):
    assert operator.shape == SHAPE
    x, y = RNG.standard_normal((5, 2, *SHAPE)), RNG.standard_normal((5, 2, operator.size))
    seen, back = operator(x), operator.adjoint(y)
    assert seen.shape == y.shape and back.shape == x.shape
    np.testing.assert_allclose(
        (seen * y).sum(axis=-1), (x * back).sum(axis=(-3, -2, -1)), atol=1e-10
    )
    np.testing.assert_allclose(operator(2 * x[0] - x[1]), 2 * seen[0] - seen[1], atol=1e-10)
    np.testing.assert_array_equal(operator(x[3, 1]), seen[3, 1])


@every_operator
def test_land_is_not_seen(operator):
    x = RNG.standard_normal(SHAPE).astype(np.float32)
    np.testing.assert_array_equal(operator(np.where(OCEAN, x, np.nan)), operator(x))
    assert not operator.adjoint(np.ones(operator.size))[~OCEAN].any()


@every_operator
def test_a_field_of_another_shape_is_refused(operator):
    with pytest.raises((BadData, ValueError)):
        operator(np.zeros((2, 8, 11)))


def test_points_are_exact_on_linear_fields():
    lat, lon = RNG.uniform(-70, 70, 60), RNG.uniform(-160, 160, 60)
    z = RNG.uniform(5, 200, 60)
    plane = lambda depth, a, b: 3 + 0.1 * depth - 0.5 * a + 0.2 * b
    everywhere = np.ones(SHAPE, bool)
    on_globe = Points.at(lat, lon, z, GLOBE, LEVELS, everywhere)
    x = plane(LEVELS[:, None, None], *GLOBE.centres())
    np.testing.assert_allclose(on_globe(x), plane(z, lat, lon), rtol=1e-12)
    # On a map, fields that are linear in its x and y.
    east, north = RNG.uniform(-5e5, 4e5, 60), RNG.uniform(-3e5, 2e5, 60)
    lon, lat = POLE._transformer.transform(east, north, direction="INVERSE")
    x = plane(LEVELS[:, None, None], POLE.y[:, None] / 1e4, POLE.x / 1e4)
    on_map = Points.at(lat, lon, z, POLE, LEVELS, everywhere)
    np.testing.assert_allclose(on_map(x), plane(z, north / 1e4, east / 1e4), rtol=1e-7)


def test_points_of_one_variable_among_several():
    lat, lon, z = RNG.uniform(-80, 80, 30), RNG.uniform(-180, 180, 30), RNG.uniform(0, 50, 30)
    ocean = np.ones((5, 8, 12), bool)
    operator = Points.at(lat, lon, z, GLOBE, LEVELS[:2], ocean, channels=[3, 1])
    alone = Points.at(lat, lon, z, GLOBE, LEVELS[:2], ocean[:2])
    x = RNG.standard_normal((5, 8, 12))
    np.testing.assert_allclose(operator(x), alone(x[[3, 1]]), atol=1e-12)


def test_columns_run_down_through_the_sea():
    ocean = np.ones(SHAPE, bool)
    ocean[2, 4, 5] = False
    mask = np.zeros(SHAPE[1:], bool)
    mask[4, 5] = mask[6, 7] = True
    x = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    assert Columns.of(mask, ocean)(x).tolist() == [*x[:2, 4, 5], *x[:, 6, 7]]


def test_a_point_without_sea_around_it_is_not_reached():
    lat, lon = GLOBE.latitude[1] - 5, GLOBE.longitude[0] + 5
    points = Points.at([lat, 40.0], [lon, 100.0], [0.0, 0.0], GLOBE, LEVELS, OCEAN)
    assert points.reached.tolist() == [False, True]
    assert points(np.ones(SHAPE)).tolist() == [0.0, pytest.approx(1.0)]


def test_impossible_operators_are_refused():
    for make in (
        lambda: Cells(SHAPE, np.array([3, 3])),
        lambda: Cells(SHAPE, np.array([OCEAN.size])),
        lambda: Columns.of(np.ones((2, 2), bool), OCEAN),
        lambda: Footprints(csr_array((2, 7)), SHAPE),
    ):
        with pytest.raises(BadData):
            make()
