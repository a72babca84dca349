"""Localisation: distances, a correlation of compact support and its root, tiles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin import GRID

from thermocline.baselines.common.localisation import (
    arc,
    chord,
    compact_tiles,
    gaspari_cohn,
)
from thermocline.baselines.ensemble.localised import localisation_root
from thermocline.ocean.sphere import EARTH_RADIUS, unit_vectors


@given(st.floats(500, 20_000), st.integers(0, 50))
@settings(max_examples=25)
def test_localisation_is_a_correlation_with_compact_support(radius, seed):
    rng = np.random.default_rng(seed)
    points = unit_vectors(np.degrees(np.arcsin(rng.uniform(-1, 1, 60))), rng.uniform(-180, 180, 60))
    distance = arc(points, points)
    matrix = gaspari_cohn(distance, radius * 1e3)
    assert (matrix[distance >= radius * 1e3] == 0).all()
    np.testing.assert_allclose(np.diag(matrix), 1, atol=1e-9)
    assert np.linalg.eigvalsh(matrix).min() > -1e-8


@pytest.mark.parametrize("radius", [1500, 6000])
def test_the_root_of_the_localisation(radius):
    points = unit_vectors(*(each.ravel() for each in np.meshgrid(GRID.latitude, GRID.longitude)))
    root = localisation_root(points, radius)
    expected = gaspari_cohn(arc(points, points), radius * 1e3)
    assert np.abs(root @ root.T - expected).max() < 0.02
    assert np.diag(root @ root.T) == pytest.approx(1, abs=1e-5)


def test_distances_cross_the_date_line_and_the_pole():
    a, b = unit_vectors([0, 89.0, 10], [179.5, 0, 20]), unit_vectors([0, 89, 10], [-179.5, 180, 20])
    degree = np.pi * EARTH_RADIUS / 180
    np.testing.assert_allclose(np.diag(arc(a, b)), [degree, 2 * degree, 0], atol=1)
    straight = 2 * EARTH_RADIUS * np.sin(np.radians([0.5, 1, 0]))
    np.testing.assert_allclose(np.diag(chord(a, b)), straight, atol=1)


@given(st.integers(1, 300), st.integers(1, 40))
@settings(max_examples=25)
def test_tiles_hold_every_point_once(count, size):
    points = np.random.default_rng(count).standard_normal((count, 3))
    tiles = compact_tiles(points, size)
    assert max(t.size for t in tiles) <= size
    assert np.array_equal(np.sort(np.concatenate(tiles)), np.arange(count))
