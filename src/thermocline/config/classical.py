"""Candidates for the classical methods; the best on validation years is used."""

from typing import Annotated

from pydantic import Field

from thermocline.config.types import Count, Positive, Section


class EnsembleOIConfig(Section):
    """Candidates for the localised ensemble OI; the best on validation cases is used.

    `share` is that of the covariance which is not localised: the analysis our model starts from has
    the best of them, and the scoreboard the ensemble OI with and without. `mean_state` is how many
    times as far as the training runs' means lie apart the true mean state may be from theirs.
    """

    radius_km: tuple[Positive, ...] = (1500, 3000, 4500)
    season_months: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (2, 6)
    inflation: tuple[Positive, ...] = (0.8, 1.0, 1.25)
    share: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = (0.0,)
    mean_state: tuple[Annotated[float, Field(ge=0)], ...] = (0.0,)


class OIConfig(Section):
    """Candidates for the univariate OI; chosen per level on validation cases."""

    length_km: tuple[Positive, ...] = (200, 350, 500, 700, 1000, 1400)
    error_factor: tuple[Positive, ...] = (1.0, 2.0)


class DineofConfig(Section):
    """DINEOF by data-interpolating EOFs of the training states."""

    modes: tuple[Count, ...] = (5, 10, 20, 40, 80, 160)
