"""Candidates for the classical methods; the best on validation years is used."""

from typing import Annotated

from pydantic import Field

from thermocline.config.types import Count, NotNegative, Positive, Section, Some


class EnsembleOIConfig(Section):
    """Candidates for the localised ensemble OI; the best on validation cases is used.

    `share` is that of the covariance which is not localised: the analysis our model starts from has
    the best of them, and the scoreboard the ensemble OI with and without. `mean_state` is how many
    times as far as the training runs' means lie apart the true mean state may be from theirs.
    """

    radius_km: Some[Positive] = (1500, 3000, 4500)
    """Distance at which localised covariances have faded to zero; candidates, in km."""
    season_months: Some[Annotated[int, Field(ge=0, le=6)]] = (2, 6)
    """States at most so many calendar months away are in the ensemble; candidates, in months."""
    inflation: Some[Positive] = (0.8, 1.0, 1.25)
    """Factor on the covariance of the ensemble; candidates."""
    share: Some[Annotated[float, Field(ge=0, lt=1)]] = (0.0,)
    """Share of the covariance that is not localised; candidates."""
    mean_state: Some[NotNegative] = (0.0,)
    """Distance of the true mean state, in units of that of the training runs from each other;
    candidates.
    """


class OIConfig(Section):
    """Candidates for the univariate OI; chosen per level on validation cases."""

    length_km: Some[Positive] = (200, 350, 500, 700, 1000, 1400)
    """Correlation length; candidates, in km, chosen per level."""
    error_factor: Some[Positive] = (1.0, 2.0)
    """Factor on the standard deviation of observation errors; candidates, chosen per level."""


class DineofConfig(Section):
    """DINEOF by data-interpolating EOFs of the training states."""

    modes: Some[Count] = (5, 10, 20, 40, 80, 160)
    """Number of EOFs that are kept; candidates."""
