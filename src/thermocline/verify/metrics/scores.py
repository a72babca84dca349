"""What the scores of all systems share: sums over cells, so that cases and basins pool exactly.

A *score* is of one analysis (or of several pooled). It holds Σ area · quantity for every level
and basin; means, roots and ratios are taken last, after pooling. A system's own score adds what
only that system is asked (see `systems.<name>.evaluation`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.verify.metrics import probabilistic
from thermocline.verify.metrics.sums import Sums


@dataclass(frozen=True)
class Score:
    """Sums over the cells of one case, or of several pooled ones; all in °C.

    Attributes:
        case: name of the case.
        sums: name → [C, basins], each Σ area · quantity: `weight` (1) and those that
            `sums.quantities` lists.
        members: ensemble size, or None for a stated distribution or a point estimate.
        tables: one of `ranks.rank_table` a case [cases, M + 1, M + 1], if asked for.
        evaluations: network evaluations a member.
        seconds: mean wall-clock time a case.
        cases: how many cases are pooled here.
    """

    case: str
    sums: Sums
    members: int | None = None
    tables: NDArray[np.int64] | None = None
    evaluations: int = 0
    seconds: float = field(default=0.0, compare=False)
    cases: int = 1

    def mean(self, name: str, axis: int | None = None) -> NDArray[np.float64]:
        """Area-weighted mean of a summed quantity: over all (None), by level (1), by basin (0)."""
        weight = self.sums["weight"].sum(axis=axis)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.sums[name].sum(axis=axis) / weight)

    @property
    def mse(self) -> float:
        """Area-weighted mean squared error, °C²."""
        return float(self.mean("squared"))

    @property
    def rmse(self) -> float:
        """Area-weighted root mean squared error, °C."""
        return float(np.sqrt(self.mse))

    @property
    def bias(self) -> float:
        """Area-weighted mean error, °C."""
        return float(self.mean("error"))

    @property
    def mae(self) -> float:
        """Area-weighted mean absolute error, °C."""
        return float(self.mean("absolute"))

    @property
    def crps(self) -> float:
        """Area-weighted CRPS, °C: fair for members, Gaussian for a std, else the MAE."""
        return float(self.mean("crps"))

    @property
    def energy(self) -> float | None:
        """Energy score, mean over levels, °C (see `shape`); None if it was not made."""
        return float(self.mean("energy")) if "energy" in self.sums else None

    @property
    def variogram(self) -> float | None:
        """Area-weighted variogram score, °C (see `shape`); None if it was not made."""
        return float(self.mean("variogram")) if "variogram" in self.sums else None

    @property
    def spread_skill(self) -> float | None:
        """Spread over skill (see `probabilistic.spread_skill`); None for a point estimate."""
        if "variance" not in self.sums:
            return None
        return probabilistic.spread_skill(
            float(self.mean("variance")), float(self.mean("spread_squared")), self.members
        )

    @property
    def shape(self) -> dict[str, float]:
        """Both scores of whole fields, if they were made."""
        found = {"energy": self.energy, "variogram": self.variogram}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def ranks(self) -> NDArray[np.int64] | None:
        """Counts [M + 1] of the truth's rank among the members, if they were counted."""
        return None if self.tables is None else self.tables[:, 0].sum(axis=0)

    @property
    def rmse_by_depth(self) -> NDArray[np.float64]:
        """RMSE of each level [C], °C; NaN where a level has no water."""
        return np.sqrt(self.mean("squared", axis=1))

    @property
    def rmse_by_basin(self) -> NDArray[np.float64]:
        """RMSE of each basin, °C; NaN where there is no water."""
        return np.sqrt(self.mean("squared", axis=0))

    def published(self, density: float) -> dict[str, Any]:
        """Scores that follow a publication's definitions and need the density; none here."""
        return {}

    def record(self, density: float) -> dict[str, Any]:
        """The scores of one case as a flat object of `cases.json`."""
        return {
            "case": self.case,
            "rmse": self.rmse,
            "mse": self.mse,
            "crps": self.crps,
            "bias": self.bias,
            "mae": self.mae,
            "spread_skill": self.spread_skill,
            **self.shape,
            **self.published(density),
            "seconds": self.seconds,
        }

    def extra(self, cases: Sequence[Self]) -> dict[str, Any]:
        """What a row of the scoreboard says of this score, pooled from `cases`, beyond its keys."""
        return {"mae": self.mae}

    def pooled(self, scores: Sequence[Self]) -> dict[str, Any]:
        """The fields that only this kind of score has, pooled."""
        return {}


S = TypeVar("S", bound=Score)


def pool(scores: Iterable[S]) -> S:
    """The score over all cells of several cases; `evaluations` and `seconds` are means a case.

    Raises:
        BadData: for no case, or cases that differ in ensemble size or in what they state.
    """
    scores = list(scores)
    if not scores:
        raise BadData("no case to pool", where="scores")
    first = scores[0]
    stated = lambda score: {name: sums.shape for name, sums in score.sums.items()}
    for other in scores[1:]:
        if other.members != first.members or stated(other) != stated(first):
            raise BadData(
                f"cases {first.case!r} and {other.case!r} differ in members or in what they state",
                where="scores",
                fix="score every case of a method with the same settings",
            )
    counted = [s.tables for s in scores if s.tables is not None]
    cases = sum(s.cases for s in scores)
    return replace(
        first,
        case=first.case if len(scores) == 1 else f"{cases} cases",
        sums={k: np.sum([s.sums[k] for s in scores], axis=0) for k in first.sums},
        tables=np.concatenate(counted) if counted else None,
        evaluations=round(sum(s.evaluations * s.cases for s in scores) / cases),
        seconds=sum(s.seconds * s.cases for s in scores) / cases,
        cases=cases,
        **first.pooled(scores),
    )
