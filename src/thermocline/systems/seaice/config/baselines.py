"""Candidates for the classical methods."""

from typing import Annotated

from pydantic import Field

from thermocline.config import OIConfig
from thermocline.config.types import Count, Positive, Section, Some


class EnsembleConfig(Section):
    """Candidates for the localised ensemble OI, and how many training states it holds.

    Covariances have faded to zero at `radius_km`; states at most `season_months` calendar months
    away are used; `inflation` is a factor on the covariance.
    """

    states: Count = 1800
    """Training states in the ensemble."""
    radius_km: Some[Positive] = (1500.0, 3000.0)
    """Distance at which covariances have faded to zero; candidates, in km."""
    season_months: Some[Annotated[int, Field(ge=0, le=6)]] = (1,)
    """States at most so many calendar months away are used; candidates, in months."""
    inflation: Some[Positive] = (1.0, 1.5)
    """Factor on the covariance; candidates."""
    cases: Count = 12
    """Validation cases by which candidates are chosen."""


class BaselinesConfig(Section):
    """Candidates for the classical methods."""

    ensemble: EnsembleConfig = EnsembleConfig()
    oi: OIConfig = OIConfig()
