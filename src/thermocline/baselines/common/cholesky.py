"""S = H B Hᵀ + R: its Cholesky factor, solutions, inverse, and explained variances."""

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Factor = NDArray[np.float64]
Rows = NDArray[np.float32]


def factorise(covariance: NDArray[np.float64], s_y: NDArray) -> Factor:
    """Lower Cholesky factor of `covariance` (its upper triangle; overwritten) + diag(s_y²).

    A billionth of the largest variance is added, so that perfect observations of values that
    depend on one another do not end in a singular matrix.
    """
    if not len(covariance):
        return covariance
    diagonal = np.diagonal(covariance).copy()
    np.fill_diagonal(covariance, diagonal + s_y**2 + 1e-9 * max(diagonal.max(), 1e-3))
    # The transposed view is in LAPACK's order (no copy) and turns the triangle round.
    return scipy.linalg.cholesky(covariance.T, lower=True, overwrite_a=True, check_finite=False)


def solve(factor: Factor, right: NDArray[np.float64]) -> NDArray[np.float64]:
    """S⁻¹ · right from the factor of S."""
    if not len(factor):
        return right
    return scipy.linalg.cho_solve((factor, True), right, check_finite=False)


def invert(factor: Factor) -> NDArray[np.float64]:
    """S⁻¹ [p, p], in the place of its factor."""
    if not len(factor):
        return factor
    inverse, info = scipy.linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    if info:
        raise np.linalg.LinAlgError(f"dpotri: {info}")
    step = 512
    for i in range(0, len(inverse), step):  # mirror the lower triangle, by blocks
        block = slice(i, i + step)
        inverse[block, i + step :] = inverse[i + step :, block].T
        corner = np.tril(inverse[block, block])
        inverse[block, block] = corner + np.tril(corner, -1).T
    return inverse


def half(symmetric: Rows) -> Rows:
    """T [q, q], the lower triangle with which A = T + Tᵀ; only A's lower triangle is read."""
    triangle = np.tril(symmetric)
    triangle[np.diag_indices(len(triangle))] /= 2
    return triangle


def quadratic(rows: Rows, triangle: Rows) -> NDArray[np.float64]:
    """xᵀ A x = 2 xᵀ T x [v] of rows X [v, q], and T [q, q] of a symmetric A: see `half`.

    Half as many multiplications as with the square matrix.
    """
    turned = scipy.linalg.blas.strmm(1.0, triangle.T, rows.T)
    return 2 * np.einsum("qv,vq->v", turned, rows, dtype=np.float64)
