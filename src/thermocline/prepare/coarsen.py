"""Pairs of coarse and fine from a fine series alone: its block means, with errors if wanted."""

import numpy as np
import xarray as xr

from thermocline.errors import BadData
from thermocline.ocean.block_error import BlockError
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.grid import LatLonGrid

EXACT = 1e-3
"""Standard deviation, in °C, that is stated of means without an error: arithmetic is no better."""


def coarsen(
    field: xr.DataArray,
    factor: int,
    error: float = 0.0,
    random: np.random.Generator | None = None,
    region: str = "",
) -> list[Pair]:
    """Each day of a fine field with its means over blocks of factor × factor cells.

    Args:
        field: °C, canonical: time, latitude, longitude (and depth, if it has one level), land NaN.
        factor: cells on each side of a block; rows and columns are multiples of it.
        error: standard deviation of an independent error of every mean, °C.
        random: where errors come from; needed if there are any.
        region: what the place is called.

    Raises:
        BadData: if blocks do not fit, or a value's day is not known.
    """
    if error > 0 and random is None:
        raise BadData("errors need a random generator", where="coarsen", fix="pass `random`")
    field = field.squeeze("depth", drop=True) if "depth" in field.dims else field
    field = field.transpose("time", "latitude", "longitude")
    grid = LatLonGrid(field.latitude.values, field.longitude.values)
    area = grid.cell_area()
    pairs = []
    for stamp, values in zip(field.time.values, field.values.astype(np.float32), strict=True):
        value = block_mean(values, area, factor)
        if error > 0 and random is not None:
            value = value + np.float32(error) * random.standard_normal(value.shape, np.float32)
        stated = BlockError(max(error, EXACT))
        pairs.append(pair_of(value, values, stated, grid, factor, stamp, region))
    return pairs


def pair_of(
    value: np.ndarray,
    truth: np.ndarray,
    error: BlockError,
    grid: LatLonGrid,
    factor: int,
    stamp: np.datetime64,
    region: str,
    member: str = "",
) -> Pair:
    """A problem and its truth: blocks [h, w] with their error, cells [H, W]; °C, NaN on land.

    Raises:
        BadData: if the day is no date of the common calendar.
    """
    day = stamp.astype("datetime64[D]")
    if np.isnat(day):
        raise BadData("a field without a date", where=region, fix="give its time coordinate")
    truth, value = truth.astype(np.float32), value.astype(np.float32)
    ocean = np.isfinite(truth)
    problem = LowResolution(
        value=value,
        s_y=error.s_y(value),
        ocean=ocean,
        grid=grid,
        factor=factor,
        date=day,
        region=region,
        case="/".join(part for part in (region, member, str(day)) if part),
    )
    return problem, truth
