"""Ice edges that can be measured with a ruler."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics import ice_edge

AREA = np.full((6, 8), 100.0)  # cells of 10 km
OCEAN = np.ones((6, 8), bool)
OCEAN[0] = False


def filled(columns: int, value: float = 1.0) -> np.ndarray:
    """Ice in the first columns, open water beyond, land without a value."""
    state = np.zeros((6, 8))
    state[:, :columns] = value
    state[~OCEAN] = np.nan
    return state


def test_extent_counts_cells():
    states = np.stack([filled(3), filled(3, 0.15), filled(3, 0.1499)])
    np.testing.assert_allclose(ice_edge.extent(states, AREA, OCEAN), [1500, 1500, 0])


def test_edge_length_leaves_out_coasts_and_follows_the_cells():
    assert ice_edge.edge_length(filled(3), AREA, OCEAN) == 50  # five cells, no coast in the north
    island = filled(0)
    island[3, 4] = 1
    states = np.stack([island, filled(0), filled(8)])
    np.testing.assert_array_equal(ice_edge.edge_length(states, AREA, OCEAN), [40, 0, 0])
    wide = AREA.copy()
    wide[:, 3:] = 400
    assert ice_edge.edge_length(filled(3), wide, OCEAN) == 75  # sides of 10 and 20: 15 each


def test_width_of_the_marginal_zone():
    state = filled(2)
    state[1:, 2:5] = 0.5
    assert ice_edge.marginal_zone_width(state, AREA, OCEAN) == pytest.approx(30)
    state[1:, 2] = 0.8  # pack
    assert ice_edge.marginal_zone_width(state, AREA, OCEAN) == pytest.approx(20)
    assert np.isnan(ice_edge.marginal_zone_width(filled(0), AREA, OCEAN))


def test_a_missing_value_at_sea_is_refused():
    with pytest.raises(BadData, match="8 missing"):
        ice_edge.extent(filled(3), AREA, np.ones((6, 8), bool))
