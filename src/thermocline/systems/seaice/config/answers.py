"""How answers are drawn, and how many are scored."""

from typing import Annotated

from pydantic import Field

from thermocline.config import EvaluateConfig
from thermocline.config.types import (
    MAX_COUNT,
    Count,
    Members,
    NotNegative,
    Once,
    Section,
    Several,
    Share,
)


class IceSampling(Section):
    """How states are drawn: steps of Heun's method, and how strongly the month guides (1: plainly).

    `bounds` keeps the denoised state within its bounds at each step, in data space. Drawn states
    have the seasonal mean of the validation years, and vary as they do in `patterns`; 0: as drawn.
    """

    steps: Count = 20
    """Steps of Heun's method."""
    guidance: NotNegative = 1.0
    """Weight of the month in guidance without a classifier; 1 is plain."""
    bounds: bool = True
    """Whether denoised states are kept within their bounds at each step, in data space."""
    patterns: Annotated[int, Field(ge=0, le=1000)] = 64
    """Patterns of the validation years by which drawn states vary; 0 leaves them as drawn."""
    members: Members = 16
    """Members of an answer; 64 at most."""


class IceEvaluate(EvaluateConfig):
    """Cases of the test years; and states that are generated for the distributions."""

    members: Several = 16
    cases: Count = 30
    """Test cases."""
    validation_cases: Count = 24
    """Validation cases."""
    states: Annotated[int, Field(ge=4, le=MAX_COUNT)] = 360
    """States that are generated for the distributions."""
    densities: Once[Share] = (0.05, 0.3)
    """Shares of cells that are observed."""
