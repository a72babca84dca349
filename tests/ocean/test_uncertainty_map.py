"""A map of noise from physics: still water, solid rotation, the equator, tiles and coasts."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import EARTH_RADIUS
from thermocline.ocean.uncertainty_map import (
    GRAVITY,
    ROTATION,
    coriolis,
    streamfunction_speed,
    uncertainty_map,
)

GLOBE = LatLonGrid.regular(90, 180)
SEA = np.ones(GLOBE.shape, bool)
BOX = LatLonGrid(np.linspace(30, 40, 51), np.linspace(-60, -45, 76))


def noisy(seed=0, grid=GLOBE):
    return 15 + np.random.default_rng(seed).normal(size=grid.shape)


def test_still_water_has_the_base_and_a_warmer_ocean_the_same_map():
    for constant in (-1.8, 0.0, 30.0):
        assert (uncertainty_map(np.full(GLOBE.shape, constant), GLOBE, SEA) == 0.4).all()
    cold = noisy()
    assert np.allclose(
        uncertainty_map(cold, GLOBE, SEA), uncertainty_map(cold + 273.15, GLOBE, SEA)
    )


def test_a_southward_slope_has_the_geostrophic_speed():
    sst = np.tile(-0.5 * GLOBE.latitude[:, None], (1, 180))
    f = 2 * ROTATION * np.sin(np.radians(GLOBE.latitude))
    expected = GRAVITY / np.abs(f) * 0.5 / np.radians(EARTH_RADIUS)
    away = np.abs(GLOBE.latitude) > 5
    speed = streamfunction_speed(sst, GLOBE, SEA)
    assert np.allclose(speed[away], expected[away, None], rtol=1e-9)


def test_the_equator_is_floored_and_f_keeps_its_sign():
    f = coriolis(np.array([-60.0, -2.0, 0.0, 2.0, 5.0, 60.0]))
    least = 2 * ROTATION * np.sin(np.radians(5))
    assert np.allclose(f[1:5] / least, [-1, 1, 1, 1])
    assert f[-1] == -f[0] == pytest.approx(2 * ROTATION * np.sin(np.pi / 3))


def test_it_runs_from_base_to_one_and_p_is_the_ratio_to_the_maximum():
    sst = noisy()
    speed = streamfunction_speed(sst, GLOBE, SEA)
    got = uncertainty_map(sst, GLOBE, SEA, base=0.25)
    assert np.allclose((got - 0.25) / 0.75, speed / speed.max())
    assert got.max() == 1 and got.min() >= 0.25


def test_with_a_reference_a_tile_agrees_with_its_globe_and_without_it_does_not():
    sst, inner = noisy(grid=BOX), (slice(10, 30), slice(15, 40))
    tile = LatLonGrid(BOX.latitude[inner[0]], BOX.longitude[inner[1]])
    sea = np.ones(BOX.shape, bool)
    for reference, agrees in ((2e3, True), (None, False)):
        whole = uncertainty_map(sst, BOX, sea, reference=reference)[inner][1:-1, 1:-1]
        alone = uncertainty_map(sst[inner], tile, sea[inner], reference=reference)[1:-1, 1:-1]
        assert np.allclose(whole, alone) == agrees
    assert uncertainty_map(sst, BOX, sea, reference=1e-9).max() == 1


def test_each_field_of_a_stack_is_divided_by_its_own_maximum():
    stack = np.stack([noisy(1), 3 * noisy(2)])
    got = uncertainty_map(stack, GLOBE, SEA)
    assert np.allclose(got[1], uncertainty_map(stack[1], GLOBE, SEA))
    assert got.max(axis=(1, 2)).tolist() == [1, 1]


def test_land_has_the_base_and_a_warm_coast_makes_no_current():
    ocean = SEA.copy()
    ocean[:, 50:60] = False
    sst = np.where(ocean, 10.0, np.nan)
    assert (uncertainty_map(sst, GLOBE, ocean) == 0.4).all()


def test_impossible_settings_are_refused():
    for wrong in ({"base": 0.0}, {"base": 1.1}, {"reference": 0.0}):
        with pytest.raises(BadData, match="base"):
            uncertainty_map(noisy(), GLOBE, SEA, **wrong)
