"""Candidates for the classical methods."""

from typing import Literal

from thermocline.config.types import Count, Positive, Section, Some


class DownscalingOIConfig(Section):
    """Candidates for kriging cells from block means.

    A covariance is a sum of `kernels`, fitted to the variogram at distances up to `lags` blocks; a
    window has `reaches` blocks on each side; `freedoms` are the degrees of freedom of the prior of
    the amplitude.
    """

    kernels: Some[Some[Literal["exponential", "matern32", "gaussian"]]] = (
        ("exponential",),
        ("exponential", "matern32", "gaussian"),
    )
    """Sums of kernels that the covariance is fitted with; candidates."""
    lags: Some[Count] = (2, 4)
    """Blocks out to which the variogram is fitted; candidates."""
    reaches: Some[Count] = (2, 3)
    """Blocks on each side of a window; candidates."""
    freedoms: Some[Positive | None] = (None, 128.0, 32.0, 8.0)
    """Degrees of freedom of the amplitude: how firmly it is believed; null for firmly; candidates.
    """


class RegressionConfig(Section):
    """Candidates for the regression of cells on the block means around them.

    `classes` is the number of classes of roughness that errors are estimated for.
    """

    reaches: Some[Count] = (1, 2, 3)
    """Blocks on each side that are predictors; candidates."""
    ridges: Some[Positive] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
    """Ridge; candidates."""
    classes: Some[Count] = (1, 4, 8)
    """Classes of roughness with an error of their own; candidates."""


class BaselinesConfig(Section):
    """Candidates for the classical methods."""

    oi: DownscalingOIConfig = DownscalingOIConfig()
    regression: RegressionConfig = RegressionConfig()
