"""The simulated ocean: what must hold whatever its parameters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label
from scipy.sparse import eye
from scipy.sparse.linalg import spsolve

from thermocline.ocean.latlon import LatLonGrid
from thermocline.simulate.advection import advect
from thermocline.simulate.climatology import Climatology
from thermocline.simulate.configuration import MEMBERS, TRUTH
from thermocline.simulate.currents import gyres
from thermocline.simulate.geography import make_geography
from thermocline.simulate.model import Simulation, simulate
from thermocline.simulate.noise import Weather
from thermocline.simulate.operators import laplacian, velocity

DEPTH = np.array([5.0, 30, 75, 150, 300, 700])
DAY = 86400.0


@pytest.fixture(scope="module")
def geography():
    return make_geography(LatLonGrid.regular(32, 64), DEPTH)


@pytest.fixture(scope="module")
def decade(geography):
    return simulate(MEMBERS[0], geography, years=10, spin_up=1)


def test_coastlines_are_real(geography):
    row, column = geography.grid.locate([0, -30, 40, 55, -85], [-30, -120, -100, 90, 0])
    assert geography.ocean[0][row, column].tolist() == [True, True, False, False, False]
    area = geography.grid.cell_area()
    assert 0.66 < (area * geography.ocean[0]).sum() / area.sum() < 0.75  # 71 % in truth


def test_deep_levels_have_more_land(geography):
    wet = geography.ocean.reshape(DEPTH.size, -1)
    assert (wet[1:] <= wet[:-1]).all()
    assert wet[-1].sum() < 0.95 * wet[0].sum()


def test_no_lakes(geography):
    parts, count = label(np.concatenate([geography.ocean[0]] * 2, axis=1))
    sizes = np.bincount(parts.ravel())[1:]
    assert count >= 1
    assert sizes.min() >= 6  # half of the smallest sea, cut at the edge of the doubled map


def test_advection_keeps_constants(geography):
    random = np.random.default_rng(0)
    u, v = random.normal(0, 0.5, (2, *geography.ocean.shape)).astype(np.float32)
    field = np.full(geography.ocean.shape, 7.25, dtype=np.float32)
    moved = advect(field, u, v, 5 * DAY, geography)
    np.testing.assert_allclose(moved[geography.ocean], 7.25, rtol=1e-5)
    assert (moved[~geography.ocean] == 0).all()


@settings(max_examples=20)
@given(seed=st.integers(0, 2**16), speed=st.floats(0.01, 3.0))
def test_advection_makes_no_new_extremes(geography, seed, speed):
    random = np.random.default_rng(seed)
    field = random.normal(0, 3, geography.ocean.shape).astype(np.float32)
    u, v = (speed * random.normal(0, 1, (2, *field.shape))).astype(np.float32)
    wet = geography.ocean
    moved = advect(field, u, v, 5 * DAY, geography)
    for level in range(DEPTH.size):
        sea = field[level][wet[level]]
        assert moved[level][wet[level]].min() >= sea.min() - 1e-5
        assert moved[level][wet[level]].max() <= sea.max() + 1e-5


def test_land_never_leaks_into_the_sea(geography):
    random = np.random.default_rng(1)
    u, v = random.normal(0, 0.5, (2, *geography.ocean.shape)).astype(np.float32)
    field = random.normal(0, 1, geography.ocean.shape).astype(np.float32)
    poisoned = np.where(geography.ocean, field, np.float32(1e6))
    clean = advect(field, u, v, 5 * DAY, geography)
    np.testing.assert_array_equal(advect(poisoned, u, v, 5 * DAY, geography), clean)


def test_advection_moves_a_wave_at_the_currents_speed(geography):
    """On an all-water row a zonal wave is carried u Δt eastward."""
    water = replace(
        geography,
        ocean=np.ones_like(geography.ocean),
        nearest=np.broadcast_to(
            np.arange(geography.ocean[0].size).reshape(geography.grid.shape), geography.ocean.shape
        ),
    )
    lon = np.radians(geography.grid.longitude)
    field = np.broadcast_to(np.sin(2 * lon), geography.ocean.shape).astype(np.float32)
    u = np.full(geography.ocean.shape, 3e5 / (5 * DAY), dtype=np.float32)
    moved = advect(field, u, np.zeros_like(u), 5 * DAY, water)
    row = 16
    radius = 6_371_000 * np.cos(np.radians(geography.grid.latitude[row]))
    expected = np.sin(2 * (lon - 3e5 / radius))
    np.testing.assert_allclose(moved[0, row], expected, atol=0.01)


def test_laplacian_of_a_spherical_harmonic():
    """∇² P₁ = −2 P₁ / R² for P₁ = sin φ, and its area integral vanishes."""
    grid = LatLonGrid.regular(64, 128)
    field = np.sin(np.radians(grid.latitude))[:, None] * np.ones((1, 128))
    value = (laplacian(grid) @ field.ravel()).reshape(grid.shape)
    inner = np.abs(grid.latitude) < 80
    np.testing.assert_allclose(value[inner], -2 * field[inner] / 6_371_000**2, rtol=5e-3)


def test_weather_inverts_the_helmholtz_operator():
    grid = LatLonGrid.regular(24, 48)
    weather = Weather(grid, 800e3, 10.0, 5.0, np.random.default_rng(0))
    white = np.random.default_rng(1).standard_normal(grid.shape)
    waves = np.fft.rfft(white, axis=1).T[..., None]
    ours = np.fft.irfft((weather._inverse @ waves)[..., 0].T, 48, axis=1)
    matrix = (eye(white.size) - 800e3**2 * laplacian(grid)).tocsc()
    direct = spsolve(matrix, spsolve(matrix, white.ravel())).reshape(grid.shape)
    np.testing.assert_allclose(ours, direct, atol=1e-12)


def test_weather_has_unit_variance_everywhere():
    weather = Weather(LatLonGrid.regular(24, 48), 800e3, 1e-3, 5.0, np.random.default_rng(2))
    fields = np.stack([weather.advance() for _ in range(400)])
    by_latitude = (fields**2).mean(axis=(0, 2))
    np.testing.assert_allclose(by_latitude, 1.0, atol=0.25)


def test_gyres_do_not_cross_coasts(geography):
    psi = gyres(MEMBERS[0], geography)
    land = ~geography.ocean[0]
    assert np.ptp(psi[land & ~geography.antarctica]) < 1e-6
    assert np.allclose(psi[geography.antarctica], MEMBERS[0].circumpolar)


def test_western_boundary_currents_are_the_strong_ones(geography):
    """Off the eastern United States the flow is faster than off Portugal, and northward."""
    _, v = velocity(gyres(MEMBERS[0], geography), geography.grid)
    grid = geography.grid
    row = np.argmin(np.abs(grid.latitude - 31))
    atlantic = geography.ocean[0][row] & (grid.longitude > -82) & (grid.longitude < -10)
    flow = v[row, atlantic]
    assert flow[:3].max() > 0.05
    assert flow[:3].max() > 3 * np.abs(flow[-3:]).max()


def test_the_mixed_layer_is_mixed_and_the_thermocline_below_it(geography):
    climate = Climatology(MEMBERS[0], geography)
    assert (climate.mixed_layer(2.2) > 9).all() and (climate.mixed_layer(8.0) > 9).all()
    z = np.arange(0, 1000, 5.0)
    for month in (1.5, 7.5):
        profile = climate.temperature(month, z)
        layer = climate.mixed_layer(month)
        open_sea = geography.ocean[-1] & (np.abs(geography.grid.latitude) < 40)[:, None]
        steepest = z[np.argmin(np.diff(profile, axis=0), axis=0)]
        assert (steepest >= 0.8 * layer - 5)[open_sea].all()
        inside = z[:, None, None] < 0.6 * layer
        surface = np.broadcast_to(profile[0], profile.shape)
        spread = np.where(inside, np.abs(profile - surface), 0)[:, open_sea]
        assert spread.max() < 0.5


def test_seasons_are_opposite(decade, geography):
    north = geography.grid.latitude > 25
    south = (geography.grid.latitude < -25) & (geography.grid.latitude > -55)
    cycle = np.stack([decade[m::12, 0].mean(axis=0) for m in range(12)])
    assert np.nanmean(cycle[:, north], axis=(1, 2)).argmax() in (7, 8)
    assert np.nanmean(cycle[:, south], axis=(1, 2)).argmax() in (1, 2)


def test_the_same_seed_gives_the_same_bytes(geography):
    one = simulate(MEMBERS[0], geography, years=1, spin_up=0)
    two = simulate(MEMBERS[0], geography, years=1, spin_up=0)
    assert one.tobytes() == two.tobytes()
    other = simulate(MEMBERS[0], geography, years=1, spin_up=0, seed=1)
    assert one.tobytes() != other.tobytes()


def test_members_and_truth_differ_in_configuration_and_outcome(geography):
    oceans = (*MEMBERS, TRUTH)
    assert len({o.name for o in oceans}) == len({o.seed for o in oceans}) == 4
    parameters = [replace(o, name="", seed=0) for o in oceans]
    assert all(a != b for i, a in enumerate(parameters) for b in parameters[:i])
    means = [Simulation(o, geography)._fine.mean(axis=0) for o in oceans]
    bias = np.sqrt(np.mean((means[3] - np.mean(means[:3], axis=0)) ** 2))
    assert 0.03 < bias < 1.0  # a bias, but a modest one


def test_values_are_those_of_sea_water(decade, geography):
    assert decade.shape == (120, *geography.ocean.shape)
    np.testing.assert_array_equal(
        np.isfinite(decade), np.broadcast_to(geography.ocean, decade.shape)
    )
    assert np.nanmin(decade) >= -1.8001
    assert np.nanmax(decade) < 36


@pytest.fixture(scope="module")
def anomaly(decade, geography):
    """Anomalies [120, C, N] of the open ocean between 50°S and 50°N."""
    clim = np.stack([decade[m::12].mean(axis=0) for m in range(12)])
    low = geography.ocean[-1] & (np.abs(geography.grid.latitude) < 50)[:, None]
    return (decade - np.tile(clim, (10, 1, 1, 1)))[:, :, low]


def _gaussian_twin(series, seed):
    """Series [T, N] with the same spectra and cross-spectra but random phases: Gaussian."""
    waves = np.fft.rfft(series, axis=0)
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, (waves.shape[0], 1))
    twin = np.fft.irfft(waves * np.exp(1j * angle), series.shape[0], axis=0)
    return twin / twin.std(axis=0)


def test_anomalies_are_of_oceanic_size_and_last(anomaly):
    std = anomaly.std(axis=0).mean(axis=1)
    assert (std[:4] > 0.25).all() and (std < 1.5).all()
    assert std[-1] < 0.5 * std[:4].max()  # 700 m is quieter than the thermocline
    z = anomaly / anomaly.std(axis=0)
    assert ((z[1:] * z[:-1]).mean(axis=(0, 2)) > 0.6).all()


def test_anomalies_are_smooth_not_grid_point_noise(decade, geography):
    clim = np.stack([decade[m::12].mean(axis=0) for m in range(12)])
    z = decade - np.tile(clim, (10, 1, 1, 1))
    z = z / np.where(geography.ocean, z.std(axis=0), np.nan)
    neighbour = np.nanmean(z * np.roll(z, 1, axis=3), axis=(0, 2, 3))
    assert (neighbour > 0.35).all()  # noise would give 0; cells are up to 600 km wide here


def test_anomalies_are_not_gaussian(anomaly):
    """Skewness and tails exceed those of every one of 40 Gaussian twins with the same spectra."""
    level = 3  # 150 m
    z = anomaly[:, level] / anomaly[:, level].std(axis=0)
    shape = lambda x: (np.abs((x**3).mean(axis=0)).mean(), np.quantile((x**4).mean(axis=0), 0.9))
    twins = np.array([shape(_gaussian_twin(z, seed)) for seed in range(40)])
    skewness, tails = shape(z)
    assert skewness > twins[:, 0].max()
    assert tails > twins[:, 1].max()


def test_warm_events_are_the_larger_ones():
    from thermocline.simulate.el_nino import ElNino

    series = []
    for seed in range(4):
        event = ElNino(MEMBERS[0], np.random.default_rng(seed))
        for step in range(73 * 60):
            series.append(event.advance(5.0, 12 * (step % 73) / 73)[0])
    t = np.array(series)
    assert 0.5 < t.std() < 1.6
    assert ((t - t.mean()) ** 3).mean() / t.std() ** 3 > 0.1
