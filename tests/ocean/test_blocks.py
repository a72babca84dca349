"""Block means: constants and weighted means survive, land never counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermocline.errors import BadData
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid


def test_each_block_is_the_mean_of_its_sea_cells_by_area():
    rng = np.random.default_rng(0)
    field = rng.standard_normal((3, 6, 9)).astype(np.float32)
    area = LatLonGrid(np.linspace(40, 42.5, 6), np.linspace(0, 4, 9)).cell_area()
    weight = area * (rng.random((6, 9)) > 0.3)
    weight[:3, :3] = 0
    means = block_mean(field, weight, 3)
    assert means.shape == (3, 2, 3) and means.dtype == np.float32
    assert np.isnan(means[:, 0, 0]).all() and np.isfinite(means).sum() == 15
    for row, column in ((0, 1), (1, 2)):
        part = np.s_[3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        for step in range(3):
            expected = np.average(field[step][part], weights=weight[part])
            assert means[step, row, column] == pytest.approx(expected, rel=1e-6)


def test_a_missing_value_is_land_whatever_its_weight():
    field = np.array([[1.0, np.nan], [3.0, np.inf]])
    assert block_mean(field, np.ones((2, 2)), 2) == pytest.approx(2.0)
    assert block_mean(np.array([[1, 2], [3, 6]]), np.eye(2), 2) == pytest.approx(3.5)


@given(
    st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.floats(-5, 40), st.integers(0, 99)
)
def test_constants_and_the_global_mean_are_kept(factor, rows, columns, constant, seed):
    rng = np.random.default_rng(seed)
    weight = rng.random((rows * factor, columns * factor)) * rng.integers(0, 2)
    weight[0, 0] = 1
    means = block_mean(np.full(weight.shape, constant), weight, factor)
    assert means[np.isfinite(means)] == pytest.approx(constant, abs=1e-12)
    field = rng.standard_normal(weight.shape)
    share = block_mean(weight, np.ones_like(weight), factor)
    total = np.nansum(block_mean(field, weight, factor) * share)
    assert total / share.sum() == pytest.approx(np.average(field, weights=weight), abs=1e-9)


@pytest.mark.parametrize(("shape", "factor"), [((4, 5), 2), ((4, 4), 0), ((4, 4), 3)])
def test_blocks_that_do_not_fit_are_refused(shape, factor):
    with pytest.raises(BadData, match="multiples of the factor"):
        block_mean(np.zeros(shape), np.ones(shape), factor)
