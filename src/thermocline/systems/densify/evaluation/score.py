"""Scores of one variable of an answer, over each level's deviation; and of its water columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.case import Case
from thermocline.ocean.convection import inverted
from thermocline.ocean.problem import Analysis
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.data.patches import whole_region
from thermocline.systems.densify.data.raw import WATER
from thermocline.verify.board.breakdown import breakdown
from thermocline.verify.metrics.fields import layers, score_field
from thermocline.verify.metrics.probabilistic import crps_ensemble
from thermocline.verify.metrics.scores import Score
from thermocline.verify.metrics.sums import Sums
from thermocline.verify.metrics.water_columns import (
    heat_content,
    mixed_layer_depth,
    steric_height,
    thermocline_depth,
)

THIN = 2
"""Every second row and column counts for ranks and members' columns: neighbours are correlated."""
SQUARES = ("squared", "variance", "spread_squared")
ROOTS = {
    "mixed_layer_mse": "mixed_layer_rmse",
    "thermocline_mse": "thermocline_rmse",
    "heat_mse": "heat_rmse",
    "steric_mse": "steric_rmse",
}
"""Column scores of a case, and the names of their means in a row."""


@dataclass(frozen=True)
class WaterScore(Score):
    """A `Score` of one variable, whose sums are over the climate's deviation of level and region.

    Attributes:
        physical: the same sums in the variable's unit.
        columns: what only temperature has, by name (see `column_scores`).
    """

    physical: Sums = field(default_factory=dict)
    columns: Mapping[str, float] = field(default_factory=dict)

    @property
    def in_units(self) -> "WaterScore":
        """The same score in the variable's unit."""
        return replace(self, sums=self.physical)

    def record(self, density: float) -> dict[str, Any]:
        """With the error in the variable's unit, what is said of columns, and how it is drawn.

        Patches of a region overlap: those of a day are drawn together, by their area of sea. What
        no column of a shallow patch has, such as a height over the deepest level, is left out.
        """
        columns = {key: value for key, value in self.columns.items() if np.isfinite(value)}
        found = super().record(density) | {"physical_mse": self.in_units.mse, **columns}
        region, _, rest = self.case.partition("/")
        weight = float(self.sums["weight"].sum())
        return found | {"weight": weight, "unit": f"{whole_region(region)}/{rest}"}

    def extra(self, cases: Sequence["WaterScore"]) -> dict[str, Any]:
        """Error in the variable's unit, everything by depth in that unit, and of columns."""
        found = super().extra(cases) | breakdown(self.in_units)
        found["physical_rmse"] = self.in_units.rmse
        weights = np.array([case.sums["weight"].sum() for case in cases])
        for key in self.columns:
            mean = _mean(np.array([case.columns[key] for case in cases]), weights)
            found |= {ROOTS[key]: mean**0.5} if key in ROOTS else {key: mean}
        return found

    def pooled(self, scores: Sequence["WaterScore"]) -> dict[str, Any]:
        """Physical sums."""
        names = self.physical
        return {"physical": {k: np.sum([s.physical[k] for s in scores], axis=0) for k in names}}


@dataclass(frozen=True)
class Scorer:
    """Scores answers to the problems of some regions.

    Attributes:
        std: of the climate's anomalies [C], by the digest of a region's grid.
    """

    std: Mapping[str, NDArray]

    @classmethod
    def of(cls, regions: Iterable[Linear]) -> "Scorer":
        """Of what linear methods know of regions."""
        return cls({each.digest: each.climate.std[: each.channels] for each in regions})

    def __call__(
        self, analysis: Analysis, case: Case, rng: np.random.Generator | None = None
    ) -> WaterScore:
        """The score of `case.variable`, all levels; without `rng` no ranks are counted."""
        problem, levels = case.problem, len(case.problem.channels) // len(WATER)
        start = WATER.index(case.variable) * levels
        only = slice(start, start + levels)
        answer, asked = layers(analysis, problem, only)
        found = score_field(answer, asked, case.truth[only], rng, THIN)
        std = self.std[problem.grid.digest()][only, None]
        power = dict.fromkeys(found.sums, 1) | {"weight": 0} | dict.fromkeys(SQUARES, 2)
        given = {name: getattr(found, name) for name in Score.__dataclass_fields__}
        given["sums"] = {name: sums / std ** power[name] for name, sums in found.sums.items()}
        columns = column_scores(analysis, case) if case.variable == WATER[0] else {}
        return WaterScore(**given, physical=found.sums, columns=columns)


def column_scores(analysis: Analysis, case: Case) -> dict[str, float]:
    """How well columns of an answer are columns of the truth, means over the sea by area.

    `mixed_layer_mse` and `thermocline_mse` (m²), `heat_mse` ((GJ/m²)², down to 700 m) and
    `steric_mse` (cm², over the deepest level) are of columns of the mean; `mixed_layer_crps` (m) is
    of the members', fair, or the absolute error without members. `inverted` and `inverted_members`
    are percentages of pairs of neighbouring levels, of the mean and of members.
    """
    problem, levels = case.problem, len(case.problem.channels) // len(WATER)
    depth = np.array([channel.depth for channel in problem.channels[:levels]], float)
    area, place = np.asarray(problem.grid.cell_area()), problem.grid.centres()
    mean, truth = analysis.mean[:levels], case.truth[:levels]

    def squared(of: Any, unit: float = 1.0) -> float:
        return _mean(((of(mean, depth) - of(truth, depth)) / unit) ** 2, area)

    answered, true = (
        steric_height(water[:levels], water[levels:], depth, *place)
        for water in (analysis.mean, case.truth)
    )
    found = {
        "mixed_layer_mse": squared(mixed_layer_depth),
        "thermocline_mse": squared(thermocline_depth),
        "heat_mse": squared(heat_content, 1e9),
        "steric_mse": _mean((100 * (answered - true)) ** 2, area),
        "inverted": _inverted(analysis.mean, levels, depth, *place),
    }
    few = np.s_[..., ::THIN, ::THIN]
    members = analysis.mean[None] if analysis.members is None else analysis.members
    drawn = mixed_layer_depth(members[few][:, :levels], depth)
    error = crps_ensemble(drawn, mixed_layer_depth(truth[few], depth))
    found["mixed_layer_crps"] = _mean(error, area[few])
    if analysis.members is not None:
        thin = (part[few] for part in place)
        found["inverted_members"] = _inverted(members[few], levels, depth, *thin)
    return found


def _mean(values: NDArray, area: NDArray) -> float:
    """By area, of the cells or cases that are finite; NaN if none is."""
    weight = np.where(np.isfinite(values), area, 0)
    total = weight.sum()
    return float((weight * np.nan_to_num(values)).sum() / total) if total else float("nan")


def _inverted(
    water: NDArray, levels: int, depth: NDArray, latitude: NDArray, longitude: NDArray
) -> float:
    """Percentage of pairs of neighbouring levels of [..., C, H, W] that are upside down."""
    t, s = water[..., :levels, :, :], water[..., levels:, :, :]
    pairs = np.isfinite(t[..., 1:, :, :]).sum()
    return 100 * float(inverted(t, s, depth, latitude, longitude).sum() / max(pairs, 1))
