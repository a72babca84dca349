"""Whether an answer agrees with the observations that it was made from.

With y what was observed, s_y its error, x and s_x mean and deviation of the answer there,

    d² = (y − x)²/(s_y² + s_x²),    σ² = max(1, (Σ d² + n)/(N + 2 √(2N) + n))

over the N observations of a variable, and over all. An analysis with right statistics lies near
what it was made from: d² is below 1 on average, and its sum by chance up to 2 √(2N) above N. One
that lies further has its deviation (before bounds) multiplied by σ, and its mean left as it is. A
variable that was not observed has the σ of all that were. n is how much the answer's own word,
σ = 1, counts (see `trust.worth`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.systems.seaice.data.raw import NAMES
from thermocline.trust.worth import WORD

Array = NDArray[np.float64]

SAID = 1.1
"""Factor on an uncertainty from which on an answer tells of it in words."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far observations lie from an answer.

    Attributes:
        distance: root mean square of d over a variable's observations [5], NaN without any.
        factor: σ of each variable [5].
        of_all: the two over all observations.
    """

    distance: Array
    factor: Array
    of_all: tuple[float, float]

    @property
    def is_full(self) -> bool:
        """Whether it changes nothing."""
        return bool((self.factor == 1).all())

    def words(self) -> list[str]:
        """What a person should know of it, for each variable that was observed."""
        return [
            f"the observations of {name} lie {d:.1f} expected errors from the answer (1 or less if "
            f"it follows them): uncertainty multiplied by {factor:.1f}"
            for name, d, factor in zip(NAMES, self.distance, self.factor, strict=True)
            if np.isfinite(d) and factor >= SAID
        ]

    def as_numbers(self) -> dict[str, float]:
        """For a summary of an answer."""
        every = zip(NAMES, self.distance, self.factor, strict=True)
        observed = [(name, factor) for name, d, factor in every if np.isfinite(d)]
        distance, factor = self.of_all
        return {
            "distance": round(distance, 3),  # in expected errors
            "uncertainty_factor": round(factor, 4),
            **{f"uncertainty_factor_{n}": round(float(f), 4) for n, f in observed},
        }


def agreement(channel: NDArray[np.int64], y: Array, s_y: Array, x: Array, s_x: Array) -> Agreement:
    """Of observations and an answer where they are, in physical units.

    Args:
        channel: variable of each observation [p], by its place in `NAMES`.
        y, s_y: values and standard deviations of their errors [p].
        x, s_x: mean and standard deviation of the answer [p].
    """
    square = (y - x) ** 2 / (s_y**2 + s_x**2)
    total = np.bincount(channel, square, len(NAMES))
    count = np.bincount(channel, minlength=len(NAMES))
    of_all, factor_of_all = _moments(total.sum(), count.sum())
    distance, factor = _moments(total, count)
    factor = np.where(count > 0, factor, factor_of_all)
    return Agreement(distance, factor, (float(of_all), float(factor_of_all)))


def _moments(total: NDArray, count: NDArray) -> tuple[Array, Array]:
    """Root mean square and σ of sums of d² over so many."""
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    most = count + 2 * np.sqrt(2 * count)
    return np.sqrt(mean), np.sqrt(np.maximum(1, (total + WORD) / (most + WORD)))
