"""Candidates for the classical methods."""

from thermocline.config.types import Count, Fraction, Positive, Section, Some


class LinearConfig(Section):
    """Candidates for regression on surface fields and OI of its residuals.

    Joint modes of temperature and salinity explain the share `explained` of variance. `ridge` is a
    share of the predictors' variance; covariances are tapered to zero at `radius_km`; `inflation`
    is a factor on the covariance of the residuals.
    """

    explained: Fraction = 0.995
    """Share of variance that the joint modes of temperature and salinity explain."""
    ridge: Some[Positive] = (1e-6, 1e-5, 1e-4)
    """Ridge, as a share of the predictors' variance; candidates."""
    radius_km: Some[Positive] = (400.0, 600.0)
    """Distance at which covariances have faded to zero; candidates, in km."""
    inflation: Some[Positive] = (0.8, 1.0, 1.3)
    """Factor on the covariance of the residuals; candidates."""


class EnsembleConfig(Section):
    """Candidates for the localised ensemble OI of `states` training states of a region.

    Of surface fields every `thinning`-th row and column is used.
    """

    states: Count = 200
    """Training states of a region in the ensemble."""
    radius_km: Some[Positive] = (400.0, 560.0)
    """Distance at which covariances have faded to zero; candidates, in km."""
    inflation: Some[Positive] = (1.0, 1.3, 1.6)
    """Factor on the covariance; candidates."""
    thinning: Count = 3
    """Every so many rows and columns of surface fields are used."""


class ProfileConfig(Section):
    """Candidates for methods that use profiles only."""

    length_km: Some[Positive] = (20.0, 30.0, 45.0, 70.0)
    """Correlation length; candidates, in km."""
    power: Some[Positive] = (3.0, 4.0, 6.0)
    """Power of inverse-distance weights; candidates."""


class BaselinesConfig(Section):
    """Candidates for the classical methods, and how many validation states of a region choose."""

    linear: LinearConfig = LinearConfig()
    ensemble: EnsembleConfig = EnsembleConfig()
    profiles: ProfileConfig = ProfileConfig()
    cases: Count = 1
    """Validation states of a region by which candidates are chosen."""
