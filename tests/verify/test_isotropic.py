"""Spectra of the largest square of sea: white noise, a power law, and land that is not read."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.isotropic import isotropic_spectra, largest_square

OCEAN = np.zeros((80, 90), bool)
OCEAN[10:74, 20:84] = True  # 64 × 64
OCEAN[:, 5:12] = True  # long and narrow


def test_the_largest_square():
    assert largest_square(OCEAN) == (slice(10, 74), slice(20, 84))
    holed = OCEAN.copy()
    holed[40, 50] = False
    rows, columns = largest_square(holed)
    # Beside the hole are 30, 33, 30 and 33 free rows or columns.
    assert rows.stop - rows.start == columns.stop - columns.start == 33
    assert holed[rows, columns].all()
    with pytest.raises(BadData, match="no square"):
        largest_square(OCEAN[:, :12])


def test_white_noise_rises_with_the_circumference_of_the_rings():
    states = np.random.default_rng(0).standard_normal((2, 20, 80, 90))
    states[..., ~OCEAN] = np.nan
    k, power = isotropic_spectra(states, OCEAN, spacing=25.0)
    assert power.shape == (2, 20, 32)
    np.testing.assert_allclose(k, np.arange(1, 33) / (64 * 25.0))
    modes = np.rint(np.hypot(*np.meshgrid(*2 * [np.fft.fftfreq(64) * 64]))).astype(int)
    expected = np.bincount(modes.ravel())[1:32] / 64**2  # the last ring has the corners, too
    mean = power.mean(axis=(0, 1))[:31]
    # About 2πk·40/2.3 independent values a ring: 5 % at k = 5, less beyond.
    np.testing.assert_allclose(mean[4:], expected[4:], rtol=0.15)
    assert power.sum(axis=-1).mean() == pytest.approx(1, abs=0.02)


def test_a_field_of_known_slope():
    # Amplitudes k⁻² in two dimensions: power k⁻⁴, summed over rings k⁻³.
    rng = np.random.default_rng(1)
    f = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None, :])
    amplitude = np.where(f > 0, f, np.inf) ** -2
    noise = rng.standard_normal((30, 128, 128))
    fields = np.fft.ifft2(np.fft.fft2(noise) * amplitude).real[:, :80, :90]
    k, power = isotropic_spectra(fields, OCEAN, spacing=10.0)
    chosen = slice(4, 24)
    slope = np.polyfit(np.log(k[chosen]), np.log(power.mean(axis=0)[chosen]), 1)[0]
    assert slope == pytest.approx(-3, abs=0.1)
