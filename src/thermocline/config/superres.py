"""What the `superres` system is: network, process, training, sampling, and what is around them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from thermocline.config.classical import DownscalingOIConfig, RegressionConfig
from thermocline.config.data import SstConfig
from thermocline.config.model import NetworkConfig, TrainingConfig
from thermocline.config.tune import TuneConfig
from thermocline.config.types import Count, Fraction, Positive, Section

Share = Annotated[float, Field(ge=0, le=1)]


class SuperresNetwork(NetworkConfig):
    """The denoiser: it works on blocks, whose `patch` × `patch` cells are channels."""

    kind: Literal["unet", "swin"] = "unet"
    width: Count = 32
    multipliers: tuple[int, ...] = (1, 2)
    patch: Count = 5
    embedding: Count = 64


class ShiftConfig(Section):
    """Residual shifting from the centre to the fine field.

    `predicts` is what the network is asked for: `residual`, what is left of the centre's error
    (EDM's preconditioning), or `field`, the fine temperature itself, scaled to [−1, 1], as
    published. `uncertainty` is the map of the noise: everywhere the same, the speed of the
    temperature read as a streamfunction, never below `floor`, or the error to be expected. `noise`
    is independent from cell to cell, as published, or `coloured` like the error it stands for.
    """

    T: Count = 5
    kappa: Positive = 2.7
    power: Positive = 0.5
    last: Annotated[float, Field(gt=0, lt=1)] = 0.82
    predicts: Literal["residual", "field"] = "residual"
    uncertainty: Literal["none", "physics", "learned"] = "learned"
    floor: Fraction = 0.4
    noise: Literal["white", "coloured"] = "coloured"

    @model_validator(mode="after")
    def _fits(self) -> "ShiftConfig":
        if self.predicts == "field" and self.uncertainty == "learned":
            raise ValueError("a learned map is of the residual: predict it, or use physics or none")
        return self


class AdversarialConfig(Section):
    """A discriminator beside the pixel loss, off unless `weight` is positive."""

    weight: Annotated[float, Field(ge=0)] = 0.0
    warmup: Annotated[int, Field(ge=0)] = 500
    width: Count = 16


class SuperresTraining(TrainingConfig):
    """Optimisation, and what of a pair one step sees.

    A share `blind` of each batch is shown no noisy state: there the network learns the mean.
    Crops are `crop` blocks on each side; each is turned, mirrored, and (`negate`) made to change
    its sign, as the equations of what is left hardly know warm from cold.
    """

    steps: Count = 2000
    batch: Count = 16
    blind: Share = 0.5
    loss: Literal["square", "absolute"] = "square"
    crop: Count = 16
    negate: bool = True


class SuperresSampling(Section):
    """How members are drawn: evaluations of the network a member, and from one to the next.

    `symmetric`: the mean, of a network that was trained blind, is averaged over half a turn and
    over both signs of the temperature's departures.
    """

    sampler: Literal["residual_shift", "ddim", "ddpm", "heun", "dpm_solver"] = "dpm_solver"
    steps: Count = 5
    eta: Share = 0.0
    members: Count = 8
    symmetric: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "SuperresSampling":
        if self.eta and self.sampler != "residual_shift":
            raise ValueError("eta is the share of noise of sampler residual_shift")
        return self


class SuperresConfig(Section):
    """System 3: sea-surface temperature, several times finer.

    `centre` is what the network adds to: an interpolation, or the tuned linear regression. `gate`
    shrinks the network's correction and widens its spread by factors fitted on validation pairs;
    `consistency` makes block means agree with what was given, within its error.
    """

    centre: Literal["bicubic", "lanczos", "regression"] = "bicubic"
    network: SuperresNetwork = SuperresNetwork()
    process: ShiftConfig = ShiftConfig()
    training: SuperresTraining = SuperresTraining()
    sampling: SuperresSampling = SuperresSampling()
    adversarial: AdversarialConfig = AdversarialConfig()
    gate: bool = True
    consistency: bool = False

    @model_validator(mode="after")
    def _has_symmetries(self) -> "SuperresConfig":
        taught = self.training.negate and self.training.blind
        if self.sampling.symmetric and not (taught and self.process.predicts == "residual"):
            raise ValueError(
                "a symmetric mean is of a residual that was trained blind and negated: "
                "set predicts: residual, blind above 0 and negate, or leave symmetric out"
            )
        return self


class SuperresSystem(SuperresConfig):
    """The model, and what the pipeline makes it of and compares it with."""

    data: SstConfig = SstConfig()
    tune: TuneConfig = TuneConfig()
    oi: DownscalingOIConfig = DownscalingOIConfig()
    regression: RegressionConfig = RegressionConfig()

    @property
    def model(self) -> SuperresConfig:
        """The model alone, as its contract keeps it."""
        return SuperresConfig(**{name: getattr(self, name) for name in SuperresConfig.model_fields})
