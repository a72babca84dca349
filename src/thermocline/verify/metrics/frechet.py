"""The Fréchet distance between two sets of feature vectors, each taken as a Gaussian.

    d² = ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½)

is the squared 2-Wasserstein distance of N(μ₁, Σ₁) and N(μ₂, Σ₂) (Dowson & Landau, 1982, J.
Multivariate Analysis) and what FID and its relatives report (Heusel et al., 2017, NeurIPS). The
trace of (Σ₁Σ₂)^½ is the sum of the singular values of Σ₁^½ Σ₂^½: no root of a matrix that is not
symmetric is taken, and singular covariances are allowed.

From finite samples d² is too large. Its mean is a + b/N to first order, with b > 0, and b depends
on the model that is judged. Hence a is reported: d² is computed on parts of the sets, and the line
is continued to 1/N = 0 (Chong & Forsyth, 2020, CVPR). Both sets are divided alike here, because
the real one is finite, too.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData

PARTS = (1, 2, 4)
"""Into how many parts the sets are divided, for the line over 1/N."""


def frechet_distance(first: NDArray, second: NDArray) -> float:
    """d² between two sets of features [N, F] and [M, F], in squared units of a feature.

    Raises:
        BadData: for other shapes, fewer than two vectors in a set, or values that are not finite.
    """
    (mean, covariance), (other_mean, other) = _moments(first), _moments(second)
    if mean.size != other_mean.size:
        raise BadData(f"{mean.size} features against {other_mean.size}", where="Fréchet distance")
    return frechet_of_moments(mean, covariance, other_mean, other)


def frechet_of_moments(
    mean: NDArray, covariance: NDArray, other_mean: NDArray, other_covariance: NDArray
) -> float:
    """d² between two Gaussians, of means [F] and covariances [F, F]."""
    root, other_root = _root(covariance), _root(other_covariance)
    overlap = np.linalg.svd(root @ other_root, compute_uv=False).sum()
    spread = np.trace(covariance) + np.trace(other_covariance) - 2 * overlap
    # Rounding may leave −1e-16 of the traces; the exact value is never negative.
    return float(np.sum((mean - other_mean) ** 2) + max(spread, 0.0))


def frechet_limit(first: NDArray, second: NDArray, parts: Sequence[int] = PARTS) -> float:
    """d² continued to infinitely many vectors in both sets; see the module.

    It may be slightly negative for sets of one distribution: with 64 features and two sets of 400
    vectors the plain distance is 5.6, and the limit 0.07. It holds for independent vectors: states
    that follow each other by days make it too large, thin them first.

    Args:
        first: [N, F].
        second: [M, F].
        parts: each set is divided at random into this many parts, at least two different numbers;
            the distances of the parts, taken in pairs, are averaged.

    Raises:
        BadData: if a part has not more vectors than features, where the line does not hold.
    """
    smallest = min(len(first), len(second)) // max(parts)
    if smallest <= np.shape(first)[-1]:
        raise BadData(
            f"{smallest} vectors of {np.shape(first)[-1]} features in the smallest part",
            where="Fréchet distance",
            fix="give more states, fewer features or fewer parts",
        )
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(first), rng.permutation(second)
    divided = [zip(*(np.array_split(s, k) for s in shuffled), strict=True) for k in parts]
    distances = [np.mean([frechet_distance(a, b) for a, b in pairs]) for pairs in divided]
    # The number of parts is proportional to 1/N; at 0 parts N is infinite.
    return float(np.polyfit(parts, distances, 1)[1])


def _moments(features: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values = np.asarray(features, np.float64)
    if values.ndim != 2 or len(values) < 2 or not np.isfinite(values).all():
        raise BadData(
            f"features of shape {values.shape} are not two or more finite vectors",
            where="Fréchet distance",
            fix="give [states, features]",
        )
    return values.mean(axis=0), np.atleast_2d(np.cov(values, rowvar=False))


def _root(covariance: NDArray) -> NDArray[np.float64]:
    """The symmetric square root; eigenvalues that rounding made negative are 0."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
