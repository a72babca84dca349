"""The `superres` section of params.yaml."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, model_validator

from thermocline.config import Config, NetworkConfig, SstConfig, SystemSection
from thermocline.config.model import MeanTraining
from thermocline.config.types import (
    Count,
    Even,
    Fraction,
    Members,
    Natural,
    NotNegative,
    Positive,
    Section,
    Share,
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


class SuperresTraining(MeanTraining):
    """Optimisation, and the crops that a step sees.

    Crops are `crop` blocks on each side; each is rotated and mirrored at random, and with `negate`
    half of them change their sign, as the residual's distribution is nearly the same for both
    signs. A network that predicts the `field` cannot see a change of sign: it needs `negate:
    false`.
    """

    steps: Count = 2000
    batch: Count = 16
    loss: Literal["square", "absolute"] = "square"
    """Loss on each cell."""
    crop: Count = 16
    """Blocks on each side of a crop; larger than a pair, the whole pair."""
    negate: bool = True
    """Whether pairs are shown with both signs of their departures."""


class SuperresSampling(Section):
    """How members are drawn.

    `symmetric`: the mean of a network with `training.mean_fraction` above 0 is averaged over half a
    turn and over both signs of the temperature's departures. `intermittency`: by how much the
    amplitude of members' details varies from place to place (see `model/intermittency.py`); 0 is
    not at all.
    """

    sampler: Literal["residual_shift", "ddim", "ddpm", "heun", "dpm_solver"] = "dpm_solver"
    """Solver of the reverse process."""
    steps: Count = 5
    """Evaluations of the network for a member."""
    eta: Share = 0.0
    """Share of new noise of sampler residual_shift."""
    members: Members = 8
    """Members of an answer; 64 at most."""
    symmetric: bool = False
    """Whether the mean is averaged over half a turn and both signs."""
    intermittency: Annotated[float, Field(ge=0, le=2)] = 0.0
    """How much stronger members' details are in some places than in others; 0 is alike everywhere.
    """

    @model_validator(mode="after")
    def _fits(self) -> "SuperresSampling":
        if self.eta and self.sampler != "residual_shift":
            raise ValueError("eta is the share of noise of sampler residual_shift")
        return self


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


class SuperresConfig(ModelConfig):
    """A model with how it is trained and sampled, as its contract keeps it."""

    training: SuperresTraining = SuperresTraining()
    sampling: SuperresSampling = SuperresSampling()

    @model_validator(mode="after")
    def _has_symmetries(self) -> "SuperresConfig":
        trained = self.training.negate and self.training.mean_fraction
        if self.sampling.symmetric and not (trained and self.process.predicts == "residual"):
            raise ValueError(
                "a symmetric mean needs the learned mean of a residual, of both signs: "
                "set predicts: residual, mean_fraction above 0 and negate, or leave symmetric out"
            )
        return self


class DownscalingOIConfig(Section):
    """Candidates for kriging cells from block means.

    A covariance is a sum of `kernels`, fitted to the variogram at distances up to `lags` blocks; a
    window has `reaches` blocks on each side; `freedoms` are the degrees of freedom of the prior of
    the amplitude.
    """

    kernels: Some[Some[Literal["exponential", "matern32", "gaussian"]]] = (
        ("exponential",),
        ("exponential", "matern32", "gaussian"),
    )
    """Sums of kernels that the covariance is fitted with; candidates."""
    lags: Some[Count] = (2, 4)
    """Blocks out to which the variogram is fitted; candidates."""
    reaches: Some[Count] = (2, 3)
    """Blocks on each side of a window; candidates."""
    freedoms: Some[Positive | None] = (None, 128.0, 32.0, 8.0)
    """Degrees of freedom of the amplitude: how firmly it is believed; null for firmly; candidates.
    """


class RegressionConfig(Section):
    """Candidates for the regression of cells on the block means around them.

    `classes` is the number of classes of roughness that errors are estimated for.
    """

    reaches: Some[Count] = (1, 2, 3)
    """Blocks on each side that are predictors; candidates."""
    ridges: Some[Positive] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
    """Ridge; candidates."""
    classes: Some[Count] = (1, 4, 8)
    """Classes of roughness with an error of their own; candidates."""


class BaselinesConfig(Section):
    """Candidates for the classical methods."""

    oi: DownscalingOIConfig = DownscalingOIConfig()
    regression: RegressionConfig = RegressionConfig()


class SuperresSection(SystemSection):
    """Sea-surface temperature, several times finer."""

    in_common = ("model.first_guess",)
    stated = (
        "baselines.oi.lags",
        "baselines.oi.reaches",
        "baselines.oi.freedoms",
        "baselines.regression.ridges",
        "model.first_guess",
        "model.process.uncertainty",
        "training.steps",
        "training.optimizer",
        "training.learning_rate",
        "training.ema",
        "training.checkpoint_every",
        "training.validate_every",
        "training.mean_fraction",
        "training.crop",
        "sampling.steps",
        "sampling.symmetric",
        "sampling.intermittency",
    )

    data: SstConfig = SstConfig()
    baselines: BaselinesConfig = BaselinesConfig()
    model: ModelConfig = ModelConfig()
    training: SuperresTraining = SuperresTraining()
    sampling: SuperresSampling = SuperresSampling()

    @property
    def trained(self) -> SuperresConfig:
        """Model, training and sampling, as a contract keeps them."""
        parts = {name: getattr(self.model, name) for name in ModelConfig.model_fields}
        return SuperresConfig(**parts, training=self.training, sampling=self.sampling)

    @model_validator(mode="after")
    def _consistent(self) -> "SuperresSection":
        _ = self.trained  # which checks what its parts say of each other
        if self.training.mean_fraction == 1:
            raise ValueError(
                "with training.mean_fraction 1 no noise is learned, and answers would have no "
                "spread: give a share below 1"
            )
        if self.model.adversarial.weight and self.training.accumulate > 1:
            raise ValueError(
                "a network and its adversary are balanced over a whole batch: "
                "set training.accumulate: 1, or model.adversarial.weight: 0"
            )
        if self.model.process.predicts == "field" and self.training.negate:
            raise ValueError(
                "predicts: field sees no change of sign, and would learn its first guess alone: "
                "set training.negate: false, or model.process.predicts: residual"
            )
        return self


def settings(config: Config) -> SuperresSection:
    """This system's section."""
    section = config.section("superres")
    assert isinstance(section, SuperresSection)
    return section


SECTION = SuperresSection
