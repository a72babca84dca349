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
    """Channels of the UNet at its first resolution."""
    multipliers: Some[Count] = (1, 2, 2)
    """Channels at each resolution, in units of `width`; every entry after the first halves the
    resolution.
    """
    blocks: Count = 1
    """Residual blocks at each resolution."""
    patch: Count = 2
    """Cells on each side of a patch, which is one cell of the first resolution."""
    embedding: Even = 128
    """Size of the embedding of noise level and month."""

    @property
    def cells(self) -> int:
        """What the sides of a field have to be a multiple of."""
        return self.patch * 2 ** (len(self.multipliers) - 1)


class ProcessConfig(Section):
    """The diffusion process the denoiser is trained for."""

    schedule: Literal["edm", "linear", "cosine", "quadratic", "sigmoid", "flow"] = "edm"
    """Noise schedule: α and σ as functions of time."""
    parameterisation: Literal["edm", "epsilon", "x0", "v"] = "edm"
    """What the network predicts; edm preconditions it (Karras et al., 2022)."""
    weighting: Literal["edm", "plain", "min_snr"] = "edm"
    """Weight of the loss by noise level; min_snr is that of Hang et al. (2023)."""
    noise_mean: float = -0.4
    """Mean of log σ in training; used with schedule edm only, the others draw the time uniformly.
    """
    noise_std: Positive = 1.4
    """Standard deviation of log σ in training; used with schedule edm only."""


class MaskingConfig(Section):
    """What the network is shown of a state beside its noisy version, as a model of observations.

    Of each training state a share is shown with the error of observations; `ratio` is the smallest
    share that is hidden, and shares up to 1 are drawn, so that the same weights serve from many
    observations to none. With ratio 1 nothing is ever shown: an unconditional prior.

    With `analysis` the network is told the ensemble OI's analysis too, and starts from it. Analyses
    are costly: `layouts` of observations are drawn, and `states` states analysed with each.
    """

    ratio: Fraction = 1.0
    """Least share of a training state that is hidden from the network; 1 for an unconditional
    prior.
    """
    pattern: Literal["columns", "cells", "mixed"] = "columns"
    """Whether whole columns are hidden, single cells, or either."""
    analysis: bool = False
    """Whether the network is given the ensemble OI's analysis, and starts from it."""
    layouts: Count = 200
    """Layouts of observations that are drawn for these analyses."""
    states: Count = 6
    """States that are analysed with each layout."""

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
    """Optimisation steps."""
    batch: Count = 8
    """States of a step."""
    accumulate: Count = 1
    """Parts in which a batch is computed one after another; less memory, the same gradient."""
    optimizer: Literal["adamw", "muon"] = "adamw"
    """muon is AdamW but for the kernels of convolutions."""
    learning_rate: Positive = 1e-3
    """Learning rate after warm-up; it falls to zero along half a cosine."""
    warmup: Count = 50
    """Steps over which the learning rate rises linearly; at most `steps`."""
    ema: Average = 0.995
    """Decay per step of the weights' exponential moving average."""
    gradient_clip: Positive = 1.0
    """Norm beyond which the gradient is scaled down."""
    precision: Literal["32-true", "bf16-mixed", "auto"] = "32-true"
    """auto is bf16-mixed where the processor computes with 16 bits, else 32-true."""
    fused: bool = False
    """Whether AdamW changes all weights at once, which changes the last digits."""
    checkpoint_every: Count = 200
    """Steps between checkpoints."""
    validate_every: Count = 250
    """Steps between validations."""

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
    """Share of each batch without a noisy state, from which the network learns the mean."""

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
    """Least noise level σ; not used where the process has another schedule than edm."""
    sigma_max: Positive
    """Greatest noise level σ; not used where the process has another schedule than edm."""

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
    """Solver of the reverse process."""
    guidance: Literal["none", "pigdm", "mmps", "dps", "reconmost", "replace"] = "pigdm"
    """How the likelihood of observations enters: pseudo-inverse (pigdm), moment matching (mmps),
    posterior sampling (dps), DDPM mean (reconmost), replacement, or none.
    """
    strength: Positive = 1.0
    """Power of the likelihood of observations; 1 is Bayes' rule."""
    steps: Count = 8
    """Steps of a member."""
    start: Literal["noise", "analysis"] = "analysis"
    """Whether members start from noise, or from the ensemble OI's analysis made noisy."""
    sigma_start: Positive = 1.0
    """Noise level σ/α that is added to the analysis at the start."""
    sigma_min: Positive = 0.03
    sigma_max: Positive = 20.0
    members: Members = 8
    """Members of an answer; 64 at most."""
    trust: bool = True
    """Whether the weight of the network's correction is estimated from a request's observations."""
    centred: bool = False
    """Whether the mean of the network's correction over each level is removed."""

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
