"""From point observations to an `AnomalyProblem`: anomalies, super-observations, honest errors.

Each observation becomes a normalised anomaly a_i = (value − climatology there) / std of its
cell, with instrument error e_i and representativeness error r, both in the same unit. Those of
one cell are averaged with weights w_i ∝ 1 / (e_i² + r²), Σ w_i = 1. Instrument errors average
out; representativeness (what a cell mean does not resolve) is shared by a cell's observations
and does not:

    y = Σ w_i a_i,    s_y² = Σ w_i² e_i² + r².
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.config import ErrorConfig
from thermocline.errors import BadData, BadObservations
from thermocline.observe.coast import Places, nearest_sea
from thermocline.observe.observations import Observations
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.grid import Grid
from thermocline.ocean.points import Points
from thermocline.ocean.statistics import Statistics


@dataclass(frozen=True)
class Usage:
    """What became of the observations: counts that add up to `given`, and the cells they fill.

    `snapped` of the `used` ones fell into a land cell and serve the nearest sea cell beside it;
    `around` of them are of the months around the one asked for. `off_month` ones lie further away.
    `cell` [given] is the flat index of the cell of each, or OFF_LEVEL, ON_LAND or OFF_MONTH. Of
    those snapped, `moved` [given] is how far the cell's centre is, km, and `ashore` [given] tells
    those in a cell without water from those below the floor of their cell; else 0 and false.
    """

    given: int
    used: int
    off_level: int
    on_land: int
    snapped: int
    cells: int
    around: int = 0
    off_month: int = 0
    cell: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, np.int64), compare=False, repr=False
    )
    moved: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros(0), compare=False, repr=False
    )
    ashore: NDArray[np.bool_] = field(
        default_factory=lambda: np.zeros(0, bool), compare=False, repr=False
    )


OFF_LEVEL, ON_LAND, OFF_MONTH = -1, -2, -3
"""In place of a cell: why an observation has none."""


def error_std(errors: ErrorConfig, std: ArrayLike) -> NDArray[np.float64]:
    """Error of a cell value, √(instrument² + (representativeness · std)²), °C; `std` in °C."""
    return np.hypot(errors.instrument, errors.representativeness * np.asarray(std, np.float64))


def nearest_level(depth: ArrayLike, levels: ArrayLike) -> tuple[NDArray[np.int64], NDArray]:
    """Nearest level of each depth, and whether it lies within half the spacing of the levels.

    Above the first level everything to the surface counts; below the last, half the last spacing.
    """
    z, centres = np.asarray(depth, np.float64), np.asarray(levels, np.float64)
    middle = (centres[1:] + centres[:-1]) / 2
    floor = centres[-1] + (centres[-1] - centres[-2]) / 2 if centres.size > 1 else 2 * centres[0]
    return np.searchsorted(middle, z, side="right"), z <= floor


def to_problem(
    observations: Observations,
    grid: Grid,
    depth: ArrayLike,
    statistics: Statistics,
    month: int,
    errors: ErrorConfig,
    case: str = "",
    snap: bool = True,
    may_be_empty: bool = False,
) -> tuple[AnomalyProblem, Usage]:
    """Grid observations of one month into an `AnomalyProblem` on the model's grid.

    Each goes to the nearest level and the cell it lies in; the climatology it is compared with
    is interpolated to its own position and depth. With `snap`, one that falls into a land cell
    serves the nearest sea cell beside it (see `thermocline.observe.coast`).

    Raises:
        BadObservations: if no observation is left, unless the problem `may_be_empty`.
        BadData: if grid, levels and statistics do not belong together, or `month` is not 1–12.
    """
    levels = np.asarray(depth, np.float64)
    _check_shapes(grid, levels, statistics, month)
    level, near = nearest_level(observations.depth, levels)
    row, column = grid.locate(observations.latitude, observations.longitude)
    sea = statistics.ocean[level, row, column]
    water: NDArray[np.bool_] = np.asarray(statistics.ocean.any(axis=0))
    ashore, moved = ~water[row, column], np.zeros(len(observations))
    snapped = np.zeros(len(observations), bool)
    dry = np.flatnonzero(near & ~sea)
    if snap and dry.size:
        places = Places(observations.latitude, observations.longitude, level, row, column)
        beside = nearest_sea(places[dry], grid, statistics.ocean)
        there = dry[beside.found]
        row[there], column[there] = beside.row[beside.found], beside.column[beside.found]
        moved[there], sea[there], snapped[there] = beside.distance[beside.found], True, True
    keep = near & sea
    if not keep.any() and not may_be_empty:
        raise BadObservations(
            f"none of {len(observations)} observations can be used: {int((~near).sum())} deeper "
            f"than the model, {int((near & ~sea).sum())} on land or below the sea floor",
            fix=f"give observations in the ocean, 0–{levels[-1]:g} m",
        )
    problem = _superpose(
        observations, keep, (level, row, column), grid, levels, statistics, month, errors, case
    )
    usage = Usage(
        given=len(observations),
        used=int(keep.sum()),
        off_level=int((~near).sum()),
        on_land=int((near & ~sea).sum()),
        snapped=int((snapped & keep).sum()),
        cells=int(problem.observed.sum()),
        cell=np.where(
            keep,
            np.ravel_multi_index((level, row, column), statistics.ocean.shape, mode="clip"),
            np.where(near, ON_LAND, OFF_LEVEL),
        ),
        moved=np.where(snapped & keep, moved, 0.0),
        ashore=ashore & snapped & keep,
    )
    return problem, usage


def _superpose(
    observations: Observations,
    keep: NDArray,
    cell: tuple[NDArray, NDArray, NDArray],
    grid: Grid,
    levels: NDArray,
    statistics: Statistics,
    month: int,
    errors: ErrorConfig,
    case: str,
) -> AnomalyProblem:
    shape = statistics.ocean.shape
    flat = np.ravel_multi_index(tuple(axis[keep] for axis in cell), shape)
    operator = Points.at(
        observations.latitude[keep],
        observations.longitude[keep],
        observations.depth[keep],
        grid,
        levels,
        statistics.ocean,
    )
    field = statistics.climatology[month - 1].astype(np.float64)
    # A snapped observation may have no sea corner at all: its cell's climatology stands in.
    there = np.where(operator.reached, operator(field), field.ravel()[flat])
    std = statistics.std.ravel()[flat].astype(np.float64)
    anomaly = (observations.value[keep] - there) / std
    stated = observations.error[keep]
    instrument = np.where(np.isnan(stated), errors.instrument, stated) / std
    weight = 1 / (instrument**2 + errors.representativeness**2)
    size = int(np.prod(shape))
    total = np.bincount(flat, weight, size)
    observed = total > 0
    safe = np.where(observed, total, 1.0)
    y = np.bincount(flat, weight * anomaly, size) / safe
    variance = np.bincount(flat, (weight * instrument) ** 2, size) / safe**2
    s_y = np.where(observed, np.sqrt(variance + errors.representativeness**2), 1.0)
    return AnomalyProblem(
        y=y.reshape(shape).astype(np.float32),
        s_y=s_y.reshape(shape).astype(np.float32),
        observed=observed.reshape(shape),
        ocean=statistics.ocean,
        month=month,
        case=case,
    )


def _check_shapes(grid: Grid, levels: NDArray, statistics: Statistics, month: int) -> None:
    expected = (levels.size, *grid.shape)
    if statistics.ocean.shape != expected:
        raise BadData(
            f"statistics of shape {statistics.ocean.shape} for a model of {expected}",
            where="statistics",
            fix="use the statistics, grid and levels of one store",
        )
    if not 1 <= month <= 12:
        raise BadData(f"month {month}", where="month", fix="give a calendar month, 1 to 12")
