"""How far a network is trusted, by how steep the field is: fitted on validation pairs.

    mean = c + g·increment,     member = mean + s·perturbation

g is the least squares factor, kept in [0, 1.5], so that a useless network gives back its centre;
s makes the spread match the error. Both are found in classes of |∇c| and are interpolated between.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from thermocline.ocean.problem import Field

MOST = 1.5
NARROWEST, WIDEST = 0.3, 3.0
QUANTILES = (0.25, 0.5, 0.75, 0.9)
"""What parts the classes: most of what is to be gained lies in the steepest few."""


class Calibration(BaseModel):
    """Factors at some steepnesses, °C a block; held beyond the first and last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steepness: tuple[float, ...] = (1.0,)
    correction: tuple[float, ...] = (1.0,)
    spread: tuple[float, ...] = (1.0,)

    def at(self, steepness: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(g, s) of every cell."""
        return (
            np.interp(steepness, self.steepness, self.correction),
            np.interp(steepness, self.steepness, self.spread),
        )


class Classes:
    """Cells parted by steepness, with one number for each class."""

    def __init__(self, steepness: NDArray, weight: NDArray):
        self.weight = weight
        self.index = np.digitize(steepness, np.quantile(steepness, QUANTILES))
        self.present = np.unique(self.index)  # all but where steepness takes few values
        self.middle = np.array([np.median(steepness[self.index == k]) for k in self.present])

    def sum(self, values: NDArray) -> NDArray[np.float64]:
        """Weighted sums [classes]."""
        total = np.bincount(self.index, self.weight * values, minlength=len(QUANTILES) + 1)
        return total[self.present]


class Evidence(NamedTuple):
    """What one validation pair says, at its n cells of sea.

    Attributes:
        steepness: [n], °C a block.
        weight: of each cell, [n].
        error: of the centre, truth − c [n], °C.
        increment: what the network adds to it [n].
        perturbations: of members [M, n]; none for a point estimate.
    """

    steepness: Field
    weight: NDArray[np.float64]
    error: Field
    increment: Field
    perturbations: Field


def fit_calibration(cases: Sequence[Evidence]) -> Calibration:
    """g and s by class: g minimises the squared error of the mean; s then makes it equal to
    (1 + 1/M) times the variance of the members."""
    together = [np.concatenate(parts, axis=-1) for parts in zip(*cases, strict=True)]
    steepness, weight, error, increment, perturbations = (
        part.astype(np.float64) for part in together
    )
    classes = Classes(steepness, weight)
    below = classes.sum(increment**2)
    correction = np.clip(
        classes.sum(error * increment) / np.where(below > 0, below, np.inf), 0, MOST
    )
    gate = Calibration(
        steepness=tuple(map(float, classes.middle)),
        correction=tuple(map(float, correction)),
        spread=(1.0,) * len(correction),
    )
    if len(perturbations) < 2:
        return gate
    left = classes.sum((error - gate.at(steepness)[0] * increment) ** 2)
    variance = (1 + 1 / len(perturbations)) * classes.sum(perturbations.var(axis=0, ddof=1))
    spread = np.sqrt(left / np.where(variance > 0, variance, np.inf))
    return gate.model_copy(update={"spread": tuple(map(float, np.clip(spread, NARROWEST, WIDEST)))})
