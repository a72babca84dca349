"""Ranks of the truth among the members, and whether their histogram is flat.

With N ranks counted as n_0 … n_M, and x_r = (n_r − e) / √e, e = N / (M + 1),

    χ² = Σ_r x_r² = (u₁·x)² + (u₂·x)² + …

for any orthonormal u_i that are orthogonal to a constant (Jolliffe & Primo, 2008, Mon. Weather
Rev.). With u₁ linear and u₂ quadratic in r, the *slope* tells of a bias and the *convexity* of a
spread too small (ends high) or too large (a hump).

Cells near each other have much the same rank, so that χ² of their counts is far from following
the χ² distribution. The distribution it does follow needs no estimate of correlations: if a
truth is one more draw of what the members were drawn from, each of the M + 1 fields of a case
might as well have been its truth. Histograms with the truth of every case picked at random from
its fields are therefore distributed exactly as a calibrated ensemble's, with all that cells and
levels have in common. Only the cases are taken as independent of each other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData


def rank_table(
    members: NDArray, truth: NDArray, chosen: NDArray, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Counts [M + 1, M + 1] over the `chosen` cells [...] of each field's rank among the others.

    Row 0 is the truth's [...], row k that of member k of `members` [M, ...]; rank r (second axis)
    means that r of the other fields are lower. Among equal values it is drawn at random.
    """
    fields = np.concatenate([truth[None, chosen], members[:, chosen]])
    order = np.lexsort((rng.random(fields.shape), fields), axis=0)
    rank = np.argsort(order, axis=0)
    return np.stack([np.bincount(row, minlength=len(fields)) for row in rank])


@dataclass(frozen=True)
class Flatness:
    """The test of a rank histogram against the flat one.

    Attributes:
        chi2: χ² of the counts.
        degrees: its degrees of freedom, M.
        expected: the mean χ² of a calibrated ensemble with cells as alike as these; `degrees` if
            they were independent.
        p: how often a calibrated ensemble's χ² is as large.
        slope, convexity: u₁·x, above 0 if the truth is often above the members, and u₂·x, above
            0 if it is often outside them; their squares are parts of χ².
        slope_p, convexity_p: how often a calibrated ensemble's are as far from 0.
    """

    chi2: float
    degrees: int
    expected: float
    p: float
    slope: float
    slope_p: float
    convexity: float
    convexity_p: float


def flatness(tables: NDArray[np.int64], draws: int = 9999, seed: int = 0) -> Flatness:
    """Test the histogram of the truths of some cases, pooled.

    Args:
        tables: [cases, M + 1, M + 1] of `rank_table`, of at least two members.
        draws: how many histograms of a calibrated ensemble it is compared with.

    Raises:
        BadData: if nothing was counted, or ranked among fewer than two members.
    """
    cases, fields, _ = tables.shape
    total = tables[:, 0].sum()
    if total == 0 or fields < 3:
        raise BadData(f"{total} ranks among {fields - 1} members", where="flatness")
    picked = np.random.default_rng(seed).integers(0, fields, size=(draws + 1, cases))
    picked[0] = 0  # the truths themselves
    counts = np.sum([table[pick] for table, pick in zip(tables, picked.T, strict=True)], axis=0)
    x = (counts - total / fields) / np.sqrt(total / fields)
    found = {"chi2": (x**2).sum(axis=1), "slope": x @ _contrast(fields, 1)}
    found["convexity"] = x @ _contrast(fields, 2)
    # The truths count among the draws, which makes the test exact for any number of them.
    p = {key: float(np.mean(_size(v) >= _size(v[0]))) for key, v in found.items()}
    return Flatness(
        chi2=float(found["chi2"][0]),
        degrees=fields - 1,
        expected=float(found["chi2"][1:].mean()),
        p=p["chi2"],
        slope=float(found["slope"][0]),
        slope_p=p["slope"],
        convexity=float(found["convexity"][0]),
        convexity_p=p["convexity"],
    )


def _contrast(size: int, power: int) -> NDArray[np.float64]:
    """The unit vector [size] of r^power about the middle, orthogonal to a constant."""
    values = (np.arange(size) - (size - 1) / 2) ** power
    values -= values.mean()
    return values / np.linalg.norm(values)


def _size(values: NDArray) -> NDArray:
    """Magnitudes, rounded so that equal histograms stay equal whatever the order of sums."""
    return np.round(np.abs(values), 9)
