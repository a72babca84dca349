"""Interpolation of block means: constants, planes, cubics, land, and an independent kernel."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thermocline.baselines.downscaling import upsampling
from thermocline.baselines.downscaling.upsampling import KERNELS, Upsampling, fill_land, upsample
from thermocline.errors import BadConfig, BadData
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid

kinds = pytest.mark.parametrize("kind", KERNELS)


def block_means(cells, factor):
    height, width = np.array(cells.shape) // factor
    return cells.reshape(height, factor, width, factor).mean(axis=(1, 3))


def plane(rows, columns, a=0.3, b=-1.1):
    y, x = np.mgrid[:rows, :columns]
    return 20 + a * y + b * x


@kinds
@given(
    shape=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    factor=st.integers(1, 6),
    value=st.floats(-2, 35),
    land=st.integers(0, 2**31),
)
def test_constants_stay_constants(kind, shape, factor, value, land):
    blocks = np.full(shape, value)
    rng = np.random.default_rng(land)
    blocks[rng.random(shape) < 0.4] = np.nan
    blocks[rng.integers(shape[0]), rng.integers(shape[1])] = value
    cells = upsample(blocks, factor, kind)
    assert cells.shape == (factor * shape[0], factor * shape[1])
    np.testing.assert_allclose(cells, value, atol=1e-6)


@kinds
@pytest.mark.parametrize("factor", [2, 3, 5])
def test_planes_stay_planes_to_the_edge_and_past_land(kind, factor):
    cells = plane(6 * factor, 8 * factor)
    blocks = block_means(cells, factor)
    np.testing.assert_allclose(upsample(blocks, factor, kind), cells, atol=1e-9)
    blocks[1:4, 3:6] = blocks[0, 0] = np.nan
    np.testing.assert_allclose(upsample(blocks, factor, kind), cells, atol=1e-6)


def test_keys_kernel_reproduces_parabolas_inside():
    y = np.arange(8.0)
    Y = (np.arange(40) + 0.5) / 5 - 0.5
    field = upsample((y**2)[:, None] + 3 * y[None], 5, "bicubic")
    inside = slice(10, 30)
    expected = (Y**2)[:, None] + 3 * Y[None]
    np.testing.assert_allclose(field[inside, inside], expected[inside, inside], atol=1e-10)


def test_bicubic_agrees_with_an_independent_implementation():
    """PyTorch's antialiased bicubic has a = −½ too (its plain one has −¾)."""
    blocks = np.random.default_rng(0).standard_normal((8, 9))
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(blocks)[None, None], scale_factor=5, mode="bicubic", antialias=True
    )[0, 0].numpy()
    inside = slice(10, 30)
    ours = upsample(blocks, 5, "bicubic")
    np.testing.assert_allclose(ours[inside, inside], expected[inside, inside], atol=1e-6)


@kinds
def test_fields_of_a_stack_are_independent(kind):
    blocks = np.random.default_rng(1).standard_normal((3, 5, 6))
    blocks[1, 2:4, 2] = np.nan
    stacked = upsample(blocks, 3, kind)
    for each, together in zip(blocks, stacked, strict=True):
        np.testing.assert_allclose(upsample(each, 3, kind), together, atol=1e-12)


def test_filling_bends_less_than_any_other_filling():
    rng = np.random.default_rng(2)
    field = rng.standard_normal((6, 7))
    holes = rng.random((6, 7)) < 0.3

    def bending(f):
        f_xx, f_yy = np.diff(f, 2, axis=1), np.diff(f, 2, axis=0)
        f_xy = np.diff(np.diff(f, axis=0), axis=1)
        return (f_xx**2).sum() + 2 * (f_xy**2).sum() + (f_yy**2).sum()

    filled = fill_land(np.where(holes, np.nan, field))
    np.testing.assert_array_equal(filled[~holes], field[~holes])
    for _ in range(20):
        other = filled + np.where(holes, 1e-3 * rng.standard_normal((6, 7)), 0)
        assert bending(filled) < bending(other)


def test_a_downscaler_answers_nothing_on_land():
    blocks = plane(4, 5)
    blocks[0, 0] = np.nan
    ocean = np.ones((20, 25), bool)
    ocean[:5, :5] = ocean[7, 7] = False
    grid = LatLonGrid(0.25 * np.arange(20.0), 0.25 * np.arange(25.0))
    problem = LowResolution(
        blocks.astype(np.float32), np.full((4, 5), 0.1, np.float32), ocean, grid, 5,
        np.datetime64("2010-01-01"),
    )  # fmt: skip
    answer = Upsampling("lanczos").analyse(problem, 3, 0)
    assert answer.mean.shape == (1, 20, 25) and answer.std is None and answer.members is None
    assert (answer.mean[0][~ocean] == 0).all() and (answer.mean[0][ocean] > 5).all()


def test_what_cannot_be_done_is_said():
    with pytest.raises(BadData, match="no block"):
        upsample(np.full((2, 3), np.nan), 5)
    with pytest.raises(BadConfig, match="bicubic, lanczos"):
        upsample(np.zeros((2, 2)), 5, "nearest")


def test_few_factors_of_large_land_are_kept():
    """Each takes megabytes: a globe in tiles would keep half a gigabyte of them."""
    field = np.zeros((40, 40))
    for hole in range(6):
        filled = fill_land(np.where((np.arange(1600) == hole).reshape(40, 40), np.nan, field))
        np.testing.assert_allclose(filled, 0, atol=1e-9)
    assert upsampling._large_plate.cache_info().currsize <= 2
    assert upsampling._plate.cache_info().maxsize > 2, "small ones are many, and cost little"
