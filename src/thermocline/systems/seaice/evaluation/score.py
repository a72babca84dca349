"""Scores of one variable of an answer, and of its ice edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.verify.board.breakdown import ranked
from thermocline.verify.metrics.fields import layers, score_field
from thermocline.verify.metrics.fractions_skill import fractions_errors
from thermocline.verify.metrics.ice_edge import THRESHOLD, is_ice
from thermocline.verify.metrics.ice_edge_error import (
    ice_edge_error,
    ice_probability,
    spatial_probability_score,
    wrong_cells,
)
from thermocline.verify.metrics.probabilistic import spread_skill
from thermocline.verify.metrics.scores import Score
from thermocline.verify.metrics.sums import by_level_and_basin

WINDOW = 3
"""Side in cells of the windows in which the fractions skill score compares shares of ice."""
THIN = 2
"""The rank histogram counts every so-many-th row and column: neighbours say the same."""


@dataclass(frozen=True)
class IceScore(Score):
    """A `Score` of one variable.

    Attributes:
        sums: with `stated`, the variance that is stated of the mean, if one is.
        edge: what only concentration has, by name; empty for other variables. `edge` is the
            integrated ice-edge error of the answer's median edge and `sps` the spatial probability
            score (fair for members), both in 10⁶ km²; `wrong` counts cells on the wrong side of
            that edge; `fss_error` and `fss_reference` are the sums of the fractions skill score.
    """

    edge: Mapping[str, float] = field(default_factory=dict)

    def record(self, density: float) -> dict[str, Any]:
        """With the edge."""
        return {**super().record(density), **self.edge}

    @property
    def stated_skill(self) -> float | None:
        """Stated standard deviation over the error of the mean; None if none is stated."""
        if "stated" not in self.sums:
            return None
        return spread_skill(float(self.mean("stated")), self.mse, None)

    def extra(self, cases: Any) -> dict[str, Any]:
        """Ranks, means over cases of the edge, and the fractions skill score of all cases."""
        found = super().extra(cases) | ranked(self) | {"stated_skill": self.stated_skill}
        if self.edge:
            mean = {key: float(np.mean([case.edge[key] for case in cases])) for key in self.edge}
            error, reference = mean.pop("fss_error"), mean.pop("fss_reference")
            found |= {**mean, "fss": 1 - error / reference if reference else None}
        return found


def score_case(analysis: Analysis, case: Case, rng: np.random.Generator | None = None) -> IceScore:
    """The score of `case.variable`, a channel of the problem."""
    channel = NAMES.index(case.variable)
    only = slice(channel, channel + 1)
    answer, asked = layers(analysis, case.problem, only)
    found = score_field(answer, asked, case.truth[only], rng, THIN)
    made = IceScore(**{name: getattr(found, name) for name in Score.__dataclass_fields__})
    if answer.std is not None:
        stated = (answer.std.astype(float) ** 2, asked.ocean, np.asarray(asked.grid.cell_area()))
        made = replace(made, sums={**made.sums, "stated": by_level_and_basin(*stated, None)})
    if channel != CONCENTRATION:
        return made
    area = np.asarray(asked.grid.cell_area()) / 1e6
    return replace(made, edge=edge_scores(analysis, case.truth[channel], area, asked.ocean[0]))


def edge_scores(
    analysis: Analysis, truth: NDArray, area: NDArray, ocean: NDArray[np.bool_]
) -> dict[str, float]:
    """See `IceScore.edge`; a point estimate's ice has probability 0 or 1."""
    state = median_edge(analysis)
    members = state[None] if analysis.members is None else analysis.members[:, CONCENTRATION]
    fair = len(members) > 1
    p, true = ice_probability(members, ocean), is_ice(truth, ocean)
    error, reference = fractions_errors(p, true, ocean, [WINDOW], area / 1e6)
    return {
        "edge": float(ice_edge_error(state, truth, area, ocean).total) / 1e6,
        "wrong": float(wrong_cells(state, truth, ocean)),
        "sps": float(spatial_probability_score(members, truth, area, ocean, fair)) / 1e6,
        "fss_error": float(error[0]),
        "fss_reference": float(reference[0]),
    }


def median_edge(analysis: Analysis) -> NDArray:
    """A state [H, W] that is 1 where ice is more likely than not, else 0."""
    if analysis.members is None:
        return (analysis.mean[CONCENTRATION] >= THRESHOLD).astype(float)
    return ((analysis.members[:, CONCENTRATION] >= THRESHOLD).mean(axis=0) >= 0.5).astype(float)
