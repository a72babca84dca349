"""Scores of one variable of an answer, and of its ice edge."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.verify.breakdown import ranked
from thermocline.verify.fields import score_field
from thermocline.verify.ice_edge import THRESHOLD
from thermocline.verify.ice_edge_error import ice_edge_error, wrong_cells
from thermocline.verify.scores import Score

THIN = 2
"""The rank histogram counts every so-many-th row and column: neighbours say the same."""


@dataclass(frozen=True)
class IceScore(Score):
    """A `Score` of one variable.

    Attributes:
        edge: integrated ice-edge error in 10⁶ km² of the answer's median edge; None for other
            variables than concentration.
        wrong: cells on the wrong side of that edge.
    """

    edge: float | None = None
    wrong: float | None = None

    def record(self, density: float) -> dict[str, Any]:
        """With the edge."""
        found = super().record(density)
        return found if self.edge is None else {**found, "edge": self.edge, "wrong": self.wrong}

    def extra(self, cases: Any) -> dict[str, Any]:
        """Ranks, and means over cases of the edge."""
        found = super().extra(cases) | ranked(self)
        if self.edge is not None:
            for key in ("edge", "wrong"):
                found[key] = float(np.mean([getattr(case, key) for case in cases]))
        return found


def score_case(analysis: Analysis, case: Case, rng: np.random.Generator | None = None) -> IceScore:
    """The score of `case.variable`, a channel of the problem."""
    channel = NAMES.index(case.variable)
    only = slice(channel, channel + 1)
    asked = replace(
        case.problem,
        channels=case.problem.channels[only],
        ocean=case.problem.ocean[only],
        observations=(),
    )
    answer = replace(
        analysis,
        mean=analysis.mean[only],
        std=None if analysis.std is None else analysis.std[only],
        members=None if analysis.members is None else analysis.members[:, only],
    )
    found = score_field(answer, asked, case.truth[only], rng, THIN)
    made = IceScore(**{name: getattr(found, name) for name in Score.__dataclass_fields__})
    if channel != CONCENTRATION:
        return made
    ocean, truth = asked.ocean[0], case.truth[channel]
    area = np.asarray(asked.grid.cell_area()) / 1e6
    state = median_edge(analysis)
    error = ice_edge_error(state, truth, area, ocean)
    return replace(
        made, edge=float(error.total) / 1e6, wrong=float(wrong_cells(state, truth, ocean))
    )


def median_edge(analysis: Analysis) -> NDArray:
    """A state [H, W] that is 1 where ice is more likely than not, else 0."""
    if analysis.members is None:
        return (analysis.mean[CONCENTRATION] >= THRESHOLD).astype(float)
    return ((analysis.members[:, CONCENTRATION] >= THRESHOLD).mean(axis=0) >= 0.5).astype(float)
