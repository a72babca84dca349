"""Calibration factors by gradient magnitude, fitted on validation pairs.

    mean = c + g·increment,     member = D(mean + T(s·perturbation))

c is the first guess. g is the least squares factor on the network's increment, limited to [0, 1.5]:
with a useless network the answer is c. It is fitted in classes of |∇c| and interpolated between
them. T is the `texture`: it matches spread and roughness of the members to those of the error, by
the gradient of the mean. D are the `details`: they match details of a member to those of the truth,
by the gradient of the member. s is a factor on the spread by |∇c|, of models from before there was
a texture; it is 1 in models made since.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Field
from thermocline.systems.superres.model.classes import Classes, renamed_gradient
from thermocline.systems.superres.model.details import Details, TruthAndMembers, fit_details
from thermocline.systems.superres.model.texture import Residuals, Texture, fit_texture

MAX_CORRECTION = 1.5
"""The largest g."""
QUANTILES = (0.25, 0.5, 0.75, 0.9)
"""Limits of the classes; most of the gain is in the cells with the largest gradients."""


class Calibration(BaseModel):
    """Factors at some gradient magnitudes, °C a block; constant beyond the first and last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gradient_magnitude: tuple[float, ...] = (1.0,)
    correction: tuple[float, ...] = (1.0,)
    spread: tuple[float, ...] = (1.0,)
    texture: Texture = Texture()
    details: Details = Details()

    _renamed = model_validator(mode="before")(renamed_gradient)

    def at(self, gradient_magnitude: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(g, s) of every cell."""
        return (
            np.interp(gradient_magnitude, self.gradient_magnitude, self.correction),
            np.interp(gradient_magnitude, self.gradient_magnitude, self.spread),
        )


class Evidence(NamedTuple):
    """A validation pair and the model's answer to it, [H, W] unless another shape is given.

    Attributes:
        problem: of the pair.
        gradient_magnitude: |∇c|, °C a block.
        first_guess: c, °C.
        error: of the first guess, truth − c, °C.
        increment: of the network.
        perturbations: of members [M, H, W]; empty for a point estimate.
        their_mean: whether the increment is the mean of the members', not the network's own mean.
    """

    problem: LowResolution
    gradient_magnitude: Field
    first_guess: Field
    error: Field
    increment: Field
    perturbations: Field
    their_mean: bool = False

    def at_sea(self) -> list[NDArray[np.float64]]:
        """Gradient magnitude, weight, error and increment of the n cells of sea, [n] each."""
        sea, area = self.problem.ocean, self.problem.grid.cell_area()
        weight = area / area[sea].mean()
        fields = self.gradient_magnitude, weight, self.error, self.increment
        return [field[sea].astype(np.float64) for field in fields]


def fit_calibration(cases: Sequence[Evidence]) -> Calibration:
    """g by class, which minimises the squared error of the mean; then texture and details.

    Details are fitted to members without `intermittency`: what it removes in calm places of a
    member must not be put back.
    """
    parts = zip(*(case.at_sea() for case in cases), strict=True)
    gradient_magnitude, weight, error, increment = (np.concatenate(part) for part in parts)
    classes = Classes(gradient_magnitude, weight, QUANTILES)
    below = classes.sum(increment**2)
    correction = np.clip(
        classes.sum(error * increment) / np.where(below > 0, below, np.inf), 0, MAX_CORRECTION
    )
    gate = Calibration(
        gradient_magnitude=tuple(map(float, classes.middle)),
        correction=tuple(map(float, correction)),
        spread=(1.0,) * len(correction),
    )
    if len(cases[0].perturbations) < 2:
        return gate
    residuals = [_residuals(case, gate) for case in cases]
    texture = fit_texture(residuals)
    details = fit_details([_members_of(case, texture) for case in residuals])
    return gate.model_copy(update={"texture": texture, "details": details})


def _residuals(case: Evidence, gate: Calibration) -> Residuals:
    added = gate.at(case.gradient_magnitude)[0] * case.increment
    mean, error = case.first_guess + added, case.error - added
    return Residuals(case.problem, mean, error, case.perturbations, case.their_mean)


def _members_of(case: Residuals, texture: Texture) -> TruthAndMembers:
    members = case.mean + texture.applied(case.members, case.mean, case.problem)
    return TruthAndMembers(case.problem, case.mean + case.error, members.astype(np.float32))
