"""The training states as a covariance between sea cells and observations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.layout import Layout, season_window
from thermocline.baselines.common.localisation import arc, gaspari_cohn
from thermocline.baselines.common.observed import Observed, blocks, places
from thermocline.baselines.common.packing import pack, unpack
from thermocline.baselines.common.succession import lagged, partners
from thermocline.errors import BadData, BadObservations
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid

MOST_OBSERVATIONS = 8000
"""Their covariance is dense: 8000 observations take 0.5 GB and some seconds."""


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
        serial: number [N] of each state's month, counted through a run; those that differ by one
            follow each other, those of different runs lie further apart. Without it the states
            say nothing of observations of other months.
        quantise: hold them to 8 bits a value, so that what is scored is what is stored.
    """

    def __init__(
        self,
        states: NDArray,
        months: NDArray,
        grid: LatLonGrid,
        *,
        serial: NDArray | None = None,
        quantise: bool = True,
    ):
        states, months = np.asarray(states), np.asarray(months, dtype=np.int64)
        if states.ndim != 4 or months.shape != states.shape[:1] or len(states) < 2:
            raise BadData(
                f"states {states.shape} with months {months.shape}",
                where="training states",
                fix="give at least two states [N, C, H, W] and the month of each",
            )
        order = np.argsort(months, kind="stable")
        self.grid, self.months = grid, months[order]
        self.serial = None if serial is None else np.asarray(serial, np.int64)[order]
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
        if self.serial is not None:
            arrays["serial"] = self.serial
        if self.scale is None:
            return arrays | {"states": self.states}
        codes = np.rint(self.states / self.scale[:, None]).astype(np.int8)
        return arrays | {"codes": codes, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray]) -> "StateLibrary":
        """The library whose `arrays` these are; raises KeyError if one is missing."""
        self = object.__new__(cls)
        self.grid = LatLonGrid(arrays["latitude"], arrays["longitude"])
        self.months = arrays["months"]
        self.serial = arrays.get("serial")
        self.layout = Layout.of(arrays["ocean"], self.grid)
        self.scale = arrays["scale"] if "codes" in arrays else None
        if self.scale is None:
            self.states = arrays["states"]
        else:
            self.states = unpack(arrays["codes"], self.scale)
        return self

    def observe(self, problem: AnomalyProblem, season_months: int) -> Observed:
        """The observations on known cells, and the states within `season_months` at them.

        Raises:
            BadObservations: if there are more than `MOST_OBSERVATIONS`, or some of other months
                and the states' order in time is not known.
        """
        if problem.observed.shape != self.layout.shape:
            raise BadObservations(
                f"a problem of shape {problem.observed.shape}, states of {self.layout.shape}",
                where=problem.case,
            )
        row, lag, y, s_y = places(problem, self.layout)
        if row.size > MOST_OBSERVATIONS:
            raise BadObservations(
                f"{row.size} observed cells are too many for one analysis",
                where=problem.case,
                fix=f"thin or average them to at most {MOST_OBSERVATIONS}",
            )
        columns, column = np.unique(self.layout.column[row], return_inverse=True)
        season = season_window(self.months, problem.month, season_months)
        count = sum(part.stop - part.start for part in season)
        states = np.empty((row.size, count), np.float32)
        for each in np.unique(lag):
            mine = lag == each
            states[mine] = self._at(row[mine], season, int(each), problem.case)
        return Observed(row, lag, column, columns, y, s_y, season, states)

    def _at(
        self, row: NDArray[np.int64], season: list[slice], lag: int, case: str
    ) -> NDArray[np.float32]:
        """What the season's states, or those `lag` months after them, have at `row`, [p, n]."""
        if lag == 0:
            return np.concatenate([self.states[row, part] for part in season], axis=1)
        if self.serial is None:
            raise BadObservations(
                f"observations {lag:+d} months away, and states whose order in time is not known",
                where=case,
                fix="leave them out, or train the model again",
            )
        return lagged(self.states, row, season, partners(self.serial, lag))

    @cached_property
    def level(self) -> NDArray[np.int64]:
        """Channel of each row [V]."""
        return self.layout.cell // self.layout.plane

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

    def of_season(self, rows: slice, season: list[slice]) -> NDArray[np.float32]:
        """The season's states at `rows`, [v, n]."""
        return np.concatenate([self.states[rows, part] for part in season], axis=1)

    def variance(self, season: list[slice]) -> NDArray[np.float64]:
        """Sample variance [V] of the season's states (of known mean 0)."""
        count = sum(s.stop - s.start for s in season)
        parts = [np.einsum("vn,vn->v", x, x) for x in (self.states[:, s] for s in season)]
        return np.sum(parts, axis=0, dtype=np.float64) / (count - 1)

    def localise(
        self,
        observed: Observed,
        covariance: NDArray[np.float64],
        radius_km: float,
        share: float = 0.0,
    ) -> NDArray[np.float64]:
        """Schur product, in place, of a covariance of the observations with (1 − share)·L + share.

        Of its upper triangle alone.

        By blocks of rows, since the distances of all pairs of columns would be large.
        """
        seen = self.layout.point[observed.columns]
        for block in blocks(len(observed)):
            first, last = observed.column[block][[0, -1]]
            local = gaspari_cohn(arc(seen[first : last + 1], seen[first:]), radius_km * 1e3)
            local = share + (1 - share) * local
            columns = observed.column[block.start :] - first
            covariance[block, block.start :] *= local[
                np.ix_(observed.column[block] - first, columns)
            ]
        return covariance
