"""The nearest sea cell of an observation on land, against a search of the whole grid."""

import numpy as np
import pytest

from thermocline.observe.coast import REACH, Places, nearest_sea
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import great_circle_distance

GLOBE = LatLonGrid(np.linspace(-85, 85, 18), np.arange(24) * 15.0 - 172.5)
BOX = LatLonGrid(np.linspace(20, 60, 12), np.linspace(-80, -40, 15))


def searched(latitude, longitude, level, cell, grid, ocean):
    """Row, column and distance (km) of the nearest sea cell beside a cell; None for none."""
    columns = grid.shape[1]
    j, i = np.indices(grid.shape)
    across = np.abs(i - cell[1])
    across = np.minimum(across, columns - across) if grid.periodic else across
    touching = (np.abs(j - cell[0]) <= 1) & (across <= 1)
    distance = great_circle_distance(latitude, longitude, *grid.centres()) / 1000
    near = np.where(touching & ocean[level], distance, np.inf)
    if not np.isfinite(near).any():
        return None
    water = ocean.any(axis=0)
    if not water[cell]:  # ashore: not further from the coast than a cell reaches
        sides = touching & ((j == cell[0]) ^ (across == 0))
        centre = grid.centres()[0][cell], grid.centres()[1][cell]
        reach = np.max(great_circle_distance(*centre, *grid.centres())[sides]) / 1000
        if np.where(touching & water, distance, np.inf).min() > REACH * reach:
            return None
    place = np.unravel_index(near.argmin(), near.shape)
    return *map(int, place), near[place]


@pytest.mark.parametrize("grid", [GLOBE, BOX], ids=["globe", "box"])
@pytest.mark.parametrize("seed", [0, 1])
def test_as_a_search_of_all_cells_finds_it(grid, seed):
    rng = np.random.default_rng(seed)
    ocean = np.cumprod(rng.random((4, *grid.shape)) > 0.35, axis=0).astype(bool)
    count = 400
    latitude = rng.uniform(grid.latitude[0], grid.latitude[-1], count)
    longitude = rng.uniform(grid.longitude[0], grid.longitude[-1], count)
    level = rng.integers(0, 4, count)
    row, column = grid.locate(latitude, longitude)
    dry = ~ocean[level, row, column]
    places = Places(latitude, longitude, level, row, column)[dry]
    found = nearest_sea(places, grid, ocean)
    assert dry.sum() > 100 and 0 < found.found.sum() < dry.sum()
    for k in range(dry.sum()):
        cell = int(places.row[k]), int(places.column[k])
        wanted = searched(
            places.latitude[k], places.longitude[k], places.level[k], cell, grid, ocean
        )
        assert found.found[k] == (wanted is not None)
        if wanted is not None:
            assert (found.row[k], found.column[k]) == wanted[:2]
            assert found.distance[k] == pytest.approx(wanted[2])


def test_no_place_no_answer():
    ocean = np.zeros((1, *BOX.shape), bool)
    where = np.array([40.0]), np.array([-60.0])
    row, column = BOX.locate(*where)
    assert not nearest_sea(Places(*where, np.array([0]), row, column), BOX, ocean).found.any()
