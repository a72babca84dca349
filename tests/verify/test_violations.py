"""Impossible states are counted, land is not."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.violations import violations

OCEAN = np.array([[True, True, True], [True, True, False]])
LOWER, UPPER = [0.0, 0.0, -np.inf], [np.inf, 1.0, np.inf]


def possible() -> np.ndarray:
    """Thickness, concentration and drift of two states: ice in the first column alone."""
    states = np.zeros((2, 3, 2, 3))
    states[..., 0] = np.array([2.0, 1.0, -0.3])[:, None]
    states[..., ~OCEAN] = np.nan
    return states


def test_possible_states_have_none():
    states = possible()
    found = violations(states, LOWER, UPPER, states[:, 1] == 0, OCEAN)
    assert found.total == 0 and found.cells == 10


def test_every_kind_is_counted_by_variable():
    states = possible()
    ice_free = states[:, 1] == 0
    states[0, 0, 0, 0] = -1e-9
    states[1, 1, :, 0] = 1.0001
    states[0, 2, 0, 1] = states[1, 2, 1, 1] = states[1, 0, 0, 2] = 0.1
    states[1, 2, 0, 0] = np.nan
    states[..., ~OCEAN] = 99
    found = violations(states, LOWER, UPPER, ice_free, OCEAN)
    np.testing.assert_array_equal(found.below, [1, 0, 0])
    np.testing.assert_array_equal(found.above, [0, 2, 0])
    np.testing.assert_array_equal(found.nonzero, [1, 0, 2])
    np.testing.assert_array_equal(found.missing, [0, 0, 1])
    assert found.total == 7


def test_shapes_must_belong_together():
    states = possible()
    with pytest.raises(BadData, match="3 and 2 bounds"):
        violations(states, LOWER, UPPER[:2], states[:, 1] == 0, OCEAN)
    with pytest.raises(BadData, match="mask"):
        violations(states, LOWER, UPPER, states[0, 1] == 0, OCEAN)
