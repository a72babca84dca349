"""Days of boxes, cut out of canonical datasets of any extent, and the splits they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import DataConfig, SstConfig
from thermocline.errors import BadConfig, BadData
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.split import SPLITS, Split
from thermocline.prepare.sst_store import Day
from thermocline.prepare.store import MISSING, pack

VARIABLE = "tos"
Fields = dict[Day, NDArray[np.int16]]


def split_of(day: Day, sst: SstConfig, data: DataConfig) -> Split | None:
    """The split a day belongs to, or None; raises BadConfig if it belongs to two."""
    year = int(str(day.date)[:4])
    found: list[Split] = []
    for split in SPLITS:
        period = getattr(data, split)
        if split != "test" and day.box in sst.withheld:
            continue
        if day.member in period.members and period.first <= year <= period.last:
            found.append(split)
    if len(found) > 1:
        raise BadConfig(
            f"{day.name} is in both {found[0]} and {found[1]}",
            where=f"data.{found[0]}",
            fix="give the splits different members or years",
        )
    return found[0] if found else None


def cut(
    datasets: Iterable[xr.Dataset],
    sst: SstConfig,
    data: DataConfig,
    progress: Callable[[str], None],
) -> tuple[Fields, dict[str, LatLonGrid]]:
    """Packed days of every box that the datasets cover, and the boxes' grids."""
    fields: Fields = {}
    grids: dict[str, LatLonGrid] = {}
    for dataset in datasets:
        where = str(dataset.attrs.get("source_file", dataset.attrs.get("file", "dataset")))
        for box, part in _covered(dataset, sst):
            grid = LatLonGrid(part.latitude.values, part.longitude.values)
            if not grids.setdefault(box, grid).same(grid):
                raise BadData(f"{box} on another grid than before", where=where, fix="use one")
            for day, field in _days(part, box, str(dataset.attrs.get("member", "")), sst, data):
                if day in fields:
                    raise BadData(f"{day.name} appears twice", where=where, fix="remove one")
                fields[day] = field
            progress(box)
    return fields, grids


def _covered(dataset: xr.Dataset, sst: SstConfig) -> Iterator[tuple[str, xr.DataArray]]:
    """The boxes that lie wholly within a dataset, cut out of it."""
    latitude, longitude = dataset.latitude.values, dataset.longitude.values
    step = float(latitude[1] - latitude[0])
    wanted = round(sst.size / step)
    for box, (south, west) in sst.boxes.items():
        rows = np.flatnonzero((latitude > south) & (latitude < south + sst.size))
        columns = np.flatnonzero((longitude > west) & (longitude < west + sst.size))
        if rows.size == columns.size == wanted:
            part = dataset[VARIABLE].isel(depth=0, latitude=rows, longitude=columns)
            yield box, part.transpose("time", "latitude", "longitude")


def _days(
    part: xr.DataArray, box: str, member: str, sst: SstConfig, data: DataConfig
) -> Iterator[tuple[Day, NDArray[np.int16]]]:
    """Those days of a box that belong to a split and have a value."""
    if part.time.dtype.kind != "M":
        raise BadData(
            f"{box}: days are not dated in the common calendar", where=member or "dataset"
        )
    days = [Day(box, member, date) for date in part.time.values.astype("datetime64[D]")]
    chosen = [i for i, day in enumerate(days) if split_of(day, sst, data)]
    if not chosen:
        return
    for i, field in zip(chosen, pack(part.isel(time=chosen).values), strict=True):
        if (field != MISSING).any():
            yield days[i], field


def check_fit(box: str, blocks: LatLonGrid, cells: LatLonGrid, factor: int) -> None:
    """Raise BadData unless blocks are made of factor × factor cells each."""
    centres = (
        axis.reshape(-1, factor).mean(axis=1) if axis.size % factor == 0 else axis
        for axis in (cells.latitude, cells.longitude)
    )
    if not blocks.same(LatLonGrid(*centres)):
        raise BadData(
            f"{box}: {blocks.shape} blocks are no {factor} × {factor} of {cells.shape} cells",
            where="fine sea-surface temperature",
            fix="give files whose grids nest, and their ratio as `factor`",
        )
