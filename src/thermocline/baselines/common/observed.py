"""The observations of a problem, each with the value of every training state there."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.layout import Layout
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Field, Mask

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Observed:
    """The observations of a problem that lie on sea cells of the training states.

    They are ordered by water column, whatever their month.

    Attributes:
        row: row of each observation [p].
        lag: months after the problem's at which it was made [p].
        column: its water column, as an index [p] into `columns`; ascending.
        columns: the water columns observed [q].
        y, s_y: value and error [p].
        season: slices of the states that make up the season.
        states: what the season's n states have in the observations' place [p, n]; of an
            observation of another month, what their successors (or predecessors) have.
    """

    row: Index
    lag: Index
    column: Index
    columns: Index
    y: NDArray[np.float64]
    s_y: NDArray[np.float64]
    season: list[slice]
    states: NDArray[np.float32]

    def __len__(self) -> int:
        return self.y.size

    def covariance(self) -> NDArray[np.float64]:
        """Sample covariance of the season's states (of known mean 0) at the observations [p, p].

        Not localised; only the upper triangle is valid.
        """
        states = self.states.astype(np.float64)
        covariance = np.zeros((len(self), len(self)))
        for block in blocks(len(self)):
            np.matmul(states[block], states[block.start :].T, out=covariance[block, block.start :])
        covariance /= self.states.shape[1] - 1
        return covariance

    def where(self, chosen: Index) -> "Observed":
        """Some of them, by their index [k], ascending."""
        columns, column = np.unique(self.columns[self.column[chosen]], return_inverse=True)
        return Observed(
            self.row[chosen],
            self.lag[chosen],
            column,
            columns,
            self.y[chosen],
            self.s_y[chosen],
            self.season,
            self.states[chosen],
        )

    def noise(self, size: int, seed: int, member: int) -> NDArray[np.float64]:
        """Errors [p] of N(0, s_y²) for a draw; an observation's does not depend on the others."""
        errors = np.empty(len(self))
        for lag in np.unique(self.lag):
            key = [seed, 1, member] if lag == 0 else [seed, 3, member, int(lag) % 2**32]
            mine = self.lag == lag
            errors[mine] = np.random.default_rng(key).standard_normal(size)[self.row[mine]]
        return self.s_y * errors


def months_of(problem: AnomalyProblem) -> Iterator[tuple[int, Field, Field, Mask]]:
    """(lag, y, s_y, observed) of the problem's own month and of those around it."""
    yield 0, problem.y, problem.s_y, problem.observed
    for month in problem.around:
        yield month.lag, month.y, month.s_y, month.observed


def places(problem: AnomalyProblem, layout: Layout) -> tuple[Index, Index, NDArray, NDArray]:
    """Row, lag, y and s_y of each observation on the layout's cells [p], by water column."""
    rows, lags, values, errors = [], [], [], []
    for months_after, y, s_y, observed in months_of(problem):
        row = np.flatnonzero(observed.reshape(-1)[layout.cell])
        cell = layout.cell[row]
        rows.append(row)
        lags.append(np.full(row.size, months_after))
        values.append(y.reshape(-1)[cell].astype(np.float64))
        errors.append(s_y.reshape(-1)[cell].astype(np.float64))
    order = np.argsort(layout.column[np.concatenate(rows)], kind="stable")
    row, lag, value, error = (np.concatenate(x)[order] for x in (rows, lags, values, errors))
    return row, lag, value, error


def blocks(size: int, step: int = 512) -> list[slice]:
    """Slices of at most `step` that make up `size`."""
    return [slice(i, min(i + step, size)) for i in range(0, size, step)]
