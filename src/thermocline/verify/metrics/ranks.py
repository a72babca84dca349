"""Ranks of the truth among the members, and whether their histogram is flat.

With N ranks counted as n_0 … n_M, and x_r = (n_r − e) / √e, e = N / (M + 1),

    χ² = Σ_r x_r² = (u₁·x)² + (u₂·x)² + …

for any orthonormal u_i that are orthogonal to a constant (Jolliffe & Primo, 2008, Mon. Weather
Rev.). With u₁ linear and u₂ quadratic in r, the *slope* tells of a bias and the *convexity* of a
spread too small (ends high) or too large (a hump).

Cells near each other have much the same rank, so that χ² of their counts is far from following
the χ² distribution. So have cases that follow each other closely: only *blocks* of them are taken
as independent here, and two things are asked:

- Is the histogram *flat*? x is the sum of one x per block, whose covariance the n blocks themselves
  tell; χ² over its trace follows an F distribution with degrees of freedom tr² / tr(cov²) and
  n − 1 times as many (Rao & Scott, 1984, Ann. Stat.; a little cautious for few blocks), and slope
  and convexity are tested by Student's t.
- Can members be told from truths? If a truth is one more draw of what the members were drawn
  from, each of the M + 1 fields of a case might as well have been its truth, and picking one at
  random in every case gives χ² its exact distribution. This asks more: members that are right
  cell by cell, but rougher or smoother than errors are, fail it. Truths of a block are alike, and
  members, drawn anew for each case, are not: a case of each block is looked at.
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


def case_ranks(
    members: NDArray | None,
    truth: NDArray,
    ocean: NDArray[np.bool_],
    rng: np.random.Generator | None,
    thin: int,
) -> NDArray[np.int64] | None:
    """The table of one case [1, M + 1, M + 1] over every `thin`-th row and column of the sea.

    None without a generator, or with fewer than two members [M, ..., H, W].
    """
    if members is None or len(members) < 2 or rng is None:
        return None
    chosen = np.zeros_like(ocean)
    chosen[..., ::thin, ::thin] = ocean[..., ::thin, ::thin]
    return rank_table(members, truth, chosen, rng)[None]


@dataclass(frozen=True)
class Flatness:
    """The tests of a rank histogram; a single block has no p-values of its own.

    Attributes:
        chi2: χ² of the counts against flat ones.
        degrees: its degrees of freedom, M.
        p: how often a flat histogram's is as large.
        slope: u₁·x, above 0 if the truth is often above the members; its square is part of χ².
        convexity: u₂·x, above 0 if the truth is often outside the members; likewise.
        slope_p, convexity_p: how often those of a flat histogram are as far from 0.
        exchanged: the mean χ² with the truths picked at random from all fields, of a case a block.
        exchanged_p: how often that χ² is as large as that of the same cases' truths.
    """

    chi2: float
    degrees: int
    p: float | None
    slope: float
    slope_p: float | None
    convexity: float
    convexity_p: float | None
    exchanged: float
    exchanged_p: float


def flatness(
    tables: NDArray[np.int64],
    draws: int = 9999,
    seed: int = 0,
    blocks: NDArray[np.int64] | None = None,
) -> Flatness:
    """Test the histogram of the truths of some cases, pooled.

    Args:
        tables: [cases, M + 1, M + 1] of `rank_table`, of at least two members.
        draws: how often truths are picked at random.
        blocks: number of the block of each case [cases], see `resampling.Design.blocks`; each case
            is a block of its own by default.

    Raises:
        BadData: if nothing was counted, or ranked among fewer than two members.
    """
    fields = tables.shape[1]
    total = tables[:, 0].sum()
    if total == 0 or fields < 3:
        raise BadData(f"{total} ranks among {fields - 1} members", where="flatness")
    rng = np.random.default_rng(seed)
    number = np.arange(len(tables)) if blocks is None else blocks
    x = np.stack([_departures(tables)[number == k, 0].sum(axis=0) for k in np.unique(number)])
    slopes, convexities = x @ _contrast(fields, 1), x @ _contrast(fields, 2)
    apart = tables if len(x) == len(tables) else tables[_one_of_each(number, rng)]
    chi2 = _exchanged(_departures(apart), draws, rng)
    return Flatness(
        chi2=float((x.sum(axis=0) ** 2).sum()),
        degrees=fields - 1,
        p=_flat(x),
        slope=float(slopes.sum()),
        slope_p=_centred(slopes),
        convexity=float(convexities.sum()),
        convexity_p=_centred(convexities),
        exchanged=float(chi2[1:].mean()),
        # The truths count among the picks, which makes the test exact for any number of them.
        exchanged_p=float(np.mean(chi2 >= chi2[0])),
    )


def _departures(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """x of each field of each case [cases, M + 1, M + 1], as if it were the truth."""
    fields = tables.shape[1]
    flat = tables.sum(axis=2, keepdims=True) / fields
    return np.asarray((tables - flat) / np.sqrt(tables[:, 0].sum() / fields))


def _one_of_each(blocks: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Index of a case of every block, drawn at random, in the order of the cases."""
    drawn = [rng.choice(np.flatnonzero(blocks == k)) for k in np.unique(blocks)]
    return np.sort(np.array(drawn))


def _flat(x: NDArray[np.float64]) -> float | None:
    """p of |Σ x|², the sum over blocks [n, M + 1], if the expectation of x is 0."""
    from scipy.special import fdtrc

    n = len(x)
    if n < 2:
        return None
    covariance = n * np.cov(x.T)
    trace = np.trace(covariance)
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = trace**2 / (covariance**2).sum()
        return float(fdtrc(degrees, (n - 1) * degrees, (x.sum(axis=0) ** 2).sum() / trace))


def _centred(values: NDArray[np.float64]) -> float | None:
    """p of the sum of independent values [n], if their expectation is 0."""
    from scipy.special import stdtr

    n = len(values)
    if n < 2:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(2 * stdtr(n - 1, -abs(values.mean()) / values.std(ddof=1) * n**0.5))


def _exchanged(x: NDArray[np.float64], draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """χ² [1 + draws] of the truths, then with the truth of every case picked from its fields."""
    picked = rng.integers(0, x.shape[1], size=(draws + 1, len(x)))
    picked[0] = 0
    total = np.sum([case[pick] for case, pick in zip(x, picked.T, strict=True)], axis=0)
    # Rounded, so that equal histograms stay equal whatever the order of sums.
    return np.round((total**2).sum(axis=1), 9)


def _contrast(size: int, power: int) -> NDArray[np.float64]:
    """The unit vector [size] of r^power about the middle, orthogonal to a constant."""
    values = (np.arange(size) - (size - 1) / 2) ** power
    values -= values.mean()
    return values / np.linalg.norm(values)
