"""What a diffusion model is: network, process and masking."""

from typing import Literal

from pydantic import model_validator

from thermocline.config.types import (
    Count,
    Even,
    Fraction,
    Positive,
    Section,
    Some,
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
