"""What a mapping method answers, in the units of what it was asked.

C counts channels (levels of depth), H rows, W columns of the grid.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Analysis:
    """A mean, its standard deviation, and members where there are any.

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
