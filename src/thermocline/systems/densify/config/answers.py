"""How answers are drawn, and how many are scored."""

from typing import Literal

from thermocline.config import EvaluateConfig
from thermocline.config.sampling import NoiseRange
from thermocline.config.types import Count, Members, Natural, Once, Positive, Several, Share


class WaterSampling(NoiseRange):
    """How members are drawn.

    From noise; or from draws of the first guess's method, to which the network gives its own mean
    and spread, and noise of `sigma_start` that is denoised again. With no steps these draws are the
    members. With `overwrite` each denoised estimate takes the values of observed cells, as if they
    had no error. With `trust` the weight of the network's correction is estimated from a request's
    own columns. Regions larger than `tile` cells on a side are denoised in squares of that size.
    """

    start: Literal["noise", "draws"] = "draws"
    """Whether members start from noise, or from the first guess's draws."""
    sigma_start: Positive = 0.3
    """Noise level σ/α that is added to these draws."""
    overwrite: bool = False
    """Whether observed cells keep their observed values at each step."""
    trust: bool = True
    """Whether the weight of the network's correction is estimated from a request's columns."""
    tile: Count = 64
    """Cells on each side beyond which a region is denoised in squares."""
    sampler: Literal["heun", "euler", "ddim", "ddpm", "dpm_solver"] = "dpm_solver"
    """Solver of the reverse process."""
    steps: Natural = 2
    """Steps of a member; 0 leaves the draws as they are."""
    sigma_min: Positive = 0.03
    sigma_max: Positive = 20.0
    members: Members = 16
    """Members of an answer; 64 at most."""


class DensifyEvaluate(EvaluateConfig):
    """States of each region that are scored, and shares of columns that are observed."""

    members: Several = 16
    cases: Count = 16
    """Test states of each region."""
    validation_cases: Count = 6
    """Validation states of each region."""
    densities: Once[Share] = (0.0, 0.005, 0.025, 0.05)
    """Shares of columns that are observed."""
