"""The weight of a prior for one request, by cross-validation on its observations.

First the factors of `likelihood`; then, with them, each group of columns is forecast from the
others (see `left_out`), and the skill of these forecasts gives weights (see `worth`). The analysis
is multiplied by t, which shrinks it towards the climatology, and its standard deviation by σ; both
the more, the less likely the prior is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.trust.innovations import Innovations
from thermocline.trust.left_out import leave_out
from thermocline.trust.likelihood import NEGLIGIBLE, Factors, fit
from thermocline.trust.worth import worth

Array = NDArray[np.float64]

DOUBTED = 0.5
"""Probability that the prior does not fit from which on an answer has a warning."""


@dataclass(frozen=True, eq=False)
class Trust:
    """How a prior is used for one request.

    Attributes:
        distance: root mean square of the innovations, in their expected sizes.
        factors: on the prior's variance and the errors', by level.
        weight: t, on the answer's departure from the climatology [C].
        spread: σ, on its standard deviation, beside the factors' [C].
    """

    distance: float
    factors: Factors
    weight: Array
    spread: Array

    @classmethod
    def full(cls, levels: int, distance: float = 1.0) -> "Trust":
        """The prior as it is."""
        return cls(distance, Factors.none(levels), np.ones(levels), np.ones(levels))

    @property
    def is_full(self) -> bool:
        """Whether it changes nothing."""
        parts = (self.factors.variance, self.factors.error, self.weight, self.spread)
        return self.factors.coupling == 1 and all(bool((part == 1).all()) for part in parts)

    @property
    def inflation(self) -> Array:
        """What the prior's standard deviation is multiplied by in all [C]."""
        return np.sqrt(self.factors.variance) * self.spread

    @property
    def error_inflation(self) -> Array:
        """What the errors' standard deviation is multiplied by [C]."""
        return np.sqrt(self.factors.error)

    def words(self) -> list[str]:
        """Warnings for users; none where the prior fits."""
        if self.factors.doubt < DOUBTED:
            return []
        lie = f"the observations lie {self.distance:.1f} expected errors from this model"
        lie += " (1 if it fits)"
        if round(self.distance, 1) < 1:
            lie += ", closer to the climatology than it and their stated errors allow"
        numbers = self.as_numbers()
        weight, error = f"{numbers['weight']:.2f}", f"{numbers['error_factor']:.1g}"
        done = [f"trust reduced to {weight}"] if weight != "1.00" else []
        done += [f"uncertainty multiplied by {numbers['uncertainty_factor']:.1f}"]
        done += [f"their errors by {error}"] if error != "1" else []
        return [f"{lie}: {', '.join(done)}"]

    def as_numbers(self) -> dict[str, float]:
        """For a summary of an answer."""
        return {
            "distance": round(self.distance, 3),  # in expected errors
            "doubt": round(self.factors.doubt, 4),  # probability that the prior does not fit
            "weight": round(float(np.mean(self.weight)), 4),
            "uncertainty_factor": round(float(np.sqrt(np.mean(self.inflation**2))), 4),
            "error_factor": round(float(np.sqrt(np.mean(self.error_inflation**2))), 4),
            "coupling": round(self.factors.coupling, 4),  # of levels with each other
        }


def judge(given: Innovations, group: NDArray[np.int64]) -> Trust:
    """The trust in the prior of some innovations.

    Args:
        group: of each observation [p]: what is left out together, such as all of some region.
    """
    factors = fit(given)
    distance = given.distance()
    if np.unique(group).size < 2 or factors.doubt < NEGLIGIBLE:
        return Trust(distance, factors, np.ones(given.levels), np.ones(given.levels))
    signal, noise = factors.apply(given)
    forecast = leave_out(given.y, signal + np.diag(noise), group)
    weight, spread = worth(given.y, forecast, noise, given.level, given.levels, group)
    doubt = factors.doubt
    return Trust(distance, factors, 1 + doubt * (weight - 1), spread**doubt)
