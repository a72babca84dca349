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
    season_months: Some[Annotated[int, Field(ge=0, le=6)]] = (2, 6)
    inflation: Some[Positive] = (0.8, 1.0, 1.25)
    share: Some[Annotated[float, Field(ge=0, lt=1)]] = (0.0,)
    mean_state: Some[NotNegative] = (0.0,)


class OIConfig(Section):
    """Candidates for the univariate OI; chosen per level on validation cases."""

    length_km: Some[Positive] = (200, 350, 500, 700, 1000, 1400)
    error_factor: Some[Positive] = (1.0, 2.0)


class DineofConfig(Section):
    """DINEOF by data-interpolating EOFs of the training states."""

    modes: Some[Count] = (5, 10, 20, 40, 80, 160)
