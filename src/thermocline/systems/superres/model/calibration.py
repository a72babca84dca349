"""How far a network is trusted, by how steep the field is: fitted on validation pairs.

    mean = c + g·increment,     member = D(mean + T(s·perturbation))

g is the least squares factor, kept in [0, 1.5], so that a useless network gives back its centre. It
is found in classes of |∇c| and interpolated between. T is the `texture`: it makes the members'
spread and roughness match the error's, by the steepness of the mean itself; D are the `details`,
which match the truth's by that of the member. s, by that of c, is what did so before there was a
texture: it is 1 in models made since.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Field
from thermocline.systems.superres.model.classes import Classes
from thermocline.systems.superres.model.details import Details, Likeness, fit_details
from thermocline.systems.superres.model.texture import Departures, Texture, fit_texture

MOST = 1.5
QUANTILES = (0.25, 0.5, 0.75, 0.9)
"""What parts the classes: most of what is to be gained lies in the steepest few."""


class Calibration(BaseModel):
    """Factors at some steepnesses, °C a block; held beyond the first and last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steepness: tuple[float, ...] = (1.0,)
    correction: tuple[float, ...] = (1.0,)
    spread: tuple[float, ...] = (1.0,)
    texture: Texture = Texture()
    details: Details = Details()

    def at(self, steepness: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(g, s) of every cell."""
        return (
            np.interp(steepness, self.steepness, self.correction),
            np.interp(steepness, self.steepness, self.spread),
        )


class Evidence(NamedTuple):
    """What one validation pair says, [H, W] where nothing else is said.

    Attributes:
        problem: what was asked.
        steepness: of the centre, °C a block.
        centre: c, °C.
        error: of the centre, truth − c, °C.
        increment: what the network adds to it.
        perturbations: of members [M, H, W]; none for a point estimate.
        their_mean: whether the increment is the mean of the members', not the network's own.
    """

    problem: LowResolution
    steepness: Field
    centre: Field
    error: Field
    increment: Field
    perturbations: Field
    their_mean: bool = False

    def at_sea(self) -> list[NDArray[np.float64]]:
        """Steepness, weight, error and increment of the n cells of sea, [n] each."""
        sea, area = self.problem.ocean, self.problem.grid.cell_area()
        weight = area / area[sea].mean()
        fields = self.steepness, weight, self.error, self.increment
        return [field[sea].astype(np.float64) for field in fields]


def fit_calibration(cases: Sequence[Evidence]) -> Calibration:
    """g by class, which makes the squared error of the mean least, and what members then need.

    Details are fitted to members without `intermittency`: what that takes from the calm places of a
    member should not be given back.
    """
    parts = zip(*(case.at_sea() for case in cases), strict=True)
    steepness, weight, error, increment = (np.concatenate(part) for part in parts)
    classes = Classes(steepness, weight, QUANTILES)
    below = classes.sum(increment**2)
    correction = np.clip(
        classes.sum(error * increment) / np.where(below > 0, below, np.inf), 0, MOST
    )
    gate = Calibration(
        steepness=tuple(map(float, classes.middle)),
        correction=tuple(map(float, correction)),
        spread=(1.0,) * len(correction),
    )
    if len(cases[0].perturbations) < 2:
        return gate
    left = [_left(case, gate) for case in cases]
    texture = fit_texture(left)
    details = fit_details([_alike(case, texture) for case in left])
    return gate.model_copy(update={"texture": texture, "details": details})


def _left(case: Evidence, gate: Calibration) -> Departures:
    added = gate.at(case.steepness)[0] * case.increment
    mean, error = case.centre + added, case.error - added
    return Departures(case.problem, mean, error, case.perturbations, case.their_mean)


def _alike(case: Departures, texture: Texture) -> Likeness:
    members = case.mean + texture.applied(case.members, case.mean, case.problem)
    return Likeness(case.problem, case.mean + case.error, members.astype(np.float32))
