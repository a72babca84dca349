"""Optimal interpolation of observed columns, each a linear view of K coefficient fields.

    x_a = C Hᵀ S⁻¹ d,     S = H C Hᵀ + R,     P = C(0) − C Hᵀ S⁻¹ H C

C depends on lags alone (`LagCovariance`): increments are convolutions by FFT, draws of the prior
come from the square root of its spectrum, and C Hᵀ is never formed. An observed column p gives
information A = Eᵀ R⁻¹ E of its coefficients; its eigenvectors U turn the column into K independent
observations Uᵀ c with variances 1/λ, whichever levels were observed. The diagonal of P counts, for
each cell, only the nearest columns (Cressman's selection): what others add there is little.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.spatial import cKDTree

from thermocline.baselines.columns.lag_covariance import LagCovariance
from thermocline.baselines.columns.system import Seen, blocks, solved

NEAREST = 4
"""Nearest columns that a posterior variance takes into account."""
NO_INFORMATION = 1e-6
"""Smallest λ: unobserved directions have an error variance of 10⁶."""
CELLS = 512
"""Cells whose variances are computed at once."""

Array = NDArray[np.float64]


class ColumnOI:
    """OI on a homogeneous grid.

    Args:
        covariance: of K coefficient fields, faded to zero within its reach.
        shape: rows and columns of the grid.
    """

    def __init__(self, covariance: LagCovariance, shape: tuple[int, int]):
        self.covariance, self.shape = covariance, shape
        reach = covariance.reach
        self._size = tuple(fft.next_fast_len(side + reach + 1, real=True) for side in shape)
        torus = np.zeros((*covariance.values.shape[:2], *self._size), np.float32)
        lags = np.arange(-reach, reach + 1)
        rows, columns = np.ix_(lags % self._size[0], lags % self._size[1])
        torus[..., rows, columns] = covariance.values
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
        reach = self.covariance.reach + 1
        (i, j), (k, m) = (np.divmod(place, self.shape[1]) for place in (one, other))
        y, x = (np.clip(d, -reach, reach) + reach for d in (i - k, j - m))
        return np.moveaxis(self._lags[..., y, x], (0, 1), (-2, -1))

    def analyse(
        self,
        place: NDArray[np.int64],
        information: Array,
        evidence: Array,
        rngs: Sequence[np.random.Generator],
        cells: NDArray[np.int64],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Mean [K, H, W], posterior covariance of `cells` [s, K, K], and draws [M, K, H, W].

        Args:
            place: flat cells [n] of the observed columns, each once.
            information: A = Eᵀ R⁻¹ E of each [n, K, K].
            evidence: Eᵀ R⁻¹ d of each [n, K], d the column less its prior mean.
            rngs: of each draw, which depends on nothing else that is random; draws are solved for
                together, and so depend on how many they are by rounding.
            cells: flat cells [s] whose covariance is asked for.
        """
        prior, members = self.draws(rngs), len(rngs)
        here = self.here
        if not len(place):
            spread = np.broadcast_to(here.astype(np.float32), (len(cells), *here.shape))
            return np.zeros((len(here), *self.shape), np.float32), spread, prior
        strength, u = np.linalg.eigh(information)
        strength = np.maximum(strength, NO_INFORMATION)
        y = np.einsum("nkr,nk->nr", u, evidence) / strength
        n, k = y.shape
        rows, columns = np.divmod(place, self.shape[1])
        noise = np.reshape([rng.standard_normal((n, k)) for rng in rngs], (members, n, k))
        seen = y + noise / np.sqrt(strength)
        seen -= np.einsum("nkr,mkn->mnr", u, prior[..., rows, columns])
        innovations = np.concatenate([y[None], seen])
        columns_seen = Seen(place, u.astype(np.float32), 1 / strength)
        weights = solved(self, columns_seen, innovations)
        moved = self.increments(place, np.einsum("nkr,mnr->mnk", u, weights))
        spread = self._spread(columns_seen, cells)
        return moved[0], spread, prior + moved[1:]

    def _spread(self, of: Seen, cells: NDArray[np.int64]) -> NDArray[np.float32]:
        if not len(cells):
            return np.zeros((0, *self.here.shape), np.float32)
        where = lambda at: np.stack(np.divmod(at, self.shape[1]), axis=-1)
        count, k = min(NEAREST, len(of.place)), of.u.shape[-1]
        _, near = cKDTree(where(of.place)).query(where(cells), k=count)
        # Cells that have the same nearest columns share their matrix, which is inverted once.
        sets, which = np.unique(
            np.sort(near.reshape(len(cells), count)), axis=0, return_inverse=True
        )
        local = blocks(self, of, sets[:, :, None], sets[:, None]).transpose(0, 1, 3, 2, 4)
        local = local.reshape(len(sets), count * k, count * k).astype(np.float64)
        inverse = np.linalg.inv(local + 1e-5 * np.eye(count * k)).astype(np.float32)
        made = np.empty((len(cells), k, k), np.float32)
        for first in range(0, len(cells), CELLS):
            chosen = which.reshape(-1)[first : first + CELLS]
            part, at = sets[chosen], cells[first : first + CELLS, None]
            gain = np.einsum(
                "cnkl,cnlr->cnrk", self.among(at, of.place[part]), of.u[part], optimize=True
            )
            gain = gain.reshape(len(part), count * k, k)
            made[first : first + CELLS] = self.here - gain.swapaxes(1, 2) @ inverse[chosen] @ gain
        return made

    def _filtered(self, fields: NDArray, response: NDArray) -> NDArray[np.float32]:
        """Fields [..., K, *size] through a response [k, l, K, K], cut to the grid."""
        many = fields.reshape(-1, *fields.shape[-3:])
        waves = np.ascontiguousarray(fft.rfft2(many).transpose(2, 3, 1, 0))
        made = np.ascontiguousarray((response @ waves).transpose(3, 2, 0, 1))
        whole = fft.irfft2(made, self._size)[..., : self.shape[0], : self.shape[1]]
        return whole.astype(np.float32).reshape(*fields.shape[:-2], *self.shape)
