"""Surface fields that cover a part of a region: answers between those with them and without.

Let κ be 1 in cells where a field has a value, and in gaps the share of the surrounding sea with
values. A regression on the field explains the share κ of the variance that it explains elsewhere:
with m₁ and v₁ the mean and variance of the answer with the field, m₀ and v₀ of the one without,

    m = κ m₁ + (1 − κ) m₀,      v = κ v₁ + (1 − κ) v₀

Of several fields, there are answers by sets S of them, and

    m = Σ w_S m_S,   v = Σ w_S v_S,   w_S = max(min_{f in S} κ_f − max_{f not in S} κ_f, 0)

The weights sum to 1. If all fields have values everywhere, the set of all fields has weight 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from thermocline.systems.densify.baselines.surface import SCALES
from thermocline.systems.densify.data.columns import Columns

Array = NDArray[np.float64]


class Part(NamedTuple):
    """A set of fields, and the weight of the answer that uses them.

    Attributes:
        fields: names.
        weight: w_S [H, W].
        known: the smallest κ of its fields [H, W]; 1 without any.
    """

    fields: tuple[str, ...]
    weight: Array
    known: Array


def coverage(known: NDArray[np.bool_], ocean: NDArray[np.bool_]) -> Array:
    """κ [H, W] of a field with values in some cells of the sea; 1 on land."""
    if known[ocean].all():
        return np.ones(ocean.shape)
    share = lambda where: gaussian_filter(where.astype(np.float64), SCALES[-1])
    around = np.clip(share(known & ocean) / np.maximum(share(ocean), 1e-3), 0, 1)
    return np.where(known | ~ocean, 1.0, around)


def parts(kappa: Mapping[str, Array], shape: tuple[int, int]) -> list[Part]:
    """The sets of fields with a weight above 0 anywhere, the largest first; κ [H, W] by name."""
    found = []
    sets = (s for size in range(len(kappa), -1, -1) for s in combinations(kappa, size))
    for fields in sets:
        low = np.min([np.ones(shape), *(kappa[name] for name in fields)], axis=0)
        high = np.max([np.zeros(shape), *(kappa[n] for n in kappa if n not in fields)], axis=0)
        if (low > high).any():
            found.append(Part(fields, np.maximum(low - high, 0), low))
    return found


def doubted(seen: Columns, explained: Array, unknown: Array) -> tuple[Array, Array]:
    """Information [n, K, K] and evidence [n, K] of columns where fields have gaps.

    Gaps add a covariance Q to the errors of a column's coefficients, and with A = Eᵀ R⁻¹ E

        Eᵀ (R + E Q Eᵀ)⁻¹ = (1 + A Q)⁻¹ Eᵀ R⁻¹

    Args:
        explained: covariance of the coefficients predicted by the regression [K, K].
        unknown: Q as a share of it, for each column [n].
    """
    if not unknown.any():
        return seen.information, seen.evidence
    q = unknown[:, None, None] * explained
    inverse = np.linalg.inv(np.eye(len(explained)) + seen.information @ q)
    evidence = np.einsum("nkl,nl->nk", inverse, seen.evidence)
    return inverse @ seen.information, evidence


class Posterior(NamedTuple):
    """Mean [K, H, W], covariance of s cells [s, K, K] and draws [M, K, H, W] of coefficients."""

    mean: NDArray[np.float32]
    covariance: NDArray[np.float32]
    draws: NDArray[np.float32]


def blended(
    answers: Iterable[Posterior], of: Sequence[Part], cells: NDArray[np.int64]
) -> Posterior:
    """The weighted answer of all sets of fields, with independent draws; `cells` are flat."""
    mean, covariance, off = (np.zeros((), np.float32) for _ in range(3))
    for part, each in zip(of, answers, strict=True):
        weight = part.weight.astype(np.float32)
        mean = mean + weight * each.mean
        covariance = covariance + weight.flat[cells][:, None, None] * each.covariance
        off = off + np.sqrt(weight) * (each.draws - each.mean)
    return Posterior(mean, covariance, mean + off)
