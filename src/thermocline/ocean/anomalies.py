"""What methods that work in anomalies are asked: observed cells of the model's grid.

An anomaly is normalised, (value − climatology of the calendar month) / standard deviation. Such
methods receive the same problem, learned or classical, and answer in the same anomalies. C counts
channels (levels of depth), H rows, W columns.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from thermocline.ocean.problem import Analysis, Field, Mask


@dataclass(frozen=True)
class AnomalyNeighbour:
    """Observations of another month than the one that is asked for.

    Attributes:
        lag: how many months after it; before it, if negative; never 0.
        y, s_y, observed: [C, H, W], as an `AnomalyProblem`'s.
    """

    lag: int
    y: Field
    s_y: Field
    observed: Mask


@dataclass(frozen=True)
class AnomalyProblem:
    """Observations of one month on the model's grid.

    Attributes:
        y: observed anomalies [C, H, W]; 0 where nothing was observed.
        s_y: standard deviation of the observation error [C, H, W]; 1 where nothing was observed.
        observed: where an observation is [C, H, W]; always inside `ocean`.
        ocean: where there is sea water [C, H, W].
        month: calendar month, 1–12.
        case: a name for the case, such as `r4/2008-03`.
        around: observations of the months around it, each lag at most once.
    """

    y: Field
    s_y: Field
    observed: Mask
    ocean: Mask
    month: int
    case: str = ""
    around: tuple[AnomalyNeighbour, ...] = ()

    def touched(self) -> Mask:
        """Water columns that were observed at any depth, in any of the months, [H, W]."""
        months = [self.observed, *(month.observed for month in self.around)]
        return np.any([observed.any(axis=0) for observed in months], axis=0)


class AnomalyMethod(Protocol):
    """A mapping method, learned or classical, that works in anomalies."""

    @property
    def name(self) -> str:
        """What it is called on scoreboards."""
        ...

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        """Answer in anomalies, 0 on land; methods without members ignore `members` and `seed`."""
        ...
