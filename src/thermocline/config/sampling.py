"""How answers are drawn: levels of noise, sampler and steps."""

from typing import Literal

from pydantic import model_validator

from thermocline.config.types import (
    Count,
    Members,
    Positive,
    Section,
)


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
