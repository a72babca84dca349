"""What every grid keeps: centres lie in their own cell, areas add up, a description is enough."""

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from thermocline.errors import BadData
from thermocline.ocean.grid import neighbours
from thermocline.ocean.grids import grid_from_description
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.projected import ProjectedGrid, nsidc
from thermocline.ocean.sphere import EARTH_RADIUS, great_circle_distance

AXIS = 50e3 * np.arange(-10, 11)
GRIDS = {
    "globe": LatLonGrid.regular(18, 36),
    "box": LatLonGrid(np.linspace(20, 44, 13), np.linspace(-70, -10, 21)),
    "arctic": ProjectedGrid(1e5 * np.arange(-38, 38), 1e5 * np.arange(-53, 59), "EPSG:3413"),
    "antarctic": ProjectedGrid(AXIS, AXIS - 300e3, "EPSG:3976"),
    "mercator": ProjectedGrid(AXIS + 4e6, AXIS + 3e6, "EPSG:3395"),
}
WGS84_AREA = 5.100656217240886e14
every_grid = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)


@every_grid
def test_each_centre_lies_in_its_own_cell(grid):
    latitude, longitude = grid.centres()
    assert latitude.shape == longitude.shape == grid.shape
    assert np.abs(latitude).max() <= 90
    assert longitude.min() >= -180 and longitude.max() < 180
    rows, columns = grid.locate(latitude, longitude + 360)
    expected = np.indices(grid.shape)
    np.testing.assert_array_equal(rows, expected[0])
    np.testing.assert_array_equal(columns, expected[1])
    assert grid.contains(latitude, longitude).all()


@every_grid
@given(seed=st.integers(0, 2**32 - 1))
def test_any_point_is_in_a_cell_of_the_grid_and_no_other_centre_is_much_nearer(grid, seed):
    rng = np.random.default_rng(seed)
    lat, lon = np.degrees(np.arcsin(rng.uniform(-1, 1, 50))), rng.uniform(-180, 360, 50)
    row, column = grid.locate(lat, lon)
    rows, columns = grid.shape
    assert (row >= 0).all() and (row < rows).all() and (column >= 0).all()
    assert (column < columns).all()
    inside = grid.contains(lat, lon)
    centre = tuple(part[row, column][inside] for part in grid.centres())
    apart = great_circle_distance(lat[inside], lon[inside], *centre)
    assert (apart**2 <= 2 * grid.cell_area()[row, column][inside].max(initial=0)).all()


@every_grid
def test_brackets_of_a_centre_and_of_a_point_between_two(grid):
    latitude, longitude = grid.centres()
    (row, down), (column, across) = grid.bracket(latitude, longitude)
    position = np.stack([row + down, column + across])
    expected = np.indices(grid.shape)
    expected[1] = np.where(position[1] < -0.5, expected[1] - grid.shape[1], expected[1])
    np.testing.assert_allclose(position, expected, atol=1e-6)
    beyond = grid.bracket([-90.0, 90.0], [10.0, 10.0])
    for before, weight in beyond:
        assert ((weight >= 0) & (weight <= 1)).all() and (before >= -1).all()


@every_grid
def test_a_description_in_json_is_enough_to_make_the_grid_again(grid):
    description = json.loads(json.dumps(grid.describe()))
    again = grid_from_description(description)
    assert type(again) is type(grid) and again.digest() == grid.digest()
    np.testing.assert_array_equal(again.cell_area(), grid.cell_area())
    for one, other in zip(again.centres(), grid.centres(), strict=True):
        np.testing.assert_array_equal(one, other)
    others = [other for other in GRIDS.values() if other is not grid]
    assert grid.digest() not in [other.digest() for other in others]


@every_grid
def test_coordinates_make_a_cf_dataset(grid, tmp_path):
    data = xr.Dataset(
        {"siconc": (grid.dims, np.zeros(grid.shape), {"grid_mapping": "crs"})}, grid.coordinates()
    )
    data.to_netcdf(tmp_path / "made.nc")
    with xr.open_dataset(tmp_path / "made.nc") as read:
        assert tuple(read.sizes[dim] for dim in grid.dims) == grid.shape
        for dim, axis in zip(grid.dims, "YX", strict=True):
            assert read[dim].attrs["axis"] == axis
            edges = read[read[dim].attrs["bounds"]].values
            assert ((edges[:, 0] < read[dim].values) & (read[dim].values < edges[:, 1])).all()
        assert read.crs.attrs["grid_mapping_name"]
        latitude, _ = xr.broadcast(read.latitude, read.siconc)
        np.testing.assert_allclose(latitude, grid.centres()[0])


@every_grid
def test_neighbours_touch(grid):
    columns = grid.shape[1]
    assert len(set(neighbours(grid, 3, 4))) == 9
    corner = set(neighbours(grid, 0, 0))
    assert len(corner) == (6 if grid.periodic else 4)
    assert ((0, columns - 1) in corner) == grid.periodic


