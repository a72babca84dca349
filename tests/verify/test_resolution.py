"""Effective resolution and power of the finest scales, where both are known in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermocline.ocean.latlon import LatLonGrid
from thermocline.verify.metrics.resolution import (
    OCTAVES,
    box_spectra,
    effective_resolution,
    land_free_boxes,
    share_of_power,
    wavenumbers,
)

K = np.arange(1.0, 65) / 640  # cycles per km: waves of 640 to 10 km


def test_white_error_on_a_red_field_reaches_half_where_the_powers_say():
    truth = 4.0 * K**-2.0
    # 500 = ½ · 4 k⁻² at k = √0.004; a straight line in log k between rings is very near it.
    error = np.full(K.size, 500.0)
    assert effective_resolution(K, error, truth) == pytest.approx(1 / np.sqrt(0.004), rel=1e-3)


def test_a_filter_that_takes_all_beyond_a_wavenumber_has_its_resolution():
    truth = K**-3.0
    for cut in (5, 20, 63):
        error = np.where(np.arange(64) >= cut, truth, 0.0)
        found = effective_resolution(K, error, truth)
        assert 1 / K[cut] < found < 1 / K[cut - 1]
        # The step is a straight line in log k between two rings: its half is their middle.
        assert found == pytest.approx(1 / np.sqrt(K[cut] * K[cut - 1]), rel=1e-12)


def test_ends_of_the_spectrum():
    assert effective_resolution(K, 0 * K, 1 + K) == pytest.approx(1 / K[-1])
    assert effective_resolution(K, 1 + K, 1 + K) == np.inf


def test_a_low_passed_field_is_resolved_to_its_filters_wavelength():
    grid = LatLonGrid(np.arange(-3.2, 3.2, 0.1) + 0.05, np.arange(10, 16.4, 0.1) + 0.05)
    rng = np.random.default_rng(0)
    k = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64)[None])
    k[0, 0] = np.inf
    error, truth = 0.0, 0.0
    for _ in range(24):
        waves = np.fft.fft2(rng.standard_normal((64, 64))) / k**1.5
        field, smooth = (np.fft.ifft2(w).real for w in (waves, waves * (k < 1 / 8)))
        both = box_spectra(np.stack([smooth - field, field]), grid, [np.s_[:, :]], 64)
        error, truth = error + both[0], truth + both[1]
    found = effective_resolution(wavenumbers(grid, 64), error, truth)
    # 8 cells of 0.1°; the Hann window blurs k by a ring, 1/8 of the wavenumber.
    assert found == pytest.approx(8 * 0.1 * 111.19, rel=0.08)


def test_rings_are_the_same_at_every_latitude_and_hold_their_share_of_white_noise():
    rng = np.random.default_rng(1)
    shares = []
    for south in (-2.0, 30.0, 60.0):
        grid = LatLonGrid(south + 0.1 * np.arange(40), 20 + 0.1 * np.arange(50))
        np.testing.assert_allclose(
            wavenumbers(grid, 32), wavenumbers(grid, 32)[0] * np.arange(1, 17)
        )
        assert wavenumbers(grid, 32)[-1] == pytest.approx(1 / (2 * 11.119), rel=1e-4)
        fields = rng.standard_normal((60, 40, 50))
        power = box_spectra(fields, grid, land_free_boxes(np.ones((40, 50), bool), 32), 32)
        # White noise fills the rectangle of wavenumbers evenly; the rings are a disc of it.
        dx = 11.119 * np.cos(np.radians(south + 2.0))
        disc = np.pi * (16.5 / (32 * 11.119)) ** 2 * dx * 11.119
        shares.append(power.sum(axis=1).mean() / disc)
    # A plane and a mean are removed: a little less than all of it.
    np.testing.assert_allclose(shares, 1.0, atol=0.05)


def test_share_of_power():
    truth = K**-2.0
    assert share_of_power(K, 0.7 * truth, truth) == pytest.approx(0.7)
    smooth = np.where(0.5 * K[-1] < K, 0.0, truth)
    assert share_of_power(K, smooth, truth, OCTAVES[2]) == pytest.approx(
        truth[31] / truth[31:].sum()
    )
    assert share_of_power(K, smooth, truth, OCTAVES[1]) == 1.0
    parts = [truth[(a * K[-1] <= K) & ((b * K[-1] > K) | (b == 1))].sum() for a, b in OCTAVES]
    assert sum(parts) == pytest.approx(truth[K[-1] / 8 <= K].sum())
    # A box of 20 cells has its longest wave at a tenth of Nyquist: that ring counts.
    small = np.arange(1.0, 11) / (20 * 27.8)
    assert share_of_power(small, np.eye(10)[0], np.ones(10)) == pytest.approx(0.1)


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_boxes_are_sea_and_do_not_overlap(seed, size):
    ocean = np.random.default_rng(seed).random((14, 17)) > 0.06
    boxes = land_free_boxes(ocean, size)
    used = np.zeros(ocean.shape, int)
    for box in boxes:
        used[box] += 1
        assert ocean[box].shape == (size, size) and ocean[box].all()
    assert used.max(initial=0) <= 1
    # None is left out that would fit beside those found.
    free = ocean & (used == 0)
    rows, columns = (n - size + 1 for n in ocean.shape)
    assert not any(
        free[r : r + size, c : c + size].all() for r in range(rows) for c in range(columns)
    )
