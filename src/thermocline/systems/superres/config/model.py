"""The networks, and what they learn."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, model_validator

from thermocline.config import NetworkConfig
from thermocline.config.types import (
    Count,
    Even,
    Fraction,
    Natural,
    NotNegative,
    Positive,
    Section,
    Some,
    renamed,
    wished,
)


class SuperresNetwork(NetworkConfig):
    """The denoiser: `patch` × `patch` cells of a block are channels of its input.

    A UNet may end in a `head`, a layer of so many channels at the resolution of cells.
    """

    kind: Literal["unet", "swin"] = "unet"
    """A UNet, or a Swin transformer."""
    width: Count = 32
    multipliers: Some[Count] = (1, 2)
    patch: Count = 5
    embedding: Even = 64
    head: Natural = 0
    """Channels of a last part of the UNet that sees single cells; 0 for none."""

    @model_validator(mode="after")
    def _has_its_head(self, info: ValidationInfo) -> "SuperresNetwork":
        if wished(info) and self.head and self.kind == "swin":
            raise ValueError("a Swin network has no head: set head: 0, or kind: unet")
        return self


class ShiftConfig(Section):
    """Residual shifting from the first guess to the fine field.

    `predicts` is the output of the network: `residual`, the error of the first guess (EDM's
    preconditioning), or `field`, the fine temperature itself, scaled to [−1, 1], as published.
    `uncertainty` is the map that scales the noise: 1 everywhere (`none`), the speed of the
    temperature read as a streamfunction, at least `floor` (`physics`), or the expected error
    (`learned`). `noise` is independent from cell to cell, as published, or `coloured`: with the
    correlation of the error.
    """

    T: Count = 5
    """Steps of the residual shift."""
    kappa: Positive = 2.7
    """κ, the standard deviation of the noise at its end."""
    power: Positive = 0.5
    """Exponent of the schedule of shifts: how they are spread over the steps."""
    last: Annotated[float, Field(gt=0, lt=1)] = 0.82
    """√η at the last step: how much of the residual is shifted there."""
    predicts: Literal["residual", "field"] = "residual"
    """Whether the network predicts what is left of the centre's error, or the fine field."""
    uncertainty: Literal["none", "physics", "learned"] = "learned"
    """Map of the noise: uniform, by the speed of a geostrophic reading, or the error to be
    expected.
    """
    floor: Fraction = 0.4
    """Least value of the physical map."""
    noise: Literal["white", "coloured"] = "coloured"
    """Noise that is independent from cell to cell, or coloured like the error."""

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> "ShiftConfig":
        if wished(info) and self.T == 1:
            raise ValueError("T: 1 leaves no step from most noise to least: give 2 or more")
        if self.predicts == "field" and self.uncertainty == "learned":
            raise ValueError("a learned map is of the residual: predict it, or use physics or none")
        return self


class AdversarialConfig(Section):
    """A discriminator beside the pixel loss, off unless `weight` is positive."""

    weight: NotNegative = 0.0
    """Weight of the adversarial loss; 0 for none."""
    warmup: Natural = 500
    """Steps before it counts."""
    width: Count = 16
    """Channels of the discriminator."""


class ModelConfig(Section):
    """A network that adds an increment to a first guess.

    `first_guess` is an interpolation, or the tuned linear regression; it was called `centre`
    before, and is still read under that name. `gate` multiplies the network's increment and the
    spread by factors fitted on validation pairs; `consistency` makes block means agree with the
    given values, within their error.
    """

    first_guess: Literal["bicubic", "lanczos", "regression"] = "bicubic"
    """First guess: an interpolation, or the tuned regression."""
    network: SuperresNetwork = SuperresNetwork()
    process: ShiftConfig = ShiftConfig()
    adversarial: AdversarialConfig = AdversarialConfig()
    gate: bool = True
    """Whether the network's correction is shrunk and its spread widened by factors fitted on
    validation pairs.
    """
    consistency: bool = False
    """Whether block means are made to agree with what was given, within its error."""

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, values: Any) -> Any:
        return renamed(values, centre="first_guess")
