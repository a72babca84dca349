"""The training states as a covariance: what they say about cells, given observations of others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.layout import Layout, season_window
from thermocline.baselines.localisation import arc, gaspari_cohn
from thermocline.baselines.packing import pack, unpack
from thermocline.errors import BadData, BadObservations
from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Problem

MOST_OBSERVATIONS = 8000
"""Their covariance is dense: 8000 observations take 0.5 GB and some seconds."""


@dataclass(frozen=True, eq=False)
class Observed:
    """The observations of a problem that fall on cells the training states know.

    Attributes:
        row: row of each observation [p], ascending.
        column: its water column, as an index [p] into `columns`.
        columns: the water columns observed [q].
        y, s_y: value and error [p].
        season: slices of the states that make up the season.
        states: the season's n states at the observations [p, n].
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    columns: NDArray[np.int64]
    y: NDArray[np.float64]
    s_y: NDArray[np.float64]
    season: list[slice]
    states: NDArray[np.float32]

    def covariance(self) -> NDArray[np.float64]:
        """Sample covariance of the season's states (of known mean 0) at the observations [p, p].

        Not localised; only the upper triangle is meant to be read.
        """
        states = self.states.astype(np.float64)
        covariance = np.empty((self.row.size, self.row.size))
        for block in _blocks(self.row.size):
            np.matmul(states[block], states[block.start :].T, out=covariance[block, block.start :])
        covariance /= self.states.shape[1] - 1
        return covariance


@dataclass(frozen=True, eq=False)
class Tile:
    """A tile of water columns and the observations near it.

    Attributes:
        rows: the tile's rows, as a slice of length v.
        near: observations within reach, as indices [m].
        covariance: sample covariance [v, m] of rows and observations.
        distance: of water columns and observations, metres [columns of the tile, q].
        expand: index that turns a [columns, q] array into one of [v, m].
    """

    rows: slice
    near: NDArray[np.int64]
    covariance: NDArray[np.float32]
    distance: NDArray[np.float64]
    expand: tuple[NDArray[np.int64], ...]


class StateLibrary:
    """Normalised anomalies [N, C, H, W] (0 on land) with the calendar month of each [N].

    Args:
        states: the anomalies; cells that are 0 in every state are taken as land.
        months: 1–12.
        grid: their grid.
        quantise: hold them to 8 bits a value, so that what is scored is what is stored.
    """

    def __init__(self, states: NDArray, months: NDArray, grid: Grid, *, quantise: bool = True):
        states, months = np.asarray(states), np.asarray(months, dtype=np.int64)
        if states.ndim != 4 or months.shape != states.shape[:1] or len(states) < 2:
            raise BadData(
                f"states {states.shape} with months {months.shape}",
                where="training states",
                fix="give at least two states [N, C, H, W] and the month of each",
            )
        order = np.argsort(months, kind="stable")
        self.grid, self.months = grid, months[order]
        self.layout = Layout.of((states != 0).any(axis=0), grid)
        self.states = self.layout.gather(states, order)
        self.scale: NDArray[np.float32] | None = None
        if quantise:
            codes, self.scale = pack(self.states)
            self.states = unpack(codes, self.scale)

    def arrays(self) -> dict[str, NDArray]:
        """The content, for storage; `from_arrays` reads it."""
        arrays = {
            "months": self.months,
            "latitude": self.grid.latitude,
            "longitude": self.grid.longitude,
            "ocean": self.layout.scatter(np.ones(self.layout.cell.size)) > 0,
        }
        if self.scale is None:
            return arrays | {"states": self.states}
        codes = np.rint(self.states / self.scale[:, None]).astype(np.int8)
        return arrays | {"codes": codes, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray]) -> "StateLibrary":
        """The library whose `arrays` these are; raises KeyError if one is missing."""
        self = object.__new__(cls)
        self.grid = Grid(arrays["latitude"], arrays["longitude"])
        self.months = arrays["months"]
        self.layout = Layout.of(arrays["ocean"], self.grid)
        self.scale = arrays["scale"] if "codes" in arrays else None
        if self.scale is None:
            self.states = arrays["states"]
        else:
            self.states = unpack(arrays["codes"], self.scale)
        return self

    def observe(self, problem: Problem, season_months: int) -> Observed:
        """The observations on known cells, and the states within `season_months` at them.

        Raises:
            BadObservations: if there are more than `MOST_OBSERVATIONS`.
        """
        if problem.observed.shape != self.layout.shape:
            raise BadObservations(
                f"a problem of shape {problem.observed.shape}, states of {self.layout.shape}",
                where=problem.case,
            )
        row = np.flatnonzero(problem.observed.reshape(-1)[self.layout.cell])
        if row.size > MOST_OBSERVATIONS:
            raise BadObservations(
                f"{row.size} observed cells are too many for one analysis",
                where=problem.case,
                fix=f"thin or average them to at most {MOST_OBSERVATIONS}",
            )
        cell = self.layout.cell[row]
        columns, column = np.unique(self.layout.column[row], return_inverse=True)
        season = season_window(self.months, problem.month, season_months)
        return Observed(
            row,
            column,
            columns,
            problem.y.reshape(-1)[cell].astype(np.float64),
            problem.s_y.reshape(-1)[cell].astype(np.float64),
            season,
            np.concatenate([self.states[row, s] for s in season], axis=1),
        )

    def tiles(self, observed: Observed, radius_km: float) -> Iterator[Tile]:
        """Every tile, with the observations within `radius_km` of any of its columns."""
        point = self.layout.point
        seen = point[observed.columns]
        for columns, rows in self.layout.tiles:
            distance = arc(point[columns], seen)
            reached = np.any(distance < radius_km * 1e3, axis=0)
            near = np.flatnonzero(reached[observed.column])
            covariance = np.zeros((rows.stop - rows.start, near.size), np.float32)
            first = 0
            for s in observed.season:
                last = first + s.stop - s.start
                covariance += self.states[rows, s] @ observed.states[near, first:last].T
                first = last
            covariance /= first - 1
            column = self.layout.column[rows] - columns.start
            yield Tile(rows, near, covariance, distance, np.ix_(column, observed.column[near]))

    def variance(self, season: list[slice]) -> NDArray[np.float64]:
        """Sample variance [V] of the season's states (of known mean 0)."""
        count = sum(s.stop - s.start for s in season)
        parts = [np.einsum("vn,vn->v", x, x) for x in (self.states[:, s] for s in season)]
        return np.sum(parts, axis=0, dtype=np.float64) / (count - 1)

    def localise(
        self, observed: Observed, covariance: NDArray[np.float64], radius_km: float
    ) -> NDArray[np.float64]:
        """Schur product, in place, of a covariance of the observations with L (upper triangle).

        By blocks of rows, since the distances of all pairs of columns would be large.
        """
        seen = self.layout.point[observed.columns]
        for block in _blocks(observed.row.size):
            first, last = observed.column[block][[0, -1]]
            local = gaspari_cohn(arc(seen[first : last + 1], seen[first:]), radius_km * 1e3)
            columns = observed.column[block.start :] - first
            covariance[block, block.start :] *= local[
                np.ix_(observed.column[block] - first, columns)
            ]
        return covariance


def _blocks(size: int, step: int = 512) -> list[slice]:
    return [slice(i, min(i + step, size)) for i in range(0, size, step)]
