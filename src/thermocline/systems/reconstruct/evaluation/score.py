"""The score of one analysis of sparse observations, kept as sums that pool exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.verify.board.breakdown import breakdown
from thermocline.verify.metrics.ranks import case_ranks
from thermocline.verify.metrics.scores import Score
from thermocline.verify.metrics.shape import forecast_fields, shape_scores
from thermocline.verify.metrics.sums import by_level_and_basin, check_shapes, quantities


@dataclass(frozen=True)
class CaseScore(Score):
    """Sums over the cells of one case of sparse observations, or of several pooled ones; in °C.

    Attributes:
        sums: also `truth2`, `mean2` and `cross`, for the correlation of anomalies.
        guidance, reconstruction: un-weighted (Σ error², number) of observed and other cells.
    """

    guidance: tuple[float, int] = field(kw_only=True)
    reconstruction: tuple[float, int] = field(kw_only=True)

    @property
    def correlation(self) -> float:
        """Uncentred correlation of the anomalies from climatology; 0 for climatology itself."""
        scale = np.sqrt(self.sums["truth2"].sum() * self.sums["mean2"].sum())
        return float(self.sums["cross"].sum() / scale) if scale > 0 else 0.0

    @property
    def mse_guidance(self) -> float:
        """Un-weighted mean squared error on the observed cells, °C²; NaN without any."""
        return self.guidance[0] / self.guidance[1] if self.guidance[1] else float("nan")

    @property
    def mse_reconstruction(self) -> float:
        """Un-weighted mean squared error on the cells that were not observed, °C²."""
        total, count = self.reconstruction
        return total / count if count else float("nan")

    def mse_total(self, density: float) -> float:
        """The published total, density·guidance + (1 − density)·reconstruction, °C²."""
        return density * self.mse_guidance + (1 - density) * self.mse_reconstruction

    def published(self, density: float) -> dict[str, Any]:
        """The three published mean squared errors, °C²."""
        return {
            "mse_guidance": self.mse_guidance,
            "mse_reconstruction": self.mse_reconstruction,
            "mse_total": self.mse_total(density),
        }

    def extra(self, cases: Sequence["CaseScore"]) -> dict[str, Any]:
        """MAE, correlation, and everything by depth, basin and rank."""
        return {"mae": self.mae, "correlation": self.correlation, **breakdown(self)}

    def pooled(self, scores: Sequence["CaseScore"]) -> dict[str, Any]:
        """Sums over observed and other cells."""
        return {
            "guidance": _add([s.guidance for s in scores]),
            "reconstruction": _add([s.reconstruction for s in scores]),
        }


def score_case(
    analysis: Analysis,
    problem: AnomalyProblem,
    truth_anomaly: NDArray,
    statistics: Statistics,
    area: NDArray,
    *,
    basins: NDArray[np.int64] | None = None,
    rng: np.random.Generator | None = None,
    thin: int = 4,
) -> CaseScore:
    """Score an analysis against the truth, in °C, over every ocean cell of every level.

    Args:
        analysis: what the method answered, in normalised anomalies.
        problem: what it was asked; its `ocean` says which cells are scored.
        truth_anomaly: the true state in normalised anomalies [C, H, W].
        statistics: for the standard deviation that turns anomalies into °C.
        area: cell areas [H, W]; the weights (see `metrics`).
        basins: basin of every cell [H, W] from `basin_index`; one basin if None.
        rng: draws ties of the rank histogram; without it no ranks are counted.
        thin: the rank histogram counts every `thin`-th row and column.

    Raises:
        BadData: if shapes differ, or a scored value is not finite.
    """
    ocean = problem.ocean
    parts: dict[str, NDArray | None] = {
        "mean": analysis.mean,
        "standard deviation": analysis.std,
        "members": analysis.members,
        "truth": truth_anomaly,
        "statistics": statistics.std,
    }
    check_shapes(parts, ocean, area, "score_case")
    scale = np.where(ocean, statistics.std, 0.0).astype(np.float64)
    celsius = lambda values: np.where(ocean, values, 0.0) * scale
    truth, mean = celsius(truth_anomaly), celsius(analysis.mean)
    std = None if analysis.std is None else celsius(analysis.std)
    members = None if analysis.members is None else celsius(analysis.members)
    found = {
        "weight": ocean.astype(np.float64),
        **quantities(truth, mean, std, members),
        **shape_scores(truth, forecast_fields(mean, std, members), ocean, area),
        "truth2": truth**2,
        "mean2": mean**2,
        "cross": mean * truth,
    }
    squared = found["squared"]
    return CaseScore(
        case=problem.case,
        sums={k: by_level_and_basin(v, ocean, area, basins) for k, v in found.items()},
        members=None if members is None else len(members),
        tables=case_ranks(members, truth, ocean, rng, thin),
        evaluations=analysis.evaluations,
        seconds=analysis.seconds,
        guidance=_sum_where(squared, problem.observed & ocean),
        reconstruction=_sum_where(squared, ~problem.observed & ocean),
    )


def _sum_where(squared: NDArray, chosen: NDArray) -> tuple[float, int]:
    return float(squared[chosen].sum()), int(chosen.sum())


def _add(pairs: list[tuple[float, int]]) -> tuple[float, int]:
    return sum(p[0] for p in pairs), sum(p[1] for p in pairs)
