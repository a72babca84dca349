"""Cells, areas and distances on the sphere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermocline.errors import BadData
from thermocline.ocean.basins import BASINS, basin_of
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import EARTH_RADIUS, great_circle_distance, wrap_longitude

latitudes = st.floats(-90, 90)
longitudes = st.floats(-720, 720)


def test_the_cells_cover_the_sphere():
    for shape in ((64, 128), (7, 11)):
        total = LatLonGrid.regular(*shape).cell_area().sum()
        assert total == pytest.approx(4 * np.pi * EARTH_RADIUS**2, rel=1e-12)


def test_a_column_on_the_date_line_is_whole():
    """Grids of EN4 or GLORYS begin at 180° W: their first cell reaches to either side of it."""
    grid = LatLonGrid(np.arange(-83.0, 90), np.arange(-180.0, 180))
    area = grid.cell_area()
    np.testing.assert_allclose(area, area[:, 1:2] + 0 * area, rtol=1e-9)
    bounds = grid.coordinates()["longitude_bnds"][1]
    np.testing.assert_allclose(bounds[[0, -1]], [[-180.5, -179.5], [178.5, 179.5]])
    shifted = LatLonGrid(grid.latitude, np.arange(-179.75, 180))
    assert shifted.cell_area().sum() == pytest.approx(area.sum())


STRETCHED = np.cumsum(np.r_[np.full(100, 0.6), np.full(150, 2.0)]) - 180.5
CIRCLES = {
    "even": np.arange(-179.5, 180),
    "two columns": np.array([-90.0, 90]),
    "stretched": STRETCHED,
    "single precision": np.arange(-179.875, 180, 0.25, dtype=np.float32),
}
ACROSS = np.r_[np.arange(-179.5, -170), np.arange(170.5, 180)]


@pytest.mark.parametrize("name", CIRCLES)
def test_columns_round_the_globe_close_the_circle(name):
    assert LatLonGrid(np.array([0.0, 1]), CIRCLES[name]).periodic


@pytest.mark.parametrize(
    "columns", [ACROSS, [-179.5, 179.5], [0.0, 1], np.arange(-170.0, 170), np.arange(-180.0, -90)]
)
def test_a_region_does_not_close_the_circle(columns):
    assert not LatLonGrid(np.array([0.0, 1]), np.asarray(columns)).periodic


def test_a_region_across_the_date_line_is_the_region_elsewhere():
    """The same columns 180° further east: cells, points and weights are the same."""
    rows = np.arange(-10.0, 11)
    across, plain = LatLonGrid(rows, ACROSS), LatLonGrid(rows, np.arange(-9.5, 10))
    order = np.argsort(wrap_longitude(ACROSS + 180))
    np.testing.assert_allclose(across.cell_area()[:, order], plain.cell_area())
    bounds = across.coordinates()["longitude_bnds"][1]
    np.testing.assert_allclose(bounds, ACROSS[:, None] + [-0.5, 0.5])
    points = np.array([-100.0, -10.1, -9.9, -9.6, -0.5, 0.0, 0.2, 3.75, 9.9, 10.1, 170, np.nan])
    there = across.contains(0, points + 180)
    np.testing.assert_array_equal(there, plain.contains(0, points))
    assert there.sum() == 7
    inside = points[there]
    located = across.locate(0, inside + 180)[1]
    np.testing.assert_allclose(
        wrap_longitude(ACROSS[located] - 180), plain.longitude[plain.locate(0, inside)[1]]
    )
    column, weight = across.bracket(0, points[:-1] + 180)[1]
    before, share = plain.bracket(0, points[:-1])[1]
    np.testing.assert_array_equal(column % 20, order[before])
    np.testing.assert_array_equal((column + 1) % 20, order[before + 1])
    np.testing.assert_allclose(weight, share)


def test_known_distances():
    quarter = np.pi * EARTH_RADIUS / 2
    assert great_circle_distance(0, 0, 90, 0) == pytest.approx(quarter)
    assert great_circle_distance(0, 179, 0, -179) == pytest.approx(quarter * 2 / 90)
    assert great_circle_distance(10, 20, 10, 20) == 0


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_symmetric_and_bounded(lat1, lon1, lat2, lon2):
    there = great_circle_distance(lat1, lon1, lat2, lon2)
    assert there == pytest.approx(great_circle_distance(lat2, lon2, lat1, lon1), abs=1e-3)
    assert 0 <= there <= np.pi * EARTH_RADIUS * (1 + 1e-12)


@given(latitudes, longitudes)
def test_a_point_is_in_the_nearest_cell(lat, lon):
    grid = LatLonGrid.regular(12, 24)
    row, column = grid.locate(lat, lon)
    assert abs(grid.latitude[row] - lat) <= 7.5 + 1e-9
    assert abs(wrap_longitude(grid.longitude[column] - lon)) <= 7.5 + 1e-9


@given(longitudes)
def test_wrapping_keeps_the_place(lon):
    wrapped = float(wrap_longitude(lon))
    assert -180 <= wrapped < 180
    assert np.cos(np.radians(wrapped - lon)) == pytest.approx(1)


@pytest.mark.parametrize("latitude", [[10.0, 0.0], [0.0, 95.0], [1.0]])
def test_impossible_axes_are_refused(latitude):
    with pytest.raises(BadData, match="latitude"):
        LatLonGrid(np.array(latitude), np.array([0.0, 1.0]))


@pytest.mark.parametrize(
    "place, lat, lon",
    [
        ("North Atlantic", 40, -40),
        ("North Atlantic", 25, -90),
        ("North Atlantic", 36, 18),
        ("North Atlantic", 30.5, 19),
        ("North Atlantic", 33, 34),
        ("North Atlantic", 43, 35),
        ("Indian", 20, 38),
        ("Indian", 29, 33),
        ("Indian", 12, 44.5),
        ("Indian", 1, 44),
        ("Indian", 30.2, 49),
        ("South Atlantic", -20, -10),
        ("Indian", -10, 75),
        ("Indian", 15, 65),
        ("North Pacific", 30, -150),
        ("North Pacific", 10, -95),
        ("North Pacific", 15, 130),
        ("South Pacific", -20, 170),
        ("South Pacific", -30, -90),
        ("Southern", -60, 100),
        ("Arctic", 80, 0),
    ],
)
def test_places_are_in_their_basin(place, lat, lon):
    assert BASINS[int(basin_of(lat, lon))] == place
