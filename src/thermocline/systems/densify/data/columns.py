"""Observed columns of a problem, as information about mode coefficients."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Observed, Problem
from thermocline.systems.densify.data.climate import Climate


class Vectors(Protocol):
    """Modes: E [C, K], and the truncated variance [C]."""

    @property
    def vectors(self) -> NDArray[np.float32]: ...

    @property
    def lost(self) -> NDArray[np.float32]: ...


class Columns(NamedTuple):
    """Observed columns.

    Attributes:
        place: flat cells [n], each once.
        anomaly: normalised values [n, C], NaN where a level was not observed.
        error: their standard deviations [n, C], alike.
        information: Eᵀ R⁻¹ E [n, K, K], R variances of errors and of the truncation.
        evidence: Eᵀ R⁻¹ d [n, K].
    """

    place: NDArray[np.int64]
    anomaly: NDArray[np.float64]
    error: NDArray[np.float64]
    information: NDArray[np.float64]
    evidence: NDArray[np.float64]


def columns_of(problem: Problem | None, climate: Climate, modes: Vectors) -> Columns:
    """The observations of a problem, by column; none without a problem.

    Raises:
        BadData: for observations that are no single cells, or of another time.
    """
    e, lost = modes.vectors.astype(np.float64), modes.lost.astype(np.float64)
    cells: list[NDArray] = [np.zeros(0, np.int64)]
    y: list[NDArray] = [np.zeros(0)]
    s_y: list[NDArray] = [np.zeros(0)]
    for seen in problem.observations if problem else ():
        if not isinstance(seen.operator, Cells) or seen.lag:
            raise BadData(
                "observations that are no cells of the day",
                where=problem.case if problem else "",
                fix="grid the observations first",
            )
        cells.append(np.asarray(seen.operator.index, np.int64))
        y.append(seen.y)
        s_y.append(seen.s_y)
    channel, cell = np.divmod(np.concatenate(cells), climate.ocean.size)
    place, row = np.unique(cell, return_inverse=True)
    anomaly, error = (np.full((len(place), len(e)), np.nan) for _ in range(2))
    if problem is not None and len(place):
        normal = climate.mean(problem.time).reshape(len(climate.std), -1)[channel, cell]
        scale = climate.std[channel]
        anomaly[row, channel] = (np.concatenate(y) - normal) / scale
        error[row, channel] = np.concatenate(s_y) / scale
    precision = np.where(np.isfinite(anomaly), 1 / (error**2 + lost + 1e-6), 0)
    information = np.einsum("ck,nc,cl->nkl", e, precision, e, optimize=True)
    evidence = np.einsum("ck,nc->nk", e, precision * np.nan_to_num(anomaly), optimize=True)
    return Columns(place, anomaly, error, information, evidence)


def of_columns(seen: Observed, where: NDArray[np.bool_]) -> Observed:
    """The observations in the columns of a mask [H, W], as single cells."""
    assert isinstance(seen.operator, Cells)
    index = seen.operator.index
    kept = where.ravel()[index % where.size]
    operator = Cells(seen.operator.shape, index[kept])
    return Observed(operator, seen.y[kept], seen.s_y[kept], seen.lag)


def share_of(problem: Problem) -> float:
    """The share of the sea's columns that were observed at any level."""
    seen = np.zeros(problem.ocean.shape, bool)
    for each in problem.observations:
        seen |= each.operator.adjoint(np.ones(each.operator.size)) > 0
    return float(seen.any(axis=0).sum() / max(problem.ocean.any(axis=0).sum(), 1))
