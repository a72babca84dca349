"""What is usual where sea ice was observed: the season's training states, and the years of them.

And what cannot be there: a thickness, of ice on average over a cell with its open water, that would
make the ice itself thicker than any.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from thermocline.answers.departure import departure
from thermocline.answers.warnings import outside_training
from thermocline.ocean.problem import Problem
from thermocline.systems.seaice.data.physics import CONCENTRATION, THICKNESS

if TYPE_CHECKING:
    from thermocline.systems.seaice.baselines.ensemble import Ensemble
    from thermocline.systems.seaice.model.method import IceModel

THICKEST = 8.0
"""Metres: no ice is thicker on average over the tens of kilometres of a cell."""


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


def too_thick(ensemble: "Ensemble", problem: Problem) -> list[str]:
    """Warnings of thicknesses that no ice has, alone or in the share of a cell that holds ice.

    Values count as wrong from two standard deviations of their errors on.
    """
    channel, cell, y, s_y = ensemble.seen(problem)
    thick, known = channel == THICKNESS, channel == CONCENTRATION
    share = np.full(ensemble.library.points.shape[0], np.nan)
    share[cell[known]] = np.minimum(1, y[known] + 2 * s_y[known])
    share, least = share[cell[thick]], y[thick] - 2 * s_y[thick]
    alone = int((least > THICKEST).sum())
    scattered = int(((least > THICKEST * share) & (least <= THICKEST)).sum())
    found = []
    if alone:
        found.append(
            f"more than {THICKEST:g} m of ice observed in {_cells(alone)}, which no ice has on "
            "average over a cell: check the unit of thickness"
        )
    if scattered:
        found.append(
            f"in {_cells(scattered)} the observed thickness contradicts the observed "
            f"concentration: ice would be more than {THICKEST:g} m thick where there is any, and "
            "the answer is of ice that cannot be"
        )
    return found


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"
