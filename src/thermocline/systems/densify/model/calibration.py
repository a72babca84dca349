"""Calibration factors of each channel, fitted on validation cases.

    mean = a + s·g·b,      z_k = mean + s·f·(x_k − b)

a and s are mean and standard deviation of the first guess, b and x_k mean and members of the
network in units of s. g minimises the error of the mean, f matches the members' spread to its
errors. If b is the mean of the M members themselves, the truth, as one more draw, is farther from
it than they are: their variance is multiplied by (M + 1)/(M − 1).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.systems.calibration import NOTHING, Calibration

MAX_CORRECTION = 1.5
"""The largest g."""
SPREAD = 0.5, 2.0
"""Bounds of f: values beyond them would hide other defects."""


@dataclass(frozen=True, eq=False)
class AnswerParts:
    """The parts of an answer, in normalised anomalies.

    Attributes:
        start, scale: a and s [C, H, W].
        mean: b [C, H, W].
        members: x [M, C, H, W].
        evaluations: of the network for each member.
        deviation: the network's standard deviation of x about b [C, H, W], if members have it.
        own: whether b is the mean of the members.
    """

    start: NDArray[np.float32]
    scale: NDArray[np.float32]
    mean: NDArray[np.float32]
    members: NDArray[np.float32]
    evaluations: int
    deviation: NDArray[np.float32] | None = None
    own: bool = False

    def std(self, fields: NDArray, f: NDArray) -> NDArray[np.float32]:
        """Of an answer [C, H, W]: the network's, or else that of the members `fields`."""
        if self.deviation is None:
            return np.asarray(fields.std(axis=0, ddof=1))
        return self.scale * f.astype(np.float32)[:, None, None] * self.deviation

    def combined(self, g: NDArray, f: NDArray) -> tuple[NDArray, NDArray]:
        """Mean [C, H, W] and members [M, C, H, W] with factors by channel [C]."""
        g, f = (factor.astype(np.float32)[:, None, None] for factor in (g, f))
        mean = self.start + self.scale * g * self.mean
        return mean, mean + self.scale * f * (self.members - self.mean)


def fitted(cases: Iterable[tuple[float, NDArray, NDArray, AnswerParts]]) -> Calibration:
    """Factors by the share of columns observed.

    Args:
        cases: the share, the truth in normalised anomalies and the area of each cell with water, 0
            of others, [C, H, W], and the parts of the answer; at least two members if the mean is
            theirs.
    """
    sums: dict[float, NDArray] = {}
    tiny = np.finfo(np.float64).tiny
    for share, truth, area, each in cases:
        sea = area.any(axis=0)
        left = (truth - each.start)[:, sea]
        scale = each.scale[:, sea]
        increment = scale * each.mean[:, sea]
        spread = np.square(scale * (each.members - each.mean)[..., sea]).mean(axis=0)
        if each.own:
            spread *= (len(each.members) + 1) / (len(each.members) - 1)
        parts = increment * left, increment**2, left**2, spread
        weight = area[:, sea].astype(np.float64)
        totals = np.stack([(weight * part).sum(axis=1, where=weight > 0) for part in parts])
        key = max(share, NOTHING)
        sums[key] = sums.get(key, 0) + totals
    density = sorted(sums)
    correction: list[tuple[float, ...]] = []
    width: list[tuple[float, ...]] = []
    for key in density:
        product, square, left, spread = sums[key]
        g = np.clip(product / np.maximum(square, tiny), 0, MAX_CORRECTION)
        error = left - 2 * g * product + g**2 * square
        f = np.sqrt(np.maximum(error, 0) / np.maximum(spread, tiny)).clip(*SPREAD)
        correction.append(tuple(round(float(x), 4) for x in g))
        width.append(tuple(round(float(x), 4) for x in f))
    return Calibration(density=tuple(density), correction=tuple(correction), spread=tuple(width))
