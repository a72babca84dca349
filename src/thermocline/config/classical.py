"""Candidates for the classical methods; the best on validation years is used."""

from typing import Annotated, Literal

from pydantic import Field

from thermocline.config.types import Count, Positive, Section

CLASSICAL = ("oi", "ensemble_oi", "dineof", "regression")
"""The sections of a system's settings that these are in: its own model does not depend on them."""


class EnsembleOIConfig(Section):
    """Candidates for the localised ensemble OI; the best on validation cases is used.

    `share` is that of the covariance which is not localised: the analysis our model starts from has
    the best of them, and the scoreboard the ensemble OI with and without.
    """

    radius_km: tuple[Positive, ...] = (1500, 3000, 4500)
    season_months: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (2, 6)
    inflation: tuple[Positive, ...] = (0.8, 1.0, 1.25)
    share: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = (0.0,)


class OIConfig(Section):
    """Candidates for the univariate OI; chosen per level on validation cases."""

    length_km: tuple[Positive, ...] = (200, 350, 500, 700, 1000, 1400)
    error_factor: tuple[Positive, ...] = (1.0, 2.0)


class DineofConfig(Section):
    """DINEOF by data-interpolating EOFs of the training states."""

    modes: tuple[Count, ...] = (5, 10, 20, 40, 80, 160)


class DownscalingOIConfig(Section):
    """Candidates for kriging cells from block means.

    A covariance is a sum of `kernels`, fitted to the variogram out to `lags` blocks; a window
    reaches so many blocks to each side; `freedoms` say how firmly its amplitude is believed.
    """

    kernels: tuple[tuple[Literal["exponential", "matern32", "gaussian"], ...], ...] = (
        ("exponential",),
        ("exponential", "matern32", "gaussian"),
    )
    lags: tuple[Count, ...] = (2, 4)
    reaches: tuple[Count, ...] = (2, 3)
    freedoms: tuple[Positive | None, ...] = (None, 128.0, 32.0, 8.0)


class RegressionConfig(Section):
    """Candidates for the regression of cells on the block means around them.

    `classes` is how many classes of roughness have an error of their own.
    """

    reaches: tuple[Count, ...] = (1, 2, 3)
    ridges: tuple[Positive, ...] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
    classes: tuple[Count, ...] = (1, 4, 8)
