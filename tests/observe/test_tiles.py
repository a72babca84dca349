"""Tiles of a globe: stitched they are the globe, and where they disagree no seam is seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermocline.errors import BadConfig
from thermocline.observe.tiles import Line, Tiling
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.gradient import gradient_magnitude
from thermocline.ocean.latlon import LatLonGrid


def a_problem(rows=12, columns=30, factor=3, globe=True, seed=0):
    shape = rows * factor, columns * factor
    box = LatLonGrid(np.linspace(20, 44, shape[0]), np.linspace(-70, -10, shape[1]))
    ocean = np.random.default_rng(seed).random(shape) > 0.2
    ocean[: 2 * factor, : 3 * factor] = False
    fine = np.where(ocean, np.random.default_rng(seed + 1).normal(size=shape), np.nan)
    value = block_mean(fine, np.ones(shape), factor).astype(np.float32)
    s_y = np.where(np.isfinite(value), 0.1, 1).astype(np.float32)
    grid = LatLonGrid.regular(*shape) if globe else box
    return LowResolution(value, s_y, ocean, grid, factor, np.datetime64("2010-01-01"), case="day")


def stitched(tiling, answers):
    """One field of the answers to all tiles, by their weights."""
    total = None
    for answer, cells, (v, w) in zip(answers, tiling.cells, tiling.weights, strict=True):
        total = np.zeros((*answer.shape[:-2], *tiling.shape)) if total is None else total
        total[..., *cells] += answer * v[:, None] * w
    return total


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 40), st.data(), st.booleans(), st.integers(1, 6))
def test_weights_are_positive_and_sum_to_one_on_every_cell(blocks, size, data, periodic, factor):
    overlap = data.draw(st.integers(0, size // 2))
    line = Line(blocks, size, overlap, periodic, factor)
    weights = line.weights()
    total = np.zeros(blocks * factor)
    for start, weight in zip(line.starts, weights, strict=True):
        np.add.at(total, line.cells(start), weight)
    assert np.allclose(total, 1) and (weights > 0).all()
    shared = np.diff(line.starts)
    assert (line.size - shared >= overlap).all()


@settings(max_examples=25)
@given(st.integers(4, 16), st.data(), st.booleans())
def test_cutting_and_stitching_gives_the_field_back(size, data, globe):
    problem = a_problem(globe=globe)
    tiling = Tiling(problem, size, data.draw(st.integers(0, size // 2)))
    field = np.random.default_rng(2).normal(size=(2, *problem.ocean.shape))
    parts = (tiling.part(field, k) for k in range(len(tiling)))
    assert np.abs(stitched(tiling, parts) - field).max() < 1e-12
    single = 20 + field.astype(np.float32)
    parts = (tiling.part(single, k) for k in range(len(tiling)))
    assert np.allclose(stitched(tiling, parts), single, rtol=1e-6, atol=0)


@pytest.mark.parametrize("globe", [False, True])
def test_a_tile_is_a_problem_of_its_own(globe):
    problem = a_problem(globe=globe)
    tiling = Tiling(problem, size=8, overlap=2)
    latitude = np.repeat(problem.grid.latitude[:, None], problem.ocean.shape[1], axis=1)
    for k, tile in enumerate(tiling.cut(problem)):
        assert tile.value.shape == (8, 8) and tile.ocean.shape == (24, 24)
        assert np.array_equal(tile.ocean, tiling.part(problem.ocean, k))
        assert np.array_equal(tile.grid.latitude, tiling.part(latitude, k)[:, 0])
        assert np.allclose(np.diff(tile.grid.longitude), np.diff(problem.grid.longitude)[0])
        assert np.allclose(tile.grid.cell_area(), tiling.part(problem.grid.cell_area(), k))
        sea = tile.ocean.reshape(8, 3, 8, 3).any(axis=(1, 3))
        assert np.array_equal(tile.observed, sea)


def test_only_a_globe_is_joined_across_the_date_line():
    crossing = lambda problem: any(
        np.ptp(cells[1]) == problem.ocean.shape[1] - 1 for cells in Tiling(problem, 8, 2).cells
    )
    assert crossing(a_problem(globe=True)) and not crossing(a_problem(globe=False))


def test_where_tiles_disagree_no_seam_is_seen():
    # Each tile answers a constant of its own: the slope is never more than half a sine's across
    # the overlap, from 5 tiles' values that differ by at most 1.
    problem = a_problem(rows=24, columns=40, factor=5)
    tiling = Tiling(problem, size=16, overlap=6)
    own = np.random.default_rng(0).random(len(tiling))
    whole = stitched(tiling, (np.full((80, 80), value) for value in own))
    steepest = np.pi / 2 / (6 * 5)
    wrapped = np.concatenate([whole, whole[:, :1]], axis=1)
    for axis in (0, 1):
        slope = np.diff(wrapped, axis=axis)
        assert np.abs(slope).max() <= steepest
        assert np.abs(np.diff(slope, axis=axis)).max() < 2 * np.pi * steepest / 30


def test_a_smooth_answer_keeps_its_gradient_across_seams():
    problem = a_problem(rows=24, columns=40, factor=5)
    lat, lon = np.radians(np.meshgrid(problem.grid.latitude, problem.grid.longitude, indexing="ij"))
    field = 15 + np.sin(4 * lon) * np.cos(lat) + np.sin(3 * lat)
    tiling = Tiling(problem, size=16, overlap=4)
    whole = stitched(tiling, (tiling.part(field, k) for k in range(len(tiling))))
    sea = np.ones(field.shape, bool)
    got, expected = (gradient_magnitude(f, problem.grid, sea) for f in (whole, field))
    assert np.abs(got - expected).max() < 1e-9 * expected.max()


def test_a_field_smaller_than_a_tile_is_one_tile():
    problem = a_problem()
    tiling = Tiling(problem, 64, 8)
    (tile,) = tiling.cut(problem)
    assert tile.grid.same(problem.grid) and np.array_equal(tile.ocean, problem.ocean)


def test_an_impossible_overlap_is_refused():
    with pytest.raises(BadConfig, match="overlap by 5"):
        Tiling(a_problem(), 8, 5)
