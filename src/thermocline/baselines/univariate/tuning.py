"""Parameters of the univariate OI and of DINEOF, chosen on validation cases.

Every candidate's score is returned beside the winner, so that the effort spent on a baseline is
on record.
"""

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.cholesky import factorise, solve
from thermocline.baselines.common.kernels import KERNELS
from thermocline.baselines.common.localisation import chord
from thermocline.baselines.common.observed import months_of
from thermocline.baselines.common.scoring import Case, mean_over, weight_of, weighted_rmse
from thermocline.baselines.univariate.dineof import Dineof
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.concurrency import side_by_side
from thermocline.config import DineofConfig, OIConfig
from thermocline.errors import BadConfig
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.grid import Grid
from thermocline.ocean.sphere import unit_vectors

Table = list[dict[str, Any]]


def tune_oi(
    cases: Sequence[Case],
    area: NDArray,
    grid: Grid,
    config: OIConfig,
    kernels: Sequence[str] = tuple(KERNELS),
    persistence: Sequence[float] | None = None,
) -> tuple[OptimalInterpolation, Table]:
    """The kernel, length and error factor of least RMSE for each level.

    Args:
        cases: validation problems and truths [C, H, W].
        area: weights [H, W] or [C, H, W]; with cell area × variance, errors count in °C.
        grid: their grid.
        config: candidate lengths and error factors.
        kernels: candidate names of `KERNELS`.
        persistence: see `OptimalInterpolation`; cases with months around need it.

    Returns:
        The tuned method, and a row for each candidate and level with its `rmse` (the mean over
        cases of the weighted RMSE, normalised).
    """
    need_cases(cases)
    candidates = list(product(kernels, config.length_km, config.error_factor))
    levels = len(cases[0][1])
    rho = np.zeros(levels) if persistence is None else np.asarray(persistence, float)
    of_case = partial(_oi_scores, area=area, grid=grid, candidates=candidates, rho=rho)
    scores = np.mean(list(side_by_side(of_case, cases)), axis=0)
    table = [
        {
            "method": "oi",
            "level": level,
            "kernel": kernel,
            "length_km": length,
            "error_factor": factor,
            "rmse": float(scores[i, level]),
        }
        for i, (kernel, length, factor) in enumerate(candidates)
        for level in range(scores.shape[1])
    ]
    best = [candidates[i] for i in scores.argmin(axis=0)]
    return OptimalInterpolation(
        grid, [b[1] for b in best], [b[2] for b in best], [b[0] for b in best], persistence
    ), table


class _Columns(NamedTuple):
    """Columns that were observed at any level, of all months: q, those of a month side by side.

    Attributes:
        cell, lag: flat cell and months apart [q].
        y, s_y, observed: at each level [C, q].
    """

    cell: NDArray[np.int64]
    lag: NDArray[np.float64]
    y: NDArray[np.float64]
    s_y: NDArray[np.float64]
    observed: NDArray[np.bool_]

    @classmethod
    def of(cls, problem: AnomalyProblem) -> "_Columns":
        parts = []
        for lag, *fields in months_of(problem):
            y, s_y, observed = (field.reshape(len(problem.y), -1) for field in fields)
            cell = np.flatnonzero(observed.any(axis=0))
            at = (part[:, cell] for part in (y.astype(float), s_y.astype(float), observed))
            parts.append((cell, np.full(cell.size, float(lag)), *at))
        return cls(*(np.concatenate(part, axis=-1) for part in zip(*parts, strict=True)))


def _oi_scores(
    case: Case,
    area: NDArray,
    grid: Grid,
    candidates: list[tuple[str, float, float]],
    rho: NDArray[np.float64],
) -> NDArray[np.float64]:
    """RMSE [candidates, C]; the levels share the covariance of all columns observed anywhere."""
    problem, truth = case
    levels = len(truth)
    lat, lon = grid.centres()
    points = unit_vectors(lat.ravel(), lon.ravel())
    seen = _Columns.of(problem)
    sea = np.flatnonzero(problem.ocean.any(axis=0))
    to_sea = chord(points[sea], points[seen.cell]).astype(np.float32)
    among = chord(points[seen.cell], points[seen.cell])
    truth, weight = truth.reshape(levels, -1)[:, sea], weight_of(problem, area)
    weight = weight.reshape(levels, -1)[:, sea]
    shapes = sorted({candidate[:2] for candidate in candidates})
    rmse = np.empty((len(candidates), levels))
    for name, length in shapes:
        which = [i for i, candidate in enumerate(candidates) if candidate[:2] == (name, length)]
        kernel = KERNELS[name]
        covariance = kernel(among / (length * 1e3))
        weights = np.stack([_oi_weights(seen, covariance, candidates[i][2], rho) for i in which])
        gain = kernel(to_sea / np.float32(length * 1e3))
        flat = weights.reshape(-1, seen.cell.size).T.astype(np.float32)
        means = (gain @ flat).T.reshape(len(which), levels, -1)
        square = (weight * (means - truth) ** 2).sum(axis=-1)
        rmse[which] = np.sqrt(square / np.maximum(weight.sum(axis=-1), 1e-300))
    return rmse


def _oi_weights(
    seen: _Columns, covariance: NDArray, factor: float, rho: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights [C, q] on the observations of every level, faded by ρ to the month that is asked for.

    They are 0 where a level has none.
    """
    weights = np.zeros(seen.y.shape)
    for level, here in enumerate(seen.observed):
        lag = seen.lag[here]
        part = covariance[np.ix_(here, here)] * rho[level] ** np.abs(lag[:, None] - lag)
        known = factorise(part, factor * seen.s_y[level, here])
        weights[level, here] = solve(known, seen.y[level, here]) * rho[level] ** np.abs(lag)
    return weights


def tune_dineof(
    cases: Sequence[Case],
    area: NDArray,
    states: NDArray,
    grid: Grid,
    config: DineofConfig,
    serial: NDArray | None = None,
    window: int = 0,
) -> tuple[Dineof, Table]:
    """The number of modes of least RMSE (mean over cases); see `tune_oi` for the arguments.

    `serial` and `window` are `Dineof`'s: cases with a window need them.

    Candidates of more modes than there are states are cut to the number of states.
    """
    need_cases(cases)
    modes = sorted({min(m, len(states)) for m in config.modes})
    full = Dineof(states, grid, modes[-1], serial=serial, window=window)
    table: Table = []
    for m in modes:
        method = full.with_modes(m)
        rmse = [
            weighted_rmse(method.mean(problem), truth, weight_of(problem, area))
            for problem, truth in cases
        ]
        table.append({"method": "dineof", "modes": m, "rmse": mean_over(rmse)})
    best = min(table, key=lambda row: row["rmse"])["modes"]
    return full.with_modes(best), table


def need_cases(cases: Sequence[Case]) -> None:
    """Raises BadConfig if there is nothing to tune on."""
    if not cases:
        raise BadConfig(
            "no validation case to tune on",
            where="evaluate.validation_months",
            fix="ask for at least one month, and give the validation period data",
        )
