"""Daily sea-surface temperature east of Tasmania and its means over blocks of 5 × 5 cells.

NOAA OISST at 0.25°. What is asked for is the box of rows 7–26 and columns 8–27, all sea, of which
a method is told either its own 4 × 4 blocks or also those around them: with the 32 × 32 cells of
the files, blocks of the same lattice make up rows 2–31 and columns 3–27, Tasmania's coast among
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis

FACTOR = 5
ROWS, COLUMNS = slice(7, 27), slice(8, 28)
S_Y = 0.01
"""Error of a block mean that methods are told, °C: what the files' values are rounded to."""
BOX, SURROUNDINGS = "box", "surroundings"


@dataclass(frozen=True, eq=False)
class Series:
    """Daily temperatures of the box, and as much around it as makes whole blocks.

    Attributes:
        sst: [N, H, W], °C; NaN on land.
        date: of each day [N].
        grid: of H latitudes and W longitudes.
        ocean: sea on every day [H, W].
        inner: rows and columns of the box.
    """

    sst: NDArray[np.float32]
    date: NDArray[np.datetime64]
    grid: LatLonGrid
    ocean: NDArray[np.bool_]
    inner: tuple[slice, slice]

    @classmethod
    def of(cls, sst: xr.DataArray, rows: slice = ROWS, columns: slice = COLUMNS) -> Series:
        """From daily temperatures [time, lat, lon], °C, and the box."""
        (top, bottom), (left, right) = (
            (inside.start % FACTOR, size - (size - inside.stop) % FACTOR)
            for inside, size in zip((rows, columns), sst.shape[1:], strict=True)
        )
        values = sst.values[:, top:bottom, left:right].astype(np.float32)
        latitude, longitude = sst.lat.values[top:bottom], sst.lon.values[left:right]
        return cls(
            values,
            sst.time.values.astype("datetime64[D]"),
            LatLonGrid(latitude.astype(np.float64), longitude.astype(np.float64)),
            np.isfinite(values).all(axis=0),
            (
                slice(rows.start - top, rows.stop - top),
                slice(columns.start - left, columns.stop - left),
            ),
        )

    def days(self, years: Sequence[int], every: int = 1) -> NDArray[np.int64]:
        """Every so-many-th day of some years, as indices."""
        year = self.date.astype("datetime64[Y]").astype(np.int64) + 1970
        return np.flatnonzero(np.isin(year, years))[::every]

    def pairs(self, days: Sequence[int], told: str) -> list[Pair]:
        """Problems and truths of the box, or of the surroundings with it."""
        where = self.inner if told == BOX else (slice(None), slice(None))
        ocean = self.ocean[where]
        grid = LatLonGrid(self.grid.latitude[where[0]], self.grid.longitude[where[1]])
        found = []
        for day in days:
            truth = np.where(ocean, self.sst[day][where], np.float32(np.nan))
            value = block_mean(truth, ocean, FACTOR)
            s_y = np.where(np.isfinite(value), S_Y, 1).astype(np.float32)
            date = self.date[day]
            problem = LowResolution(value, s_y, ocean, grid, FACTOR, date, "tasman", str(date))
            found.append((problem, truth))
        return found

    def cut(self, answer: Analysis, told: str) -> Analysis:
        """The box of an answer."""
        if told == BOX:
            return answer
        parts = {
            name: None if values is None else values[(..., *self.inner)]
            for name, values in (("std", answer.std), ("members", answer.members))
        }
        return replace(answer, mean=answer.mean[(..., *self.inner)], **parts)
