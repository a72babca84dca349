"""Covariances of several fields by lag alone: homogeneous, and between every pair of fields.

    C_ij(τ) = E[z_i(x + τ) z_j(x)],      C_ji(−τ) = C_ij(τ)

Estimated from fields with gaps by Fourier transforms of the zero-padded fields and of their mask:
sums of products over sums of pairs (unbiased, so a taper has to follow before it is inverted).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from thermocline.baselines.common.localisation import gaspari_cohn

BATCH = 26
"""States that are transformed at once."""


@dataclass(frozen=True, eq=False)
class LagCovariance:
    """Covariances of D fields at lags up to R cells in each direction.

    Attributes:
        values: [D, D, 2 R + 1, 2 R + 1], rows and columns of τ from −R to R.
    """

    values: NDArray[np.float32]

    @property
    def reach(self) -> int:
        """R."""
        return (self.values.shape[-1] - 1) // 2

    @property
    def here(self) -> NDArray[np.float64]:
        """Covariance at one place, C(0) [D, D]."""
        return self.values[..., self.reach, self.reach].astype(np.float64)

    @classmethod
    def of(cls, fields: NDArray, ocean: NDArray[np.bool_], reach: int) -> "LagCovariance":
        """Of states [N, D, H, W] that are 0 on land, in one sea [H, W]."""
        size = tuple(fft.next_fast_len(side + reach, real=True) for side in ocean.shape)
        pairs = fft.irfft2(np.abs(fft.rfft2(ocean, size)) ** 2, size)
        total: NDArray = np.zeros(())
        for first in range(0, len(fields), BATCH):
            waves = fft.rfft2(fields[first : first + BATCH].astype(np.float32), size)
            waves = np.ascontiguousarray(waves.astype(np.complex64).transpose(2, 3, 1, 0))
            total = total + waves @ waves.conj().swapaxes(-1, -2)
        sums = fft.irfft2(total.transpose(2, 3, 0, 1), size)
        lags = np.arange(-reach, reach + 1)
        at = np.ix_(lags % size[0], lags % size[1])
        values = sums[..., *at] / np.maximum(len(fields) * pairs[at], 1e-6)
        # Lags that hardly any pair has say nothing.
        values = np.where(pairs[at] > 0.02 * ocean.sum(), values, 0)
        return cls(values.astype(np.float32))

    def tapered(self, radius: float) -> "LagCovariance":
        """Faded to zero at `radius` cells (Gaspari & Cohn, 1999), at most at the reach."""
        radius = min(radius, self.reach)
        reach = int(radius)
        inside = slice(self.reach - reach, self.reach + reach + 1)
        lags = np.arange(-reach, reach + 1)
        taper = gaspari_cohn(np.hypot(lags[:, None], lags), radius)
        return LagCovariance((self.values[..., inside, inside] * taper).astype(np.float32))

    def of_residual(self, fields: slice, given: NDArray, weights: NDArray) -> "LagCovariance":
        """Of r = c − B x, with c the `fields` [K], x those numbered `given` [P], B [K, P].

        C_rr = C_cc − B C_xc − C_cx Bᵀ + B C_xx Bᵀ     at every lag
        """
        c, b = self.values, weights.astype(np.float32)
        made = c[fields, fields].copy()
        if len(given):
            made -= np.einsum("kp,plyx->klyx", b, c[given, fields])
            made -= np.einsum("kpyx,lp->klyx", c[fields, given], b)
            made += np.einsum("kp,pqyx,lq->klyx", b, c[given][:, given], b, optimize=True)
        return LagCovariance(made)


def kernel_covariance(variance: NDArray, length: float, reach: int) -> LagCovariance:
    """Of independent fields: variance · exp(−d²/(2 length²)).

    Args:
        variance: of each field [K].
        length: cells.
        reach: cells; beyond about 3 lengths all is zero.
    """
    lags = np.arange(-reach, reach + 1)
    kernel = np.exp(-(lags[:, None] ** 2 + lags**2) / (2 * length**2))
    return LagCovariance((np.diag(variance)[..., None, None] * kernel).astype(np.float32))
