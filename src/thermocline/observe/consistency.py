"""Fields whose block means are what was observed, as far as that is certain.

With H the mean over the sea of each block, x is taken for a fine field whose error is smooth over
a block or two, and is conditioned on y = H x + s_y ε:

    x ← x + C Hᵀ (H C Hᵀ + S)⁻¹ (y − H x),     S = diag(s_y²)
    C = σ² P Pᵀ + κ² 1 1ᵀ,   κ → ∞

The columns of P are cubic B-splines, one a block, divided by their sum over the blocks with sea:
twice differentiable, wherever the coast runs, so that no block's edge is seen in a gradient, and
summing to 1 on every cell. The second part of C, a constant nobody knows beforehand (ordinary
kriging: Matheron, 1963), makes any shift of y a shift of x. In coefficients c of P, A = H P:

    (σ² A Aᵀ + S) z + c₀ 1 = y − H x,   1ᵀ z = 0,     x ← x + P (c₀ 1 + σ² Aᵀ z)

As s_y → 0 the block means become y. An analysis of members should be asked with y perturbed for
each (`project`'s second argument), if s_y is more than a formality.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution

SPLINE_VARIANCE = (151 / 315) ** 2
"""Mean of the sum of the squares of cubic B-splines one apart, in two dimensions."""


class Consistency:
    """The projection for one problem, factorised once and applied to any number of fields.

    Meant for some tens of blocks on a side; cut a globe into tiles (`observe.tiles`).

    Args:
        problem: y, s_y and the sea. Blocks without a value only receive what is beside them.
        error: σ, how far off x is at scales of a block, standard deviation in °C. Of interest
            only against s_y.
        exact: take s_y for 0, so that block means are y whatever its error.
    """

    def __init__(self, problem: LowResolution, error: float = 0.3, *, exact: bool = False):
        if not error > 0:
            raise BadData(f"error {error} °C", where="consistency", fix="give a positive one")
        factor, ocean, grid = problem.factor, problem.ocean, problem.grid
        self.ocean, self.factor = ocean, factor
        self.weight = grid.cell_area() * ocean
        self.sea = _any_of(ocean, factor)
        self.observed = problem.observed & self.sea
        self.y = problem.value
        rows, columns = problem.value.shape
        self.along = _splines(rows, factor, periodic=False)
        self.across = _splines(columns, factor, periodic=grid.periodic)
        total = self.along @ self.sea.astype(float) @ self.across.T
        self.inverse_total = ocean / np.where(ocean, total, 1)
        self.mean_of_splines = self._mean_of_splines()
        self.variance = error**2 / SPLINE_VARIANCE
        covariance = self.variance * (self.mean_of_splines @ self.mean_of_splines.T)
        s_y = np.zeros(self.y.shape) if exact else problem.s_y.astype(np.float64)
        self.solve = _solver(covariance + scipy.sparse.diags_array(s_y[self.observed] ** 2))
        self.solved_one = self.solve(np.ones((int(self.observed.sum()), 1)))

    def project(self, x: NDArray, y: NDArray | None = None) -> NDArray:
        """x [..., H, W] in °C with block means that agree with y; land is left as it was.

        Args:
            y: block means [..., h, w] to agree with instead of the problem's.
        """
        sea = np.where(self.ocean, x, np.nan)
        departure = (self.y if y is None else y) - block_mean(sea, self.weight, self.factor)
        change = self.increment(departure)
        return np.where(self.ocean, x + change, x).astype(np.result_type(x, np.float32))

    def increment(self, departure: NDArray) -> NDArray:
        """What y − H x [..., h, w] adds to x: [..., H, W], smooth; 0 on land."""
        leading, shape = departure.shape[:-2], self.ocean.shape
        if not self.observed.any():
            return np.zeros((*leading, *shape))
        flat = departure.reshape(-1, *self.sea.shape)[:, self.observed].T
        z = self.solve(flat.astype(np.float64))
        constant = z.sum(axis=0) / self.solved_one.sum()
        z -= self.solved_one * constant
        coefficients = np.zeros((flat.shape[1], *self.sea.shape))
        coefficients[:, self.sea] = (constant + self.variance * (self.mean_of_splines.T @ z)).T
        smooth = self.along @ coefficients @ self.across.T
        return (smooth * self.inverse_total).reshape(*leading, *shape)

    def _mean_of_splines(self) -> scipy.sparse.csr_array:
        """A = H P [blocks observed, blocks with sea]."""
        rows, columns = self.sea.shape
        number = np.arange(rows * columns).reshape(rows, columns)
        block = number.repeat(self.factor, axis=0).repeat(self.factor, axis=1).ravel()
        area = np.bincount(block, self.weight.ravel())
        share = (self.weight * self.inverse_total).ravel() / np.maximum(area, 1)[block]
        mean = scipy.sparse.csr_array((share, (block, np.arange(block.size))))
        splines = scipy.sparse.kron(*map(scipy.sparse.csr_array, (self.along, self.across)), "csr")
        return mean[self.observed.ravel()] @ splines[:, self.sea.ravel()]


def _splines(blocks: int, factor: int, *, periodic: bool) -> NDArray[np.float64]:
    """Cubic B-splines centred on blocks, at the centres of cells [factor · blocks, blocks]."""
    position = (np.arange(factor * blocks) + 0.5) / factor - 0.5
    apart = position[:, None] - np.arange(blocks)
    if periodic:
        turns = np.arange(-3, 4)[:, None, None]
        return _cubic(apart + turns * blocks).sum(axis=0)
    return _cubic(apart)


def _cubic(distance: NDArray) -> NDArray[np.float64]:
    """The cubic B-spline with knots at −2, −1, 0, 1, 2."""
    outer, inner = (np.maximum(reach - np.abs(distance), 0) ** 3 for reach in (2, 1))
    return (outer - 4 * inner) / 6


def _solver(matrix: scipy.sparse.sparray) -> Callable[[NDArray], NDArray]:
    """b ↦ matrix⁻¹ b for a sparse, symmetric, positive definite matrix."""
    if matrix.shape[0] == 0:
        return lambda b: b
    options = {"SymmetricMode": True}
    return scipy.sparse.linalg.splu(matrix.tocsc(), "MMD_AT_PLUS_A", options=options).solve


def _any_of(ocean: NDArray, factor: int) -> NDArray[np.bool_]:
    rows, columns = (size // factor for size in ocean.shape)
    return np.asarray(ocean.reshape(rows, factor, columns, factor).any(axis=(1, 3)))