def test_nsidc_corners_are_those_of_its_guide():
    """Outer corners in the guide, which are on Hughes's ellipsoid: 0.02° from WGS 84's."""
    for hemisphere, shape, corners in (
        (
            "north",
            (448, 304),
            {
                (-1, 0): (30.98, 168.35),
                (-1, -1): (31.37, 102.34),
                (0, -1): (34.35, -9.97),
                (0, 0): (33.92, -80.74),
            },
        ),
        (
            "south",
            (332, 316),
            {
                (-1, 0): (-39.23, -42.24),
                (-1, -1): (-39.23, 42.24),
                (0, -1): (-41.45, 135.0),
                (0, 0): (-41.45, -135.0),
            },
        ),
    ):
        grid = nsidc(hemisphere)
        assert grid.shape == shape
        for (row, column), (lat, lon) in corners.items():
            x = grid.x[column] + (12_500 if column else -12_500)
            y = grid.y[row] + (12_500 if row else -12_500)
            assert np.hypot(*np.subtract(grid.project(lat, lon), (x, y))) < 5_000


@pytest.mark.parametrize("crs, sign", [("EPSG:3413", 1), ("EPSG:3976", -1)])
def test_the_area_of_a_polar_cap(crs, sign):
    """Cells within a parallel add up to 2πR²(1 − sin φ), R the sphere of WGS 84's equal area."""
    axis = 25e3 * (np.arange(-120, 120) + 0.5)
    grid = ProjectedGrid(axis, axis, crs)
    latitude, _ = grid.centres()
    assert (np.sign(latitude) == sign).all()
    parallel = 70.0
    n = 8  # points a cell and direction: what share of it lies within the parallel
    offset = 25e3 * ((np.arange(n) + 0.5) / n - 0.5)
    fine = ProjectedGrid(*((axis[:, None] + offset).ravel() for _ in "xy"), crs)
    inside = np.abs(fine.centres()[0]) >= parallel
    share = inside.reshape(axis.size, n, axis.size, n).mean(axis=(1, 3))
    assert (share * grid.cell_area()).sum() == pytest.approx(_cap(parallel), rel=2e-4)
    assert (inside * fine.cell_area()).sum() == pytest.approx(_cap(parallel), rel=2e-4)


def _cap(latitude):
    """Area north of a parallel of WGS 84 (Snyder, 1987, eq. 3-12)."""
    a, f = 6_378_137.0, 1 / 298.257223563
    e = np.sqrt(f * (2 - f))
    q = lambda s: (1 - e**2) * (s / (1 - e**2 * s**2) - np.log((1 - e * s) / (1 + e * s)) / (2 * e))
    return np.pi * a**2 * (q(1.0) - q(np.sin(np.radians(latitude))))


def test_the_whole_ellipsoid_has_its_known_area():
    assert 2 * _cap(0) == pytest.approx(WGS84_AREA, rel=1e-9)
    assert pytest.approx(4 * np.pi * EARTH_RADIUS**2, rel=2e-5) == WGS84_AREA


def test_a_point_outside_has_the_nearest_cell_but_is_not_contained():
    box, arctic = GRIDS["box"], nsidc("north")
    assert box.locate(60.0, -40.0) == (12, 10) and not box.contains(60.0, -40.0)
    assert arctic.locate(0.0, -45.0)[0] == 0 and not arctic.contains(0.0, -45.0)
    assert not arctic.contains(-90.0, 0.0) and arctic.contains(90.0, 0.0)
    assert not box.contains(np.nan, -40.0) and not arctic.contains(np.nan, 0.0)


def test_interpolation_wraps_only_where_the_columns_close():
    _, (column, weight) = GRIDS["globe"].bracket(0.0, 180.0)
    assert (column % 36, weight) == (35, 0.5)
    _, (column, weight) = GRIDS["box"].bracket(30.0, 170.0)
    assert column + weight == 20


def test_a_crs_is_called_by_its_code_where_it_has_one():
    wkt = GRIDS["antarctic"]._transformer.target_crs.to_wkt()
    assert (
        ProjectedGrid(AXIS, AXIS, wkt).digest() == ProjectedGrid(AXIS, AXIS, "EPSG:3976").digest()
    )
    own = "+proj=laea +lat_0=90 +lon_0=10 +units=m +ellps=WGS84"
    grid = ProjectedGrid(AXIS, AXIS, own)
    assert grid_from_description(grid.describe()).digest() == grid.digest()
    np.testing.assert_allclose(grid.cell_area(), 50e3**2, rtol=1e-5)


@pytest.mark.parametrize(
    "x, crs, message",
    [
        (AXIS[::-1], "EPSG:3413", "x is not strictly ascending"),
        (AXIS, "the north", "no projection"),
        (AXIS, "EPSG:4326", "axes in degree"),
        (AXIS * 1e6, "EPSG:3035", "nowhere on the Earth"),
    ],
)
def test_impossible_projected_grids_are_refused(x, crs, message):
    with pytest.raises(BadData, match=message):
        ProjectedGrid(x, AXIS, crs)


@pytest.mark.parametrize("description", [{}, {"kind": "cubed"}, {"kind": "projected", "x": []}])
def test_an_unknown_description_is_refused(description):
    with pytest.raises(BadData, match="grid"):
        grid_from_description(description)


def test_nsidc_has_two_hemispheres_and_whole_cells():
    for arguments in (("east",), ("north", 20_000.0)):
        with pytest.raises(BadData, match="north or south"):
            nsidc(*arguments)
