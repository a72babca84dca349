"""What is usual where sea ice was observed: the season's training states, and the years of them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from thermocline.ocean.problem import Problem
from thermocline.systems.departure import departure
from thermocline.systems.warnings import outside_training

if TYPE_CHECKING:
    from thermocline.systems.seaice.baselines.ensemble import Ensemble
    from thermocline.systems.seaice.model.method import IceModel


def departed(ensemble: "Ensemble", problem: Problem) -> dict[str, Any]:
    """How far observations lie from the season's training states, as attributes of an answer.

    In standard deviations of those states, or of the observation's error where that is larger, as
    it is where there always is ice, or never.
    """
    channel, cell, y, s_y = ensemble.seen(problem)
    library = ensemble.library
    chosen = library.season(problem.calendar_month(), ensemble.season_months)
    codes = library.codes[:, channel, cell][chosen].astype(np.float64)
    states = library.low[channel, 0] + library.step[channel, 0] * codes
    return departure((y - states.mean(axis=0)) / np.maximum(states.std(axis=0), s_y))


def out_of_years(model: "IceModel", problem: Problem) -> list[str]:
    """A warning if a year is not one of those that the model was trained on."""
    years = model.contract.years
    return [] if years is None else outside_training(problem.time.astype(object).year, *years)
