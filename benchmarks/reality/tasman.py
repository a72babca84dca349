"""Thirty years of daily sea-surface temperature east of Tasmania, and twin experiments on them.

NOAA OISST at 0.25°, 147–155° E, 45–37° S. A climatology and a spread of the training years turn
it into normalised anomalies; a part of each day's cells is observed with error, and the rest is
what every method is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import ErrorConfig
from thermocline.errors import BadFile
from thermocline.observe import error_std
from thermocline.observe.patterns import case_rng, make_problem, random_cells
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Field
from thermocline.ocean.statistics import Statistics

FOLDER = "sst/oisst_tasman"
LAGS = (-6, -4, -2, 2, 4, 6)
"""Days around the one that is asked for whose observations a window has too."""
EVERY = 2
"""Libraries hold every second day: neighbours are alike, and all lags are even."""
MARGIN = 16
"""Columns of land east of the box: networks are periodic, and must not see round the globe."""
HARMONICS = 3
ERROR = ErrorConfig(instrument=0.3, representativeness=0)
SEED = 0


class Case(NamedTuple):
    """One day's problem and its truth [1, H, W] in normalised anomalies."""

    problem: AnomalyProblem
    truth: Field


@dataclass(frozen=True, eq=False)
class Series:
    """Daily normalised anomalies, from a climatology and a spread of training years alone.

    Attributes:
        anomaly: [N, 1, H, W], 0 on land.
        serial: day number [N], since 1970.
        month, year: of each day [N].
        grid: of H latitudes and W longitudes, the last `MARGIN` of them land.
        statistics: spread and sea; its climatology is 0, so that degrees are those of anomalies.
        harmonics: the climatology, as factors [K, 1, H, W] of `yearly_cycle`.
        last: the last training year.
    """

    anomaly: NDArray[np.float32]
    serial: NDArray[np.int64]
    month: NDArray[np.int64]
    year: NDArray[np.int64]
    grid: LatLonGrid
    statistics: Statistics
    harmonics: NDArray[np.float64]
    last: int

    @classmethod
    def of(cls, sst: xr.DataArray, last: int) -> Series:
        """From daily temperatures [time, lat, lon], °C, NaN on land; trained to year `last`.

        The climatology is a yearly cycle of `HARMONICS` harmonics at every cell.
        """
        day = sst.time.values.astype("datetime64[D]")
        year = day.astype("datetime64[Y]").astype(np.int64) + 1970
        month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
        trained = year <= last
        values = np.pad(sst.values, ((0, 0), (0, 0), (0, MARGIN)), constant_values=np.nan)
        ocean = np.isfinite(values[trained]).all(axis=0)
        anomaly = np.zeros(values.shape, np.float32)
        sea = values[:, ocean]
        cycle = yearly_cycle(day)
        fitted = np.linalg.lstsq(cycle[trained], sea[trained], rcond=None)[0]
        sea = sea - cycle @ fitted
        harmonics = np.zeros((cycle.shape[1], 1, *ocean.shape))
        harmonics[:, 0, ocean] = fitted
        std = np.ones(ocean.shape, np.float32)
        std[ocean] = sea[trained].std(axis=0)
        anomaly[:, ocean] = sea / std[ocean]
        longitude = sst.lon.values.astype(np.float64)
        step = longitude[1] - longitude[0]
        longitude = np.append(longitude, longitude[-1] + step * np.arange(1, MARGIN + 1))
        zero = np.zeros((12, 1, *ocean.shape), np.float32)
        return cls(
            anomaly[:, None],
            day.astype(np.int64),
            month,
            year,
            LatLonGrid(sst.lat.values.astype(np.float64), longitude),
            Statistics(zero, std[None], ocean[None]),
            harmonics,
            last,
        )

    @property
    def ocean(self) -> NDArray[np.bool_]:
        """[1, H, W]."""
        return self.statistics.ocean

    @property
    def area(self) -> NDArray[np.float64]:
        """Cell areas [H, W]."""
        return self.grid.cell_area()

    @property
    def s_y(self) -> NDArray[np.float32]:
        """Error of an observation in normalised anomalies, [1, H, W]."""
        return (error_std(ERROR, self.statistics.std) / self.statistics.std).astype(np.float32)

    def degrees(self, anomaly: NDArray, index: int) -> NDArray[np.float64]:
        """Temperatures [1, H, W], °C, of a day's normalised anomalies; NaN on land."""
        day = np.array([int(self.serial[index])], "datetime64[D]")
        mean = np.tensordot(yearly_cycle(day)[0], self.harmonics, axes=1)
        return np.where(self.ocean, anomaly * self.statistics.std + mean, np.nan)

    def days(self, years: Sequence[int], every: int = 1) -> NDArray[np.int64]:
        """Every so-many-th day of some years, as indices."""
        return np.flatnonzero(np.isin(self.year, years))[::every]

    def library(self, without: Sequence[int] = ()) -> StateLibrary:
        """Days of the training years, but for years in `without` and those next to them."""
        near = {year + step for year in without for step in (-1, 0, 1)}
        kept = (self.year <= self.last) & ~np.isin(self.year, list(near))
        kept &= self.serial % EVERY == 0
        return StateLibrary(
            self.anomaly[kept],
            self.month[kept],
            self.grid,
            serial=self.serial[kept],
            quantise=False,
        )

    def ensemble(self, like: EnsembleOI, without: Sequence[int] = ()) -> EnsembleOI:
        """The same method with the library without some years."""
        return like.with_library(self.library(without))

    def case(self, index: int, density: float, window: bool) -> Case:
        """A day, observed at a share of its cells; with those of the days around, if asked for.

        What is observed of a day is the same whichever day asks for it.
        """
        problem = self._observe(index, density)
        if window:
            problem = replace(problem, around=tuple(self._around(index, density)))
        return Case(problem, self.anomaly[index])

    def cases(self, days: Sequence[int], density: float, window: bool) -> list[Case]:
        """Cases of several days."""
        return [self.case(int(day), density, window) for day in days]

    def _around(self, index: int, density: float) -> list[AnomalyNeighbour]:
        """What was observed on the days around; of later years, nothing is told to earlier ones."""
        neighbours = []
        known = self.year <= max(self.last, int(self.year[index]))
        for lag in LAGS:
            for other in np.flatnonzero(known & (self.serial == self.serial[index] + lag)):
                seen = self._observe(int(other), density)
                neighbours.append(AnomalyNeighbour(lag, seen.y, seen.s_y, seen.observed))
        return neighbours

    def _observe(self, index: int, density: float) -> AnomalyProblem:
        name = str(np.datetime64(int(self.serial[index]), "D"))
        rng = case_rng(SEED, name, density, "cells")
        observed = random_cells(self.ocean, density, rng)
        return make_problem(
            self.anomaly[index],
            observed,
            self.statistics,
            ERROR,
            rng,
            int(self.month[index]),
            name,
        )


def yearly_cycle(day: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """A constant, and sines and cosines of the time of year, [N, 1 + 2·HARMONICS]."""
    start = day.astype("datetime64[Y]")
    length = ((start + 1).astype("datetime64[D]") - start).astype(np.float64)
    phase = 2 * np.pi * ((day - start).astype(np.float64) + 0.5) / length
    order = np.arange(1, HARMONICS + 1)
    waves = phase[:, None] * order
    return np.concatenate([np.ones((len(day), 1)), np.cos(waves), np.sin(waves)], axis=1)


def open_tasman(real: Path) -> xr.DataArray:
    """All years' temperatures [time, lat, lon], °C.

    Raises:
        BadFile: if there is none.
    """
    paths = sorted((real / FOLDER).glob("oisst_tasman_*.nc"))
    if not paths:
        raise BadFile("no files", where=str(real / FOLDER), fix="set THERMOCLINE_REAL_DATA")
    parts = []
    for path in paths:
        with xr.open_dataset(path) as ds:
            parts.append(ds.sst.load())
    return xr.concat(parts, dim="time").transpose("time", "lat", "lon")
