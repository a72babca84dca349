"""Observations: points, profiles and synthetic patterns, and their error models."""

from thermocline.observe.gridding import Usage, error_std, to_problem
from thermocline.observe.observations import MAX_OBSERVATIONS, Observations
from thermocline.observe.patterns import case_rng, make_problem, random_cells, random_columns
from thermocline.observe.profiles import from_profiles
from thermocline.observe.window import to_window

__all__ = [
    "MAX_OBSERVATIONS",
    "Observations",
    "Usage",
    "case_rng",
    "error_std",
    "from_profiles",
    "make_problem",
    "random_cells",
    "random_columns",
    "to_problem",
    "to_window",
]
