"""What every mapping method is asked, and what it answers.

Both are in normalised anomalies, (value − climatology) / standard deviation, on the model's
grid: learned systems and classical baselines receive the same problem and are scored by the
same code. C counts depth levels, H latitudes, W longitudes.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Neighbour:
    """Observations of another month than the one that is asked for.

    Attributes:
        lag: how many months after it; before it, if negative; never 0.
        y, s_y, observed: [C, H, W], as a `Problem`'s.
    """

    lag: int
    y: Field
    s_y: Field
    observed: Mask


@dataclass(frozen=True)
class Problem:
    """Observations of one month on the model's grid.

    Attributes:
        y: observed values [C, H, W]; 0 where nothing was observed.
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
    around: tuple[Neighbour, ...] = ()

    def touched(self) -> Mask:
        """Water columns that were observed at any depth, in any of the months, [H, W]."""
        months = [self.observed, *(month.observed for month in self.around)]
        return np.any([observed.any(axis=0) for observed in months], axis=0)


@dataclass(frozen=True)
class Analysis:
    """The answer to a `Problem`: a mean, its standard deviation, and members where there are any.

    Attributes:
        mean: [C, H, W], 0 on land.
        std: [C, H, W]; None for a point estimate.
        members: [M, C, H, W], or None if the method states a Gaussian.
        evaluations: network evaluations a member (forward and backward passes both counted).
        seconds: wall-clock time for the whole case.
    """

    mean: Field
    std: Field | None = None
    members: Field | None = None
    evaluations: int = 0
    seconds: float = field(default=0.0, compare=False)


class Method(Protocol):
    """A mapping method, learned or classical."""

    @property
    def name(self) -> str:
        """What it is called on scoreboards."""
        ...

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Answer `problem`; methods without members ignore `members` and `seed`."""
        ...
