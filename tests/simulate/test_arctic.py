"""The nature run's sea ice: bounds, exact zeros, conservation, coasts, stress and randomness."""

from dataclasses import replace

import numpy as np
import pytest

from thermocline.ocean.projected import ProjectedGrid
from thermocline.simulate.arctic.configuration import MEMBERS, TRUTH
from thermocline.simulate.arctic.drift import drift, stiffness
from thermocline.simulate.arctic.forcing import turned
from thermocline.simulate.arctic.geography import CRS_NAME, arctic_of, make_arctic
from thermocline.simulate.arctic.run import fields_of, states
from thermocline.simulate.arctic.transport import Transport, faces
from thermocline.simulate.arctic.weather import Field

ICE = MEMBERS[0]
STEP = 28800.0


@pytest.fixture(scope="module")
def arctic():
    return make_arctic()


@pytest.fixture(scope="module")
def basin():
    """A closed sea of 18 × 18 cells north of Siberia, with an island."""
    axis = 100e3 * np.arange(20.0)
    sea = np.zeros((20, 20), bool)
    sea[1:-1, 1:-1] = True
    sea[8:11, 5:7] = False
    return arctic_of(ProjectedGrid(axis, axis, CRS_NAME), sea)


@pytest.fixture(scope="module")
def season(arctic):
    """Every tenth day of the first 150."""
    return [s for day, s in enumerate(states(ICE, arctic, 0, 150, 0)) if day % 10 == 0]


def random_drift(arctic, speed=0.5):
    field = np.random.default_rng(5).standard_normal((2, *arctic.sea.shape))
    return np.clip(field * speed, -0.6, 0.6) * arctic.sea


def test_the_map_has_the_arctic_and_no_lakes(arctic):
    def at(latitude, longitude):
        row, column = arctic.grid.locate(latitude, longitude)
        return bool(arctic.sea[row, column])

    for place in ((89.5, 0), (75, 0), (75, 40), (76, 75), (70, -168), (73, -68), (60, -178)):
        assert at(*place), place
    for place in ((73, -42), (65, 100), (61.8, 31), (65, -121)):  # Ladoga, Great Bear Lake
        assert not at(*place), place


def test_bounds_are_kept_and_open_water_is_exactly_nothing(season, arctic):
    for state in season:
        volume, area, damage, u, v = fields_of(state)
        assert all(np.isfinite(field).all() for field in (volume, area, damage, u, v))
        assert volume.min() >= 0 and volume.max() < 15
        assert area.min() >= 0 and area.max() <= 1
        assert damage.min() >= 0 and damage.max() <= 1
        assert np.abs([u, v]).max() < 2
        open_water = area == 0
        assert open_water[~arctic.sea].all() and (area[arctic.sea] == 0).mean() > 0.05
        for field in (volume, damage, u, v):
            assert not field[open_water].any()
        assert (volume[~open_water] > 0).all()
    assert (season[6].area == 1).sum() > 100  # March: compact ice is compact


def test_transport_keeps_volume_and_makes_nothing_negative(basin):
    transport, through = Transport(basin, STEP), faces(random_drift(basin), basin.sea)
    fields = np.random.default_rng(1).uniform(0, 1, (2, 20, 20)) * basin.sea
    fields[0] *= np.random.default_rng(2).uniform(size=(20, 20)) > 0.5  # sharp edges
    before = (fields * basin.area).sum(axis=(1, 2))
    for _ in range(10):
        fields = transport(fields, through)
        assert fields.min() > -1e-12
    np.testing.assert_allclose((fields * basin.area).sum(axis=(1, 2)), before, rtol=1e-12)


def test_nothing_crosses_a_coast(basin, arctic):
    for shape in (basin, arctic):
        moved = Transport(shape, STEP)(
            np.where(shape.sea, 1.0, 0.0)[None], faces(random_drift(shape), shape.sea)
        )
        assert not moved[:, ~shape.sea].any()
        west, south = faces(random_drift(shape), shape.sea)
        assert not west[:, 1:-1][shape.sea[:, 1:] ^ shape.sea[:, :-1]].any()
        assert not south[1:-1][shape.sea[1:] ^ shape.sea[:-1]].any()


