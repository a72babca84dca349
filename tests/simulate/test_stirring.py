"""Eddies that stir: exact shifts, a flow without divergence or leaks, fronts that no noise has."""

import numpy as np
import pytest

from thermocline.simulate import stirring
from thermocline.simulate.stirring import DAY, STEP, Eddies, Stirring

CELL = 5000.0
NUMBERS = Stirring(0.3, 80e3)


def eddies(wet=None, seed=0, size=64):
    wet = np.ones((size, size), bool) if wet is None else wet
    return Eddies(NUMBERS, wet, (CELL, 0.8 * CELL), np.random.default_rng(seed))


def test_splines_shift_by_whole_cells_exactly_and_between_them_closely():
    box = eddies()
    y = np.arange(64)[:, None] + np.zeros((1, 64))
    wave = np.sin(2 * np.pi * 3 * y / 64)
    coefficients = np.fft.irfft2(np.fft.rfft2(wave) / box._spline)
    for shift, error in ((5.0, 1e-12), (0.37, 5e-4)):
        place = box._cells - np.array([shift, 0])[:, None, None]
        expected = np.sin(2 * np.pi * 3 * (y - shift) / 64)
        found = stirring._at(coefficients, place, order=3)
        np.testing.assert_allclose(found, expected, atol=error)


def test_water_of_a_steady_uniform_stream_comes_from_upstream(monkeypatch):
    """ξ = −uτ(1 − exp(−t/τ)), whatever the step."""
    box = eddies()
    flow = np.stack([np.full((64, 64), 0.1), np.full((64, 64), -0.2)])
    monkeypatch.setattr(box, "velocity", lambda: flow)
    box._before = flow
    origin = box.advance(1.0)
    time, tau = round(1 / STEP) * STEP * NUMBERS.turnover, NUMBERS.memory
    expected = -flow * tau * -np.expm1(-time / tau)
    # The step forgets at its end what the equation forgets all along.
    np.testing.assert_allclose(origin, expected, rtol=STEP * NUMBERS.turnover / tau)


def test_the_flow_keeps_its_speed_and_diverges_nowhere():
    box = eddies()
    box.advance(1.0)
    north, east = box.velocity()
    assert np.sqrt(np.mean(north**2 + east**2)) == pytest.approx(NUMBERS.speed, rel=0.02)
    divergence = 1j * box._ky * np.fft.rfft2(north) + 1j * box._kx * np.fft.rfft2(east)
    divergence[32] = divergence[:, 32] = 0  # the shortest waves have no derivative on a grid
    strain = np.abs(1j * box._kx * np.fft.rfft2(north)).max()
    assert np.abs(divergence).max() < 1e-12 * strain


def test_nothing_flows_through_coasts():
    wet = np.ones((64, 64), bool)
    wet[20:40, 30:50] = False
    box = eddies(wet)
    box.advance(0.5)
    speed = np.hypot(*box.velocity())
    assert speed[24:36, 34:46].max() < 0.02 * NUMBERS.speed
    assert speed[wet].max() > NUMBERS.speed


def test_the_same_seed_gives_the_same_water_and_another_another():
    first, again, other = (eddies(seed=s).advance(0.3) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.5


def test_stirring_makes_fronts():
    """Gradients are more often steep than those of a field of random phases and that spectrum."""
    box = eddies(size=96)
    origin = box.advance(2.5)[0]

    def tails(field):
        steep = np.hypot(*np.gradient(field))
        return np.quantile(steep, 0.99) / np.median(steep)

    noise = np.fft.rfft2(np.random.default_rng(0).standard_normal(origin.shape))
    twin = np.fft.irfft2(np.abs(np.fft.rfft2(origin)) * noise / np.abs(noise), origin.shape)
    assert tails(origin) > 2 * tails(twin)
    assert origin.std() > 0.1 * NUMBERS.wavelength
    assert NUMBERS.turnover < NUMBERS.memory == 12 * DAY
