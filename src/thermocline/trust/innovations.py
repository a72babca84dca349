"""Innovations, with their covariance by the prior and the observation errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData

MAX_OBSERVATIONS = 300
"""Most observations that are used: enough to estimate a variance, and little work."""


@dataclass(frozen=True, eq=False)
class Innovations:
    """y ~ N(0, H B Hᵀ + R), if prior and errors are right.

    Attributes:
        y: departures from the prior's mean [p].
        s_y: standard deviation of each error [p], > 0; R = diag(s_y²).
        covariance: H B Hᵀ [p, p]; the whole of it, not a triangle.
        level: channel of each [p], 0 to `levels` − 1, channels of similar depth side by side.
        column: what is observed together and is left out together, such as a water column [p].
        levels: how many channels the prior has.

    Raises:
        BadData: if shapes do not belong together.
    """

    y: NDArray[np.float64]
    s_y: NDArray[np.float64]
    covariance: NDArray[np.float64]
    level: NDArray[np.int64]
    column: NDArray[np.int64]
    levels: int

    def __post_init__(self) -> None:
        size = self.y.size
        shapes = {self.s_y.shape, self.level.shape, self.column.shape}
        if shapes != {(size,)} or self.covariance.shape != (size, size):
            raise BadData(
                f"{size} innovations with a covariance {self.covariance.shape}", where="innovations"
            )

    def __len__(self) -> int:
        return self.y.size

    @property
    def columns(self) -> int:
        """How many columns were observed."""
        return np.unique(self.column).size

    def distance(self) -> float:
        """Root mean square of the normalised innovations: 1 if the prior is right."""
        variance = np.diag(self.covariance) + self.s_y**2
        return float(np.sqrt(np.mean(self.y**2 / variance))) if len(self) else 1.0


def evenly(column: NDArray[np.int64], most: int = MAX_OBSERVATIONS) -> NDArray[np.int64]:
    """Indices of at most about `most` observations [p]: whole columns, evenly spread over all."""
    number = np.unique(column, return_inverse=True)[1]
    return np.flatnonzero(number % max(-(-column.size // most), 1) == 0)
