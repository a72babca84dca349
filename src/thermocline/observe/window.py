"""Dated observations to a problem: the month asked for, and the months around it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.config import ErrorConfig
from thermocline.errors import BadObservations
from thermocline.observe.gridding import OFF_MONTH, Usage, to_problem
from thermocline.observe.observations import Observations
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.grid import Grid
from thermocline.ocean.statistics import Statistics

Gridded = tuple[AnomalyProblem, Usage]


def to_window(
    observations: Observations,
    grid: Grid,
    depth: ArrayLike,
    statistics: Statistics,
    month: np.datetime64,
    errors: ErrorConfig,
    window: int = 0,
    most: int | None = None,
) -> tuple[AnomalyProblem, Usage]:
    """Observations around a month (datetime64[M]) as an `AnomalyProblem` on the model's grid.

    Those without a time are of the month itself; those more than `window` months away are left
    out. Each month is gridded against its own climatology (see `to_problem`).

    Args:
        window: months on either side.
        most: cells that an analysis takes; whole columns of the months around are left out until
            no more are observed.

    Raises:
        BadObservations: if no observation is left.
    """
    lag = months_from(observations, month)
    near = np.abs(lag) <= window
    if not near.any():
        raise BadObservations(
            f"none of {len(observations)} observations is of {month}"
            + (f" or the {window} months around it" if window else ""),
            where="time",
            fix="ask for a month that was observed, or leave the times out",
        )

    def gridded(chosen: NDArray[np.bool_], months: int, *, may_be_empty: bool = True) -> Gridded:
        calendar_month = int((month + months).astype("datetime64[M]").astype(int)) % 12 + 1
        return to_problem(
            observations.where(chosen),
            grid,
            depth,
            statistics,
            calendar_month,
            errors,
            str(month),
            may_be_empty=may_be_empty,
        )

    own, usage = gridded(lag == 0, 0)
    beside = {each: gridded(lag == each, each) for each in np.unique(lag[near & (lag != 0)])}
    total = _total([usage, *(counts for _, counts in beside.values())])
    if not total.used:
        gridded(near, 0, may_be_empty=False)  # says why
    around = [AnomalyNeighbour(int(k), p.y, p.s_y, p.observed) for k, (p, _) in beside.items()]
    around = [each for each in around if each.observed.any()]
    if most is not None:
        around = thinned(around, most - usage.cells)
    cell = np.full(len(observations), OFF_MONTH)
    moved, ashore = np.zeros(len(observations)), np.zeros(len(observations), bool)
    for each, counts in {0: usage, **{each: found for each, (_, found) in beside.items()}}.items():
        own_month = lag == each
        cell[own_month], moved[own_month] = counts.cell, counts.moved
        ashore[own_month] = counts.ashore
    total = replace(
        total,
        cell=cell,
        moved=moved,
        ashore=ashore,
        given=len(observations),
        cells=usage.cells + sum(int(each.observed.sum()) for each in around),
        around=total.used - usage.used,
        off_month=int((~near).sum()),
    )
    return replace(own, around=tuple(around)), total


def months_from(observations: Observations, month: np.datetime64) -> NDArray[np.int64]:
    """Months from `month` to each observation's own; 0 for those without a time."""
    if observations.time is None:
        return np.zeros(len(observations), np.int64)
    known = ~np.isnat(observations.time)
    apart = (observations.time.astype("datetime64[M]") - month).astype(np.int64)
    return np.where(known, apart, 0)


def thinned(around: Sequence[AnomalyNeighbour], most: int) -> list[AnomalyNeighbour]:
    """The months around with every n-th of their columns, n the least that leaves `most` cells."""
    if most < 1:
        return []
    count = sum(int(each.observed.sum()) for each in around)
    columns = max((int(each.observed.any(axis=0).sum()) for each in around), default=0)
    every = 1
    fitting = list(around)
    while count > most:
        every += 1
        if every > columns:
            return []
        fitting = [_every(each, every) for each in around]
        count = sum(int(each.observed.sum()) for each in fitting)
    return fitting


def _every(month: AnomalyNeighbour, every: int) -> AnomalyNeighbour:
    columns = np.flatnonzero(month.observed.any(axis=0))[::every]
    kept = np.zeros(month.observed.shape[1:], bool)
    kept.ravel()[columns] = True
    observed = month.observed & kept
    y = np.where(observed, month.y, 0).astype(np.float32)
    s_y = np.where(observed, month.s_y, 1).astype(np.float32)
    return AnomalyNeighbour(month.lag, y, s_y, observed)


def _total(parts: list[Usage]) -> Usage:
    """The counts of all months together."""
    names = ("given", "used", "off_level", "on_land", "snapped", "cells")
    return Usage(**{name: sum(getattr(part, name) for part in parts) for name in names})
