"""Remapping to a map: what must not change does not, and ice is not made or lost."""

import numpy as np
import pytest
import xarray as xr

from thermocline.errors import BadData
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.remap import MapRemapper, to_map

X = 1e5 * (np.arange(20) - 9.5)
TARGET = ProjectedGrid(X, X, "EPSG:3413")
FINE = ProjectedGrid(*[25e3 * (np.arange(84) - 41.5)] * 2, "EPSG:3413")
"""Four cells along a side of the target's, and two more beyond each edge."""


def lines(step):
    """Centres of a grid of latitudes and longitudes, longitudes from 0 to 360."""
    axes = np.arange(60 + step / 2, 90, step), np.arange(step / 2, 360, step)
    return np.meshgrid(*axes, indexing="ij")


def smooth(latitude, longitude):
    east = np.radians(longitude)
    return 0.5 + 0.02 * (latitude - 80) + 0.1 * np.cos(np.radians(latitude)) * np.sin(east)


SOURCES = {
    "identical": TARGET,
    "nested": FINE,
    "other map": ProjectedGrid(3e4 * (np.arange(110) - 54.5), 3e4 * (np.arange(110) - 54.5),
                               "EPSG:3408"),
    "fine lines": tuple(lines(0.25)),
    "coarse lines": tuple(lines(1.0)),
}  # fmt: skip


def places(source):
    return source.centres() if isinstance(source, ProjectedGrid) else source


@pytest.mark.parametrize("name", SOURCES)
def test_constants_stay_and_smooth_fields_nearly(name):
    remapper = MapRemapper(SOURCES[name], TARGET)
    latitude, longitude = places(SOURCES[name])
    constant = remapper(np.full((2, *latitude.shape), 0.7))
    inside = np.hypot(*np.meshgrid(X, X)) < 9e5
    assert constant[:, inside] == pytest.approx(0.7, abs=1e-12)
    found = remapper(smooth(latitude, longitude))
    truth = smooth(*TARGET.centres())
    # Fields go through half a cell at most: 50 km here, of 0.02 a degree.
    assert np.abs(found - truth)[inside].max() < 0.02
    assert (found[inside].sum() / truth[inside].sum()) == pytest.approx(1, abs=2e-3)


def test_the_same_grid_is_left_to_the_bit():
    field = np.random.default_rng(0).random((3, 20, 20)).astype(np.float32)
    field[0, 3, 4] = np.nan
    remapper = MapRemapper(TARGET, TARGET)
    assert remapper.method == "identical" and remapper(field) is field


def test_nested_cells_conserve_what_they_hold():
    rng = np.random.default_rng(1)
    field = rng.random(FINE.shape)
    field[rng.random(FINE.shape) < 0.3] = np.nan
    remapper = MapRemapper(FINE, TARGET, minimum_valid=0.0)
    assert remapper.method == "nested"
    found = remapper(field)
    valid = np.isfinite(field[2:-2, 2:-2])
    area = FINE.cell_area()[2:-2, 2:-2]
    whole = np.add.reduceat(np.add.reduceat(area * valid, range(0, 80, 4), 0), range(0, 80, 4), 1)
    total = np.nansum(area * field[2:-2, 2:-2])
    assert np.nansum(found * whole) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(("valid", "kept"), [(7, False), (8, True)])
def test_half_of_a_cell_must_be_valid(valid, kept):
    field = np.full(FINE.shape, np.nan)
    block = np.full(16, np.nan)
    block[:valid] = 1.0
    field[2 + 4 * 10 : 6 + 4 * 10, 2 + 4 * 7 : 6 + 4 * 7] = block.reshape(4, 4)
    found = MapRemapper(FINE, TARGET)(field)
    assert np.isfinite(found).sum() == kept
    assert np.isfinite(found[10, 7]) == kept


def test_total_ice_on_lines_is_conserved_within_one_per_cent():
    latitude, longitude = lines(0.25)
    disc = (latitude > 83).astype(float)  # area of a cap: 2 π R² (1 − sin 83°)
    found = MapRemapper((latitude, longitude), TARGET)(disc)
    cap = 2 * np.pi * 6371e3**2 * (1 - np.sin(np.radians(83)))
    assert np.nansum(found * TARGET.cell_area()) == pytest.approx(cap, rel=0.01)


def test_coarse_sources_fill_empty_cells_and_not_far_ones():
    coarse = ProjectedGrid(1.9e5 * (np.arange(6) - 2.5), 1.9e5 * (np.arange(6) - 2.5), "EPSG:3408")
    remapper = MapRemapper(coarse.centres(), TARGET)
    found = remapper(np.ones(coarse.shape))
    x, y = np.meshgrid(X, X)
    away = np.hypot(x, y)
    assert np.isfinite(found[away < 5e5]).all()
    assert np.isnan(found[away > 1.9e5 * 2.5 * np.sqrt(2) + 1.6 * 1.9e5]).all()


def test_values_that_are_far_apart_are_no_map():
    """A few points of a globe, a file thinned for an example, say nothing of most cells."""
    points = np.meshgrid([-80.0, 0.0, 80.0], [0.0, 90.0, 180.0, 270.0], indexing="ij")
    with pytest.raises(BadData, match=r"its values are some \d,\d{3} km apart, for cells of"):
        MapRemapper(tuple(points), TARGET)


def test_the_other_hemisphere_gives_nothing():
    latitude, longitude = lines(1.0)
    found = MapRemapper((-latitude, longitude), TARGET)(np.ones(latitude.shape))
    assert np.isnan(found).all()


def dataset(grid, name="siconc"):
    values = np.ones((2, 1, *grid.shape), np.float32)
    return xr.Dataset(
        {name: (("time", "depth", "y", "x"), values, {"units": "1"})},
        {"time": [0, 1], "depth": [0.0], "y": grid.y, "x": grid.x,
         "latitude": (("y", "x"), grid.centres()[0]),
         "longitude": (("y", "x"), grid.centres()[1])},
        {"crs": grid.crs},
    )  # fmt: skip


def test_fields_keep_their_dates_and_drift_its_map():
    found = to_map(dataset(FINE), "siconc", TARGET)
    assert found.shape == (2, 1, 20, 20) and found.dtype == np.float32
    assert np.array_equal(found.x, X) and found.attrs == {"units": "1"}
    assert (to_map(dataset(FINE, "siu"), "siu", TARGET) == 1).all()
    with pytest.raises(BadData, match="siu is along the lines of its own grid"):
        to_map(dataset(SOURCES["other map"], "siu"), "siu", TARGET)
    without = dataset(FINE, "siv")
    del without.attrs["crs"]
    with pytest.raises(BadData, match="siv is along the lines"):
        to_map(without, "siv", TARGET)
