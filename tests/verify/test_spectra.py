"""Spectra: single waves, Parseval, and land that is never read."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.spectra import isotropic_spectrum, zonal_spectrum

WEIGHT = np.ones(4)


def test_a_wave_has_its_variance_at_its_wavenumber():
    angle = 2 * np.pi * np.arange(64) / 64
    field = np.tile(3 + 2 * np.cos(5 * angle), (4, 1))
    k, power = zonal_spectrum(field, np.ones((4, 64), bool), WEIGHT)
    assert k[4] == 5 and power[4] == pytest.approx(2.0)  # amplitude² / 2
    assert np.delete(power, 4).max() < 1e-20


@pytest.mark.parametrize("columns", [64, 65])
def test_parseval_round_a_full_circle(columns):
    field = np.random.default_rng(0).standard_normal((3, 4, columns))
    weight = np.array([1.0, 2.0, 3.0, 4.0])
    _, power = zonal_spectrum(field, np.ones((4, columns), bool), weight)
    expected = np.average(field.var(axis=-1).mean(axis=0), weights=weight)
    assert power.sum() == pytest.approx(expected, rel=1e-12)


def test_white_noise_keeps_its_level_when_land_is_in_the_way():
    rng = np.random.default_rng(1)
    ocean = np.ones((4, 128), bool)
    ocean[:, 30:40] = ocean[:, 90:100] = False
    field = rng.standard_normal((400, 4, 128))
    _, power = zonal_spectrum(field, ocean, WEIGHT)
    # Removing the windowed mean of L independent values of variance 1 leaves, of Σw²,
    # Σw² − 2 Σw³/Σw + (Σw²/Σw)². The Monte-Carlo error of the total is about 0.6 %.
    left = full = 0.0
    for length in (50, 58):
        w = np.hanning(length + 2)[1:-1]
        left += (w**2).sum() - 2 * (w**3).sum() / w.sum() + ((w**2).sum() / w.sum()) ** 2
        full += (w**2).sum()
    assert power.sum() == pytest.approx(left / full, rel=0.02)
    # 1600 rows of effectively half a spectrum each: 3.5 % a wavenumber, 50 of them within 3.5 σ.
    np.testing.assert_allclose(power[10:60], 2 / 128, rtol=0.12)


def test_land_is_never_read_and_short_straits_are_left_out():
    ocean = np.zeros((4, 64), bool)
    ocean[:, 50:] = ocean[:, :10] = True  # one stretch of 24 across the date line
    ocean[:, 20:25] = True  # a strait of 5
    field = np.random.default_rng(2).standard_normal((4, 64))
    _, power = zonal_spectrum(field, ocean, WEIGHT)
    field[~ocean] = np.nan
    field[:, 20:25] = 1e6
    _, again = zonal_spectrum(field, ocean, WEIGHT)
    np.testing.assert_array_equal(power, again)
    with pytest.raises(BadData, match="no stretch of 30"):
        zonal_spectrum(field, ocean, WEIGHT, shortest=30)


def test_smoothing_shows_at_small_scales():
    rng = np.random.default_rng(3)
    field = rng.standard_normal((4, 128))
    smooth = (np.roll(field, 1, -1) + 2 * field + np.roll(field, -1, -1)) / 4
    ocean = np.ones((4, 128), bool)
    k, rough = zonal_spectrum(field, ocean, WEIGHT)
    _, soft = zonal_spectrum(smooth, ocean, WEIGHT)
    np.testing.assert_allclose(soft, rough * np.cos(np.pi * k / 128) ** 4, atol=1e-12)


@pytest.mark.parametrize("shape", [(64, 64), (64, 32), (24, 96)])
def test_rings_hold_all_of_the_variance(shape):
    """Of long boxes, too, whose longest waves are longer than the short side: none is lost."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    field = np.cos(2 * np.pi * x / shape[1]) + np.sin(2 * np.pi * y / shape[0] + 1)
    plane = np.stack([np.ones(field.size), y.ravel(), x.ravel()], axis=1)
    left = field.ravel() - plane @ np.linalg.lstsq(plane, field.ravel(), rcond=None)[0]
    window = np.outer(*(np.hanning(n + 2)[1:-1] for n in shape)).ravel()
    expected = np.mean(((left - np.average(left, weights=window)) * window) ** 2)
    power = isotropic_spectrum(field, 10.0, 10.0)[1]
    assert power.sum() == pytest.approx(expected / np.mean(window**2), rel=1e-9)


@pytest.mark.parametrize("spacing", [9.26, 7.3, 25.0])
def test_rounding_takes_no_ring_away(spacing):
    for size in range(8, 60):
        k, _ = isotropic_spectrum(np.eye(size), spacing, spacing)
        assert len(k) == size // 2, size


def test_isotropic_spectrum_sums_to_the_variance_of_white_noise_and_finds_a_wave():
    rng = np.random.default_rng(4)
    fields = rng.standard_normal((60, 40, 50))
    totals = [isotropic_spectrum(f, 10.0, 10.0)[1].sum() for f in fields]
    assert np.mean(totals) == pytest.approx(1, abs=0.03)
    y = np.arange(64)[:, None] * 10.0
    x = np.arange(64)[None, :] * 10.0
    k, power = isotropic_spectrum(np.cos(2 * np.pi * (3 * x + 4 * y) / 640) + 0.02 * x, 10.0, 10.0)
    assert k[np.argmax(power)] == pytest.approx(5 / 640)
    with pytest.raises(BadData, match="missing"):
        isotropic_spectrum(np.full((8, 8), np.nan), 1.0, 1.0)
