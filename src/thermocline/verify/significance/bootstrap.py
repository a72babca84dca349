"""Confidence intervals over cases, and whether one method is better than another.

Cases (held-out months) are resampled with replacement; a statistic of the resampled cases gives
its distribution. Percentile intervals of few cases are too narrow (about 91 % for 12 cases), so
the percentiles are widened as Hesterberg (2015, The American Statistician) advises: the level
α/2 is replaced by Φ(−√(n/(n−1)) t_{α/2, n−1}), which gives the mean of normal values the width
of its t interval from some ten cases on. No percentile leaves the range of the values, though: of
two cases such an interval holds the truth half of the time. So it reaches at least as far as
Student's, t_{α/2, n−1} standard errors from the estimate. Months that follow each other are alike;
blocks of consecutive cases (circular block bootstrap, Politis & Romano, 1992) keep that likeness,
and n is then the number of blocks.

How cases are drawn is `resampling.Design`.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData
from thermocline.verify.significance.resampling import (
    EACH,
    Design,
    Statistic,
    drawn,
    finite,
    resample,
)


def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over cases."""
    return values.mean(axis=-1)


def root_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """√ of the mean over cases: RMSE from the mean squared error of each case."""
    return np.sqrt(values.mean(axis=-1))


STATISTICS: dict[str, Statistic] = {"mean": mean, "root_mean": root_mean}
"""By name, as a board writes them."""
LEVEL = 0.95
"""Of all intervals."""


@dataclass(frozen=True)
class Interval:
    """An estimate and its confidence interval."""

    estimate: float
    low: float
    high: float


Decision = Literal["better", "worse", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate's score (smaller is better) beats a reference's on the same cases.

    `difference` is candidate − reference, `ratio` candidate / reference; `decision` is the ratio's,
    as `decided` says.
    """

    decision: Decision
    difference: Interval
    ratio: Interval
    cases: int


def interval(
    values: ArrayLike,
    statistic: Statistic = mean,
    n: int = 1000,
    seed: int = 0,
    *,
    block: int = 1,
    design: Design = EACH,
) -> Interval | None:
    """Interval of `statistic` over the cases in `values` [cases]; None for fewer than two blocks.

    `block` counts consecutive units of the `design`.

    Raises:
        BadData: if a value is not finite.
    """
    data = finite(values)
    count = design.units(data.size)
    if count < 2 * block:
        return None
    estimate, draws = drawn(data, statistic, resample(count, n, seed, block), design)
    return widened(float(estimate), draws, count / block)


def paired(
    a: ArrayLike,
    b: ArrayLike,
    compare: np.ufunc = np.subtract,
    statistic: Statistic = mean,
    n: int = 1000,
    seed: int = 0,
    *,
    block: int = 1,
    design: Design = EACH,
) -> Interval | None:
    """Interval of statistic(a) − statistic(b), both resampled at the same cases.

    Args:
        compare: `np.divide` for the ratio instead of the difference.
    """
    pair = _drawn_together(finite(a), finite(b), statistic, n, seed, block, design)
    return None if pair is None else pair.interval(compare)


def verdict(
    candidate: ArrayLike,
    reference: ArrayLike,
    statistic: Statistic = mean,
    n: int = 1000,
    seed: int = 0,
    *,
    block: int = 1,
    design: Design = EACH,
) -> Verdict | None:
    """`better` if the whole paired interval of candidate / reference is below 1; None if < 2 cases.

    Where a resampled reference is not positive, the difference decides. Who shows the difference,
    such as that of logarithms, asks `decided` of it. `candidate` and `reference` [cases] are scores
    of the same cases in the same order.
    """
    scores = finite(candidate)
    pair = _drawn_together(scores, finite(reference), statistic, n, seed, block, design)
    if pair is None:
        return None
    difference, ratio = pair.interval(np.subtract), pair.interval(np.divide)
    positive = pair.right[1].min() > 0
    decision = decided(ratio, 1.0) if positive else decided(difference)
    return Verdict(decision, difference, ratio, scores.size)


def decided(found: Interval, equal: float = 0.0) -> Decision:
    """`better` if the whole interval is below `equal`, `worse` if it is above."""
    return "better" if found.high < equal else "worse" if found.low > equal else "undecided"


class _Together(NamedTuple):
    """Statistics of all cases and of every resample [n], of two methods; independent blocks."""

    left: tuple[NDArray, NDArray]
    right: tuple[NDArray, NDArray]
    blocks: float

    def interval(self, compare: np.ufunc) -> Interval:
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate, draws = (compare(a, b) for a, b in zip(self.left, self.right, strict=True))
        return widened(float(estimate), draws, self.blocks)


def _drawn_together(
    left: NDArray,
    right: NDArray,
    statistic: Statistic,
    n: int,
    seed: int,
    block: int,
    design: Design,
) -> _Together | None:
    """Both methods resampled at the same cases; None for fewer than two blocks."""
    if left.size != right.size:
        raise BadData(
            f"{left.size} cases against {right.size}",
            where="paired bootstrap",
            fix="compare the cases both methods were scored on",
        )
    count = design.units(left.size)
    if count < 2 * block:
        return None
    index = resample(count, n, seed, block)
    one, other = (drawn(values, statistic, index, design) for values in (left, right))
    return _Together(one, other, count / block)


def mean_reach(values: NDArray) -> float:
    """How far the interval of the mean of independent values [n ≥ 2] reaches, by Student's t."""
    return float(_student(len(values)) * np.std(values, ddof=1) / np.sqrt(len(values)))


def widened(estimate: float, draws: NDArray, count: float) -> Interval:
    """The interval of an estimate from its resamples `draws` [n] of `count` independent blocks.

    Raises:
        BadData: for a single block.
    """
    from scipy.special import ndtr  # Φ; scipy.stats takes long to import

    if count <= 1:
        raise BadData(f"no interval of {count:g} block", where="bootstrap", fix="give more cases")
    more = np.sqrt(count / (count - 1))
    t = _student(count)
    alpha = ndtr(-more * t)
    low, high = np.quantile(draws, [alpha, 1 - alpha])
    reach = t * more * draws.std()  # resampled means vary by (n − 1)/n of a mean's variance
    return Interval(estimate, float(min(low, estimate - reach)), float(max(high, estimate + reach)))


def _student(count: float) -> float:
    """How many standard errors the interval of a mean of `count` values reaches."""
    from scipy.special import stdtrit

    return float(-stdtrit(count - 1, (1 - LEVEL) / 2))
