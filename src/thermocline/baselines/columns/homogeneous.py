"""A homogeneous covariance of K fields on a grid: what is asked of it is a convolution.

Increments are products with C by FFT, draws come from the square root of its spectrum, and C is
never formed. The grid is padded to a torus, so that no side sees the opposite one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from thermocline.baselines.columns.lag_covariance import LagCovariance


class HomogeneousCovariance:
    """The covariance C(x − y) of K coefficient fields between all cells of a grid.

    Args:
        lags: faded to zero within their reach.
        shape: rows and columns of the grid.

    Attributes:
        here: C(0) [K, K], as it is allowed: no variance of its spectrum is below zero.
    """

    def __init__(self, lags: LagCovariance, shape: tuple[int, int]):
        self.shape, self._reach = shape, lags.reach
        reach = self._reach
        self._size = tuple(fft.next_fast_len(side + reach + 1, real=True) for side in shape)
        torus = np.zeros((*lags.values.shape[:2], *self._size), np.float32)
        within = np.arange(-reach, reach + 1)
        rows, columns = np.ix_(within % self._size[0], within % self._size[1])
        torus[..., rows, columns] = lags.values
        values, vectors = np.linalg.eigh(fft.rfft2(torus).transpose(2, 3, 0, 1))
        # Covariances that are estimated lag by lag may have variances below zero: none is allowed.
        values = np.maximum(values, 0)[..., None, :]
        turned = vectors.conj().swapaxes(-1, -2)
        self._root = ((vectors * np.sqrt(values)) @ turned).astype(np.complex64)
        allowed = fft.irfft2(((vectors * values) @ turned).transpose(2, 3, 0, 1), self._size)
        torus[..., rows, columns] = allowed[..., rows, columns]
        self._waves = fft.rfft2(torus).transpose(2, 3, 0, 1).astype(np.complex64)
        self.here = torus[..., 0, 0]
        self._lags = np.pad(torus[..., rows, columns], ((0, 0), (0, 0), (1, 1), (1, 1)))

    def increments(self, place: NDArray[np.int64], weights: NDArray) -> NDArray[np.float32]:
        """Σ_p C(x − x_p) w_p [..., K, H, W], of weights [..., n, K] at flat cells `place` [n]."""
        rows, columns = np.divmod(place, self.shape[1])
        fields = np.zeros((*weights.shape[:-2], weights.shape[-1], *self._size), np.float32)
        fields[..., rows, columns] = np.moveaxis(weights, -1, -2)
        return self._filtered(fields, self._waves)

    def draws(self, rngs: Sequence[np.random.Generator]) -> NDArray[np.float32]:
        """Fields [M, K, H, W] of mean 0 and this covariance, one of each generator."""
        shape = self._waves.shape[-1], *self._size
        noise = np.empty((len(rngs), *shape), np.float32)
        for each, rng in zip(noise, rngs, strict=True):
            rng.standard_normal(dtype=np.float32, out=each)
        return self._filtered(noise, self._root)

    def among(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float32]:
        """C(x_one − x_other) [..., K, K] of flat cells [...]; shapes broadcast."""
        reach = self._reach + 1
        (i, j), (k, m) = (np.divmod(place, self.shape[1]) for place in (one, other))
        y, x = (np.clip(d, -reach, reach) + reach for d in (i - k, j - m))
        return np.moveaxis(self._lags[..., y, x], (0, 1), (-2, -1))

    def _filtered(self, fields: NDArray, response: NDArray) -> NDArray[np.float32]:
        """Fields [..., K, *size] through a response [k, l, K, K], cut to the grid."""
        many = fields.reshape(-1, *fields.shape[-3:])
        waves = np.ascontiguousarray(fft.rfft2(many).transpose(2, 3, 1, 0))
        made = np.ascontiguousarray((response @ waves).transpose(3, 2, 0, 1))
        whole = fft.irfft2(made, self._size)[..., : self.shape[0], : self.shape[1]]
        return whole.astype(np.float32).reshape(*fields.shape[:-2], *self.shape)
