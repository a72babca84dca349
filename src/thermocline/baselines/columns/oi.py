"""Optimal interpolation of observed columns, each a linear view of K coefficient fields.

    x_a = C Hᵀ S⁻¹ d,     S = H C Hᵀ + R,     P = C(0) − C Hᵀ S⁻¹ H C

C depends on lags alone (`HomogeneousCovariance`), and C Hᵀ is never formed. An observed column p
gives information A = Eᵀ R⁻¹ E of its coefficients; its eigenvectors U turn the column into K
independent observations Uᵀ c with variances 1/λ, whichever levels were observed. The diagonal of P
counts, for each cell, only the nearest columns (Cressman's selection): what others add there is
little.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from thermocline.baselines.columns.homogeneous import HomogeneousCovariance
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
    """OI whose prior is homogeneous on a grid.

    Args:
        covariance: of K coefficient fields, faded to zero within its reach.
        shape: rows and columns of the grid.
    """

    def __init__(self, covariance: LagCovariance, shape: tuple[int, int]):
        self.prior = HomogeneousCovariance(covariance, shape)

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
        drawn, members = self.prior.draws(rngs), len(rngs)
        here, shape = self.prior.here, self.prior.shape
        if not len(place):
            spread = np.broadcast_to(here.astype(np.float32), (len(cells), *here.shape))
            return np.zeros((len(here), *shape), np.float32), spread, drawn
        strength, u = np.linalg.eigh(information)
        strength = np.maximum(strength, NO_INFORMATION)
        y = np.einsum("nkr,nk->nr", u, evidence) / strength
        n, k = y.shape
        rows, columns = np.divmod(place, shape[1])
        noise = np.reshape([rng.standard_normal((n, k)) for rng in rngs], (members, n, k))
        seen = y + noise / np.sqrt(strength)
        seen -= np.einsum("nkr,mkn->mnr", u, drawn[..., rows, columns])
        innovations = np.concatenate([y[None], seen])
        columns_seen = Seen(place, u.astype(np.float32), 1 / strength)
        weights = solved(self.prior, columns_seen, innovations)
        moved = self.prior.increments(place, np.einsum("nkr,mnr->mnk", u, weights))
        spread = self._spread(columns_seen, cells)
        return moved[0], spread, drawn + moved[1:]

    def _spread(self, of: Seen, cells: NDArray[np.int64]) -> NDArray[np.float32]:
        prior = self.prior
        if not len(cells):
            return np.zeros((0, *prior.here.shape), np.float32)
        where = lambda at: np.stack(np.divmod(at, prior.shape[1]), axis=-1)
        count, k = min(NEAREST, len(of.place)), of.u.shape[-1]
        _, near = cKDTree(where(of.place)).query(where(cells), k=count)
        # Cells that have the same nearest columns share their matrix, which is inverted once.
        sets, which = np.unique(
            np.sort(near.reshape(len(cells), count)), axis=0, return_inverse=True
        )
        local = blocks(prior, of, sets[:, :, None], sets[:, None]).transpose(0, 1, 3, 2, 4)
        local = local.reshape(len(sets), count * k, count * k).astype(np.float64)
        inverse = np.linalg.inv(local + 1e-5 * np.eye(count * k)).astype(np.float32)
        made = np.empty((len(cells), k, k), np.float32)
        for first in range(0, len(cells), CELLS):
            chosen = which.reshape(-1)[first : first + CELLS]
            part, at = sets[chosen], cells[first : first + CELLS, None]
            gain = np.einsum(
                "cnkl,cnlr->cnrk", prior.among(at, of.place[part]), of.u[part], optimize=True
            )
            gain = gain.reshape(len(part), count * k, k)
            made[first : first + CELLS] = prior.here - gain.swapaxes(1, 2) @ inverse[chosen] @ gain
        return made