def test_uniform_transport_moves_the_centre_of_mass_at_the_drift(basin):
    """One metre per second of the Earth is `scale` metres on the map."""
    spot = np.zeros((1, 20, 20))
    spot[0, 14, 8:10] = 1.0
    velocity = np.stack([np.full((20, 20), 0.2), np.zeros((20, 20))])
    moved = Transport(basin, STEP)(spot, faces(velocity, basin.sea))
    x = lambda field: (field[0] * basin.area * basin.grid.x).sum() / (field[0] * basin.area).sum()
    expected = 0.2 * STEP * basin.scale[14, 9]
    assert x(moved) - x(spot) == pytest.approx(expected, rel=0.02)


def test_strong_ice_slows_the_drift_and_damage_frees_it(basin):
    free = np.stack([np.full((20, 20), 0.1), np.zeros((20, 20))]) * basin.sea
    still = np.zeros_like(free)

    def speed(thickness, area, damage):
        full = lambda value: np.full((20, 20), value)
        stiff = stiffness(full(thickness), full(area), full(damage), ICE)
        return np.hypot(*drift(free, stiff, basin.sea, still, iterations=200))[basin.sea].mean()

    assert speed(0.0, 0.0, 0.0) == pytest.approx(0.1, rel=1e-6)
    thick, broken, loose = speed(2.0, 1.0, 0.0), speed(2.0, 1.0, 0.95), speed(2.0, 0.7, 0.0)
    assert thick < 0.2 * 0.1
    assert thick < 0.5 * broken and broken < loose
    assert thick < speed(0.5, 1.0, 0.0)


def test_the_solver_solves_its_equation(basin):
    free = random_drift(basin, 0.1)
    stiff = np.random.default_rng(3).uniform(0, 5, (20, 20))
    found = drift(free, stiff, basin.sea, np.zeros_like(free), iterations=300)
    residual = free - found
    for axis in (1, 2):
        for shift in (1, -1):
            other, wet = np.roll(found, shift, axis), np.roll(basin.sea, shift, axis - 1)
            beside = np.roll(stiff, shift, axis - 1)
            link = np.where(wet, np.minimum(stiff, beside), np.maximum(stiff, beside))
            residual += link * (other - found)
    np.testing.assert_allclose(residual * basin.sea, 0, atol=1e-5)


def test_weather_has_unit_variance_its_length_and_its_memory():
    random = np.random.default_rng(0)
    field = Field((40, 40), 100e3, 400e3, 4.0, 1.0, random)
    series, winds = [], []
    for _ in range(600):
        field.advance()
        series.append(field.values())
        winds.append(field.winds())
    series, winds = np.array(series), np.array(winds)
    assert series.std() == pytest.approx(1, rel=0.05)
    assert winds.std(axis=(0, 2, 3)) == pytest.approx([1, 1], rel=0.05)
    assert (series[1:] * series[:-1]).mean() == pytest.approx(np.exp(-0.25), abs=0.05)
    assert (series[:, 4:] * series[:, :-4]).mean() == pytest.approx(np.exp(-0.5), abs=0.06)


def test_vectors_turn_to_the_left():
    np.testing.assert_allclose(turned(np.array([1.0, 0.0]), 90), [0, 1], atol=1e-15)


def test_same_seed_same_bits_and_another_seed_another_ice(arctic):
    make = lambda ice, seed: list(states(ice, arctic, 0, 5, seed))[-1]
    first, again = make(TRUTH, 3), make(TRUTH, 3)
    np.testing.assert_array_equal(fields_of(first), fields_of(again))
    for other in (make(TRUTH, 4), make(replace(TRUTH, seed=1), 3)):
        assert np.abs(fields_of(first) - fields_of(other))[3:].max() > 0.01
