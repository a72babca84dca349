"""What a diffusion model is: network, process, masking, training and sampling."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from thermocline.config.types import Count, Fraction, Positive, Section


class NetworkConfig(Section):
    """The denoiser's UNet."""

    width: Count = 64
    multipliers: tuple[int, ...] = (1, 2, 2)
    blocks: Count = 1
    patch: Count = 2
    embedding: Count = 128


class ProcessConfig(Section):
    """The diffusion process the denoiser is trained for."""

    schedule: Literal["edm", "linear", "cosine", "quadratic", "sigmoid", "flow"] = "edm"
    parameterisation: Literal["edm", "epsilon", "x0", "v"] = "edm"
    weighting: Literal["edm", "plain", "min_snr"] = "edm"
    noise_mean: float = -0.4
    noise_std: Positive = 1.4


class MaskingConfig(Section):
    """What the network is shown of a state beside its noisy version, as a model of observations.

    Of each training state a share is shown with the error of observations; `ratio` is the smallest
    share that is hidden, and shares up to 1 are drawn, so that the same weights serve from many
    observations to none. With ratio 1 nothing is ever shown: an unconditional prior.

    With `analysis` the network is told the ensemble OI's analysis too, and starts from it. Analyses
    are costly: `layouts` of observations are drawn, and `states` states analysed with each.
    """

    ratio: Fraction = 1.0
    pattern: Literal["columns", "cells", "mixed"] = "columns"
    analysis: bool = False
    layouts: Count = 200
    states: Count = 6

    @property
    def shows(self) -> bool:
        """Whether the network is ever shown an observation."""
        return self.ratio < 1

    @model_validator(mode="after")
    def _fits(self) -> "MaskingConfig":
        if self.analysis and not self.shows:
            raise ValueError("an analysis of no observation: give a masking.ratio below 1")
        return self


class TrainingConfig(Section):
    """Optimisation, counted in steps so that a run can be repeated to the bit.

    `precision` auto is bf16-mixed where the processor computes with 16 bits, and 32-true where it
    would only imitate that, which takes twice as long. With `accumulate` a batch is computed in so
    many parts, one after another, which needs less memory and gives the same gradient.
    `optimizer` muon is AdamW but for the kernels of convolutions (see `training.muon`). `fused` has
    AdamW change all weights at once, which changes the last digits of what is trained.
    """

    steps: Count = 1500
    batch: Count = 8
    accumulate: Count = 1
    optimizer: Literal["adamw", "muon"] = "adamw"
    learning_rate: Positive = 1e-3
    warmup: Count = 50
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.995
    gradient_clip: Positive = 1.0
    precision: Literal["32-true", "bf16-mixed", "auto"] = "32-true"
    fused: bool = False
    checkpoint_every: Count = 200
    validate_every: Count = 250


class SamplingConfig(Section):
    """How members are drawn.

    `strength` is the power the likelihood of the observations is raised to: 1 is Bayes' rule, and
    all there is for guidance `reconmost` and `replace`, which take observations as exact. With
    `trust` the observations of a request say how far the model is trusted.
    """

    sampler: Literal["heun", "euler", "ddim", "ddpm", "dpm_solver"] = "heun"
    guidance: Literal["none", "pigdm", "mmps", "dps", "reconmost", "replace"] = "pigdm"
    strength: Positive = 1.0
    steps: Count = 8
    start: Literal["noise", "analysis"] = "analysis"
    sigma_start: Positive = 1.0
    sigma_min: Positive = 0.03
    sigma_max: Positive = 20.0
    members: Count = 8
    trust: bool = True

    @model_validator(mode="after")
    def _fits(self) -> "SamplingConfig":
        if self.guidance == "reconmost" and self.sampler not in ("ddpm", "ddim"):
            raise ValueError("guidance reconmost moves the mean of a DDPM step: use sampler ddpm")
        if self.guidance in ("reconmost", "replace") and self.strength != 1:
            raise ValueError(
                f"guidance {self.guidance} has no likelihood to raise to a power: "
                "set strength: 1, or guidance: pigdm"
            )
        return self
