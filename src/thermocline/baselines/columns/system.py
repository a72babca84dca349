"""The linear system of column OI: S x = d, S = H C Hᵀ + R, of n columns with r observations each.

A few columns are solved by S itself, factorised; many by conjugate gradients, for which S is never
formed: products with C are convolutions by FFT.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from thermocline.baselines.columns.homogeneous import HomogeneousCovariance

NUGGETS = 1e-5, 1e-3, 1e-2
"""Shares of the variance: tapered covariances of columns side by side are not always positive."""
DIRECT = 4000
"""Largest number of observations for which S is formed and factorised."""
CLOSE, ITERATIONS = 3e-4, 300
"""Iterations end when what is left is so small a part of the innovations, or after so many."""
Array = NDArray[np.float64]


class Seen(NamedTuple):
    """Observed columns: flat cells [n], U of each [n, K, r], variances of Uᵀ c [n, r]."""

    place: NDArray[np.int64]
    u: NDArray[np.float32]
    error: Array


def solved(c: HomogeneousCovariance, of: Seen, d: NDArray) -> Array:
    """S⁻¹ d of right-hand sides [m, n, r]."""
    return (directly if d[0].size <= DIRECT else by_iteration)(c, of, d)


def blocks(c: HomogeneousCovariance, of: Seen, one: NDArray, other: NDArray) -> NDArray[np.float32]:
    """S between columns numbered `one` and `other` [..., r, r]; the shapes broadcast."""
    u, v = of.u[one], of.u[other]
    between = c.among(of.place[one], of.place[other])
    found = np.einsum("...ka,...kl,...lb->...ab", u, between, v, optimize=True)
    same = (one == other)[..., None, None]
    error = of.error[one][..., None] * np.eye(u.shape[-1])
    return (found + np.where(same, error, 0)).astype(np.float32)


def directly(c: HomogeneousCovariance, of: Seen, d: NDArray) -> NDArray[np.float64]:
    """S⁻¹ d of right-hand sides [m, n, r]."""
    (n, r), size = d.shape[1:], d[0].size
    one, other = np.tril_indices(n)  # of S, what is factorised
    s = np.zeros((n, r, n, r), np.float32)
    s[one, :, other] = blocks(c, of, one, other)
    known = factor(s.reshape(size, size), np.trace(c.here) / len(c.here))
    found = cho_solve(known, d.reshape(len(d), size).T.astype(np.float32))
    return np.asarray(found.T.reshape(d.shape), np.float64)


def by_iteration(c: HomogeneousCovariance, of: Seen, d: NDArray) -> NDArray[np.float64]:
    """The same by conjugate gradients: S is never formed, products with C are by FFT.

    Each column's own part of S is the preconditioner.
    """
    number, (rows, columns) = np.arange(len(of.place)), np.divmod(of.place, c.shape[1])
    near = np.linalg.inv(blocks(c, of, number, number).astype(np.float64))
    inner = lambda a, b: np.einsum("mnr,mnr->m", a, b)[:, None, None]

    def product(w: NDArray) -> NDArray:
        fields = c.increments(of.place, np.einsum("nkr,mnr->mnk", of.u, w))
        seen = np.einsum("nkr,mkn->mnr", of.u, fields[..., rows, columns])
        return np.asarray(seen + of.error * w)

    found, left = np.zeros(d.shape), d.astype(np.float64)
    step = direction = np.einsum("nrq,mnq->mnr", near, left)
    size = first = inner(left, step)
    for _ in range(ITERATIONS):
        if (size <= CLOSE**2 * first).all():
            break
        image = product(direction)
        length = size / np.maximum(inner(direction, image), 1e-30)
        found, left = found + length * direction, left - length * image
        step = np.einsum("nrq,mnq->mnr", near, left)
        before, size = size, inner(left, step)
        direction = step + size / np.maximum(before, 1e-30) * direction
    return found


def factor(s: NDArray[np.float32], variance: float) -> tuple[NDArray, bool]:
    """Cholesky factor of S, with the least of some shares of the variance added that allows one.

    Single precision: errors are far larger than what it rounds away, and it is twice as fast.
    """
    for share in NUGGETS:
        try:
            flat = s + np.float32(share * variance) * np.eye(len(s), dtype=np.float32)
            return cho_factor(flat, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError:
            if share == NUGGETS[-1]:
                raise
    raise AssertionError
