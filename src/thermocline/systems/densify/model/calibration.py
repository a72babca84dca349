"""How far the network's correction is trusted, fitted on validation cases, channel by channel.

    mean = a + s·g·b,      z_k = mean + s·f·(x_k − b)

a and s are the start's mean and deviation, b the network's mean and x_k its members in that space.
g is the factor that serves the mean best, f makes the members' spread as large as its errors.
Where b is the mean of the M members x themselves, they lie closer to it than the truth does, which
is one more draw: their variance is then counted (M + 1)/(M − 1) times.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.systems.calibration import NOTHING, Calibration

MOST = 1.5
"""The largest g."""
SPREAD = 0.5, 2.0
"""Factors f beyond these say that something else is wrong."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What an answer is made of, in normalised anomalies.

    Attributes:
        start, scale: a and s [C, H, W].
        mean: b [C, H, W].
        members: x [M, C, H, W].
        evaluations: of the network, a member.
        deviation: how far from b the network says that x is [C, H, W], if members spread so.
        own: whether b is the mean of x.
    """

    start: NDArray[np.float32]
    scale: NDArray[np.float32]
    mean: NDArray[np.float32]
    members: NDArray[np.float32]
    evaluations: int
    deviation: NDArray[np.float32] | None = None
    own: bool = False

    def std(self, fields: NDArray, f: NDArray) -> NDArray[np.float32]:
        """Of an answer [C, H, W]: what the network says, else that of its members `fields`."""
        if self.deviation is None:
            return np.asarray(fields.std(axis=0, ddof=1))
        return self.scale * f.astype(np.float32)[:, None, None] * self.deviation

    def combined(self, g: NDArray, f: NDArray) -> tuple[NDArray, NDArray]:
        """Mean [C, H, W] and members [M, C, H, W] with factors by channel [C]."""
        g, f = (factor.astype(np.float32)[:, None, None] for factor in (g, f))
        mean = self.start + self.scale * g * self.mean
        return mean, mean + self.scale * f * (self.members - self.mean)


def fitted(cases: Iterable[tuple[float, NDArray, NDArray, Drawn]]) -> Calibration:
    """Factors by the share of columns observed.

    Args:
        cases: the share, the truth in normalised anomalies [C, H, W], where there is water, alike,
            and what was drawn; of members about their own mean at least two.
    """
    sums: dict[float, NDArray] = {}
    for share, truth, wet, each in cases:
        sea = wet.any(axis=0)
        left = (truth - each.start)[:, sea]
        scale = each.scale[:, sea]
        moved = scale * each.mean[:, sea]
        spread = np.square(scale * (each.members - each.mean)[..., sea]).mean(axis=0)
        if each.own:
            spread *= (len(each.members) + 1) / (len(each.members) - 1)
        parts = moved * left, moved**2, left**2, spread
        counted = wet[:, sea]
        found = np.stack([part.sum(axis=1, dtype=np.float64, where=counted) for part in parts])
        key = max(share, NOTHING)
        sums[key] = sums.get(key, 0) + found
    density = sorted(sums)
    correction: list[tuple[float, ...]] = []
    width: list[tuple[float, ...]] = []
    for key in density:
        product, square, left, spread = sums[key]
        g = np.clip(product / np.maximum(square, 1e-12), 0, MOST)
        error = left - 2 * g * product + g**2 * square
        f = np.sqrt(np.maximum(error, 0) / np.maximum(spread, 1e-12)).clip(*SPREAD)
        correction.append(tuple(round(float(x), 4) for x in g))
        width.append(tuple(round(float(x), 4) for x in f))
    return Calibration(density=tuple(density), correction=tuple(correction), spread=tuple(width))
