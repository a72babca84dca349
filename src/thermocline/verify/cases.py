"""The score of one analysis, kept as sums so that cases, levels and basins pool exactly."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.basins import BASINS, basin_of
from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Analysis, Problem
from thermocline.ocean.statistics import Statistics
from thermocline.verify import probabilistic
from thermocline.verify.metrics import total_mse
from thermocline.verify.ranks import rank_table

Sums = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class CaseScore:
    """Sums over the cells of one case, or of several pooled ones; all in °C.

    Attributes:
        case: name of the case.
        sums: name → [C, basins], each Σ area · quantity: `weight` (1), `error`, `absolute`,
            `squared`, `crps`, and for distributions `variance` and `spread_squared` (the squared
            error of what the variance is about), for the correlation of anomalies `truth2`,
            `mean2`, `cross`.
        guidance, reconstruction: un-weighted (Σ error², number) of observed and other cells.
        members: ensemble size, or None for a stated distribution or a point estimate.
        tables: one of `ranks.rank_table` a case [cases, M + 1, M + 1], if asked for.
        evaluations: network evaluations a member.
        seconds: mean wall-clock time a case.
        cases: how many cases are pooled here.
    """

    case: str
    sums: Sums
    guidance: tuple[float, int]
    reconstruction: tuple[float, int]
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
    def correlation(self) -> float:
        """Uncentred correlation of the anomalies from climatology; 0 for climatology itself."""
        scale = np.sqrt(self.sums["truth2"].sum() * self.sums["mean2"].sum())
        return float(self.sums["cross"].sum() / scale) if scale > 0 else 0.0

    @property
    def spread_skill(self) -> float | None:
        """Spread over skill (see `probabilistic.spread_skill`); None for a point estimate."""
        if "variance" not in self.sums:
            return None
        return probabilistic.spread_skill(
            float(self.mean("variance")), float(self.mean("spread_squared")), self.members
        )

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
        return total_mse(self.mse_guidance, self.mse_reconstruction, density)


def basin_index(grid: Grid) -> NDArray[np.int64]:
    """Index into `ocean.basins.BASINS` of every cell [H, W]."""
    return basin_of(grid.latitude[:, None], grid.longitude[None, :])


def score_case(
    analysis: Analysis,
    problem: Problem,
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
    _check(analysis, ocean, truth_anomaly, statistics, area)
    std = np.where(ocean, statistics.std, 0.0).astype(np.float64)
    truth = np.where(ocean, truth_anomaly, 0.0) * std
    mean = np.where(ocean, analysis.mean, 0.0) * std
    error = mean - truth
    quantities: dict[str, NDArray] = {
        "weight": ocean.astype(np.float64),
        "error": error,
        "absolute": np.abs(error),
        "squared": error**2,
        "truth2": truth**2,
        "mean2": mean**2,
        "cross": mean * truth,
    }
    count, tables = None, None
    if analysis.members is not None:
        members = np.where(ocean, analysis.members, 0.0) * std
        count = members.shape[0]
        quantities["crps"] = probabilistic.crps_ensemble(members, truth)
        if count > 1:
            quantities["variance"] = members.var(axis=0, ddof=1)
            quantities["spread_squared"] = (members.mean(axis=0) - truth) ** 2
            if rng is not None:
                chosen = np.zeros_like(ocean)
                chosen[:, ::thin, ::thin] = ocean[:, ::thin, ::thin]
                tables = rank_table(members, truth, chosen, rng)[None]
    elif analysis.std is not None:
        spread = np.where(ocean, analysis.std, 0.0) * std
        quantities["crps"] = probabilistic.crps_gaussian(mean, spread, truth)
        quantities["variance"] = spread**2
        quantities["spread_squared"] = error**2
    else:
        quantities["crps"] = quantities["absolute"]
    squared = quantities["squared"]
    return CaseScore(
        case=problem.case,
        sums={k: _by_level_and_basin(v, ocean, area, basins) for k, v in quantities.items()},
        guidance=_sum_where(squared, problem.observed & ocean),
        reconstruction=_sum_where(squared, ~problem.observed & ocean),
        members=count,
        tables=tables,
        evaluations=analysis.evaluations,
        seconds=analysis.seconds,
    )


def pool(scores: Iterable[CaseScore]) -> CaseScore:
    """The score over all cells of several cases; `evaluations` and `seconds` are means a case.

    Raises:
        BadData: for no case, or cases that differ in ensemble size or in what they state.
    """
    scores = list(scores)
    if not scores:
        raise BadData("no case to pool", where="scores")
    first = scores[0]
    for other in scores[1:]:
        if other.members != first.members or other.sums.keys() != first.sums.keys():
            raise BadData(
                f"cases {first.case!r} and {other.case!r} differ in members or in what they state",
                where="scores",
                fix="score every case of a method with the same settings",
            )
    counted = [s.tables for s in scores if s.tables is not None]
    cases = sum(s.cases for s in scores)
    return CaseScore(
        case=first.case if len(scores) == 1 else f"{cases} cases",
        sums={k: np.sum([s.sums[k] for s in scores], axis=0) for k in first.sums},
        guidance=_add([s.guidance for s in scores]),
        reconstruction=_add([s.reconstruction for s in scores]),
        members=first.members,
        tables=np.concatenate(counted) if counted else None,
        evaluations=round(sum(s.evaluations * s.cases for s in scores) / cases),
        seconds=sum(s.seconds * s.cases for s in scores) / cases,
        cases=cases,
    )


def _by_level_and_basin(
    values: NDArray, ocean: NDArray, area: NDArray, basins: NDArray | None
) -> NDArray[np.float64]:
    """Σ area · value [C, basins] over the ocean."""
    weighted = np.where(ocean, values, 0.0) * area
    if basins is None:
        return weighted.sum(axis=(1, 2))[:, None]
    flat = basins.ravel()
    return np.stack([np.bincount(flat, weights=w.ravel(), minlength=len(BASINS)) for w in weighted])


def _sum_where(squared: NDArray, chosen: NDArray) -> tuple[float, int]:
    return float(squared[chosen].sum()), int(chosen.sum())


def _add(pairs: list[tuple[float, int]]) -> tuple[float, int]:
    return sum(p[0] for p in pairs), sum(p[1] for p in pairs)


def _check(
    analysis: Analysis, ocean: NDArray, truth: NDArray, statistics: Statistics, area: NDArray
) -> None:
    parts: dict[str, NDArray | None] = {
        "mean": analysis.mean,
        "standard deviation": analysis.std,
        "members": analysis.members,
        "truth": truth,
        "statistics": statistics.std,
    }
    for name, values in parts.items():
        if values is None:
            continue
        if values.shape[-3:] != ocean.shape:
            raise BadData(
                f"{name} has shape {values.shape}, the problem {ocean.shape}", where="score_case"
            )
        wet = values[..., ocean]
        if not np.isfinite(wet).all():
            bad = int((~np.isfinite(wet)).sum())
            raise BadData(f"{name}: {bad} ocean values are not finite", where="score_case")
    if area.shape != ocean.shape[1:]:
        raise BadData(f"area has shape {area.shape}, cells {ocean.shape[1:]}", where="score_case")
