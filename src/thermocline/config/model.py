"""What a diffusion model is: network, process, masking, training and sampling."""

from typing import Any, Literal

from pydantic import ValidationInfo, model_validator

from thermocline.config.types import (
    Average,
    Count,
    Even,
    Fraction,
    Members,
    Positive,
    Section,
    Share,
    Some,
    renamed,
    wished,
)


class NetworkConfig(Section):
    """The denoiser's UNet."""

    width: Count = 64
    multipliers: Some[Count] = (1, 2, 2)
    blocks: Count = 1
    patch: Count = 2
    embedding: Even = 128

    @property
    def cells(self) -> int:
        """What the sides of a field have to be a multiple of."""
        return self.patch * 2 ** (len(self.multipliers) - 1)


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
    ema: Average = 0.995
    gradient_clip: Positive = 1.0
    precision: Literal["32-true", "bf16-mixed", "auto"] = "32-true"
    fused: bool = False
    checkpoint_every: Count = 200
    validate_every: Count = 250

    @model_validator(mode="after")
    def _fits_itself(self, info: ValidationInfo) -> "TrainingConfig":
        if self.batch % self.accumulate:
            raise ValueError(f"a batch of {self.batch} has no {self.accumulate} equal parts")
        if wished(info) and self.warmup > self.steps:
            raise ValueError(
                f"a warmup of {self.warmup} steps never ends in {self.steps}: "
                "learning_rate would not be reached"
            )
        return self


class MeanTraining(TrainingConfig):
    """The network also learns the mean: from the fraction `mean_fraction` of each batch, which is
    given to it without a noisy state.

    The setting was called `blind` before, and is still read under that name.
    """

    mean_fraction: Share = 0.5

    @property
    def mean_states(self) -> int:
        """How many states of a batch are for the mean."""
        return round(self.mean_fraction * self.batch)

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, values: Any) -> Any:
        return renamed(values, blind="mean_fraction")

    @model_validator(mode="after")
    def _some_of_each(self, info: ValidationInfo) -> "MeanTraining":
        part = self.mean_fraction
        if wished(info) and 0 < part < 1 and self.mean_states in (0, self.batch):
            raise ValueError(
                f"mean_fraction {part:g} of a batch of {self.batch} is {self.mean_states}: "
                "give a share that leaves some of each, or 0"
            )
        return self


class NoiseRange(Section):
    """Noise levels from the least to the most, σ in [sigma_min, sigma_max]."""

    sigma_min: Positive
    sigma_max: Positive

    @model_validator(mode="after")
    def _ascends(self) -> "NoiseRange":
        if self.sigma_min >= self.sigma_max:
            raise ValueError(
                f"sigma_min {self.sigma_min:g} is not below sigma_max {self.sigma_max:g}"
            )
        return self


class SamplingConfig(NoiseRange):
    """How members are drawn.

    `strength` is the power the likelihood of the observations is raised to: 1 is Bayes' rule, and
    all there is for guidance `reconmost` and `replace`, which take observations as exact. With
    `trust` the observations of a request say how far the model is trusted. With `centred` the
    network's correction of an analysis has no mean over the sea at any level: how far off the mean
    state is, the analysis has estimated.
    """

    sampler: Literal["heun", "euler", "ddim", "ddpm", "dpm_solver"] = "heun"
    guidance: Literal["none", "pigdm", "mmps", "dps", "reconmost", "replace"] = "pigdm"
    strength: Positive = 1.0
    steps: Count = 8
    start: Literal["noise", "analysis"] = "analysis"
    sigma_start: Positive = 1.0
    sigma_min: Positive = 0.03
    sigma_max: Positive = 20.0
    members: Members = 8
    trust: bool = True
    centred: bool = False

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
