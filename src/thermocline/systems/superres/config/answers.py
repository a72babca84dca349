"""How answers are drawn, and how many are scored."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from thermocline.config.types import Count, Members, Section, Share


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
