"""The error of coarse values: recovered where it is known, and blind to level and land."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.ocean.block_error import BlockError, squared_change


def test_the_steepness_of_a_plane_is_its_slope_squared_also_beside_land():
    y, x = np.mgrid[:6, :7]
    plane = 3.0 * y - 4.0 * x + 100
    assert squared_change(plane) == pytest.approx(25.0)
    plane[2, 3] = plane[0, 0] = np.nan
    assert np.delete(squared_change(plane).ravel(), [0, 2 * 7 + 3]) == pytest.approx(25.0)
    lonely = np.full((3, 3), np.nan)
    lonely[1, 1] = 5
    assert squared_change(lonely)[1, 1] == 0


def test_errors_are_recovered_from_departures():
    """4000 departures fix a variance to √(2/4000), and two of them to some 5 %."""
    rng = np.random.default_rng(0)
    truth = BlockError(0.1, 0.5)
    pairs = []
    for _ in range(40):
        value = rng.standard_normal((10, 10)).cumsum(axis=0) * rng.uniform(0, 0.6)
        pairs.append((value, truth.s_y(value) * rng.standard_normal(value.shape)))
    found = BlockError.fit(pairs)
    assert found.noise == pytest.approx(truth.noise, rel=0.15)
    assert found.share == pytest.approx(truth.share, rel=0.15)
    scaled = np.concatenate([(d / found.s_y(v)).ravel() for v, d in pairs])
    assert np.mean(scaled**2) == pytest.approx(1, abs=1e-3)


def test_errors_that_do_not_grow_with_steepness_have_no_share():
    value = np.arange(12.0).reshape(3, 4) ** 2
    flat = BlockError.fit([(value, 0.2 / (1 + squared_change(value)))])
    departure = 0.2 / (1 + squared_change(value))
    assert flat.share < 1e-3
    assert flat.noise == pytest.approx(np.sqrt(np.mean(departure**2)), rel=1e-3)
    with pytest.raises(BadData, match="no coarse value"):
        BlockError.fit([(value, value * np.nan)])


def test_nothing_is_stated_of_land_and_levels_do_not_matter():
    value = np.random.default_rng(1).standard_normal((5, 5))
    value[0, :2] = np.nan
    error = BlockError(0.07, 0.3)
    s_y = error.s_y(value)
    assert (s_y[0, :2] == 1).all() and (s_y[1:] >= np.float32(0.07)).all()
    np.testing.assert_allclose(s_y, error.s_y(value + 25), rtol=1e-5)
    assert (BlockError(0.07).s_y(value)[1:] == np.float32(0.07)).all()
