"""Where seams would be, and that one is seen."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.globe import edges_of, seam

from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.superres.endpoints.tiled import OVERLAP, SIZE


def globe(rows: int = 70, columns: int = 144, factor: int = 2) -> LowResolution:
    step = 360 / (columns * factor)
    latitude = (np.arange(rows * factor) + 0.5) * step - rows * factor * step / 2
    longitude = (np.arange(columns * factor) + 0.5) * step - 180
    value = np.zeros((rows, columns), np.float32)
    ocean = np.ones((rows * factor, columns * factor), bool)
    grid = LatLonGrid(latitude, longitude)
    return LowResolution(value, value + 0.1, ocean, grid, factor, np.datetime64("2008-03-14"))


def test_edges_of_blocks_and_tiles():
    problem = globe()
    (blocks, within), (tiles, others) = edges_of(problem, 288)
    assert np.array_equal(np.flatnonzero(blocks), np.arange(1, 287, 2))
    assert np.array_equal(within, ~blocks)
    assert not (tiles & others).any() and np.array_equal(tiles | others, blocks)
    # Three tiles round the circle of 144 blocks begin 48 blocks apart, and end SIZE after.
    stride = 144 // -(-144 // (SIZE - OVERLAP))
    starts = np.arange(0, 144, stride)
    sides = np.unique(np.concatenate([starts, starts + SIZE]) % 144) * 2
    assert np.array_equal(np.flatnonzero(tiles) + 1, sides[sides > 0])


def test_a_seam_is_seen_and_a_slope_is_none():
    problem = globe()
    (blocks, within), (tiles, others) = edges_of(problem, 288)
    slope = np.broadcast_to(0.1 * np.arange(288.0), problem.ocean.shape).copy()
    slope[:20] = np.nan
    assert seam(slope, blocks, within) == pytest.approx(1)
    assert seam(slope, tiles, others) == pytest.approx(1)
    broken = slope + 0.05 * np.concatenate([[0], np.cumsum(tiles)])
    assert seam(broken, tiles, others) == pytest.approx(1.5)
    steps = np.floor(np.arange(288.0) / 2) + 0 * slope
    steps += 0.1 * np.arange(288)
    assert seam(steps, blocks, within) == pytest.approx(11)
