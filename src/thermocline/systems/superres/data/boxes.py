"""Days of boxes, cut out of canonical datasets of any extent."""

from collections.abc import Iterator
from dataclasses import dataclass

import dask
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import DataConfig, SstConfig
from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.blocks import time_blocks
from thermocline.prepare.split import Split, split_of
from thermocline.systems.superres.data.raw import VARIABLE


@dataclass(frozen=True)
class Day:
    """One day of one member in one box; no two have the same name."""

    box: str
    member: str
    date: np.datetime64

    @property
    def name(self) -> str:
        """Such as `gulf_stream/r1/2003-05-17`."""
        return "/".join(part for part in (self.box, self.member, str(self.date)) if part)


def cut(
    dataset: xr.Dataset, sst: SstConfig, data: DataConfig, part: slice | None = None
) -> Iterator[tuple[Day, Split, LatLonGrid, NDArray[np.float32]]]:
    """Those days of the boxes wholly within a dataset that belong to a split and have a value.

    Args:
        part: the steps of time that are taken, if not all.
    """
    covered = [
        _Box.of(box, found, dataset, sst, data) for box, found in _covered(dataset, sst).items()
    ]
    if not covered:
        return
    for block in time_blocks(covered[0].field.transpose("time", ...), part):
        steps = [i for i in range(block.start, block.stop) if any(box.splits[i] for box in covered)]
        # All boxes at once: what they are cut out of is read once.
        found = dask.compute(*(box.field.isel(time=steps).variable for box in covered))
        for box, fields in zip(covered, found, strict=True):
            for i, field in zip(steps, fields.values, strict=True):
                if (split := box.splits[i]) and np.isfinite(field).any():
                    yield box.days[i], split, box.grid, field


@dataclass(frozen=True)
class _Box:
    """A box of a dataset: its field [T, H, W], and the day and the split of each step."""

    field: xr.DataArray
    grid: LatLonGrid
    days: list[Day]
    splits: list[Split | None]

    @classmethod
    def of(
        cls, name: str, field: xr.DataArray, dataset: xr.Dataset, sst: SstConfig, data: DataConfig
    ) -> "_Box":
        if field.time.dtype.kind != "M":
            raise BadData(
                f"{name}: days are not dated in the common calendar",
                where=str(dataset.attrs.get("source_file", "dataset")),
            )
        member = str(dataset.attrs.get("member", ""))
        days = [Day(name, member, date) for date in field.time.values.astype("datetime64[D]")]
        grid = LatLonGrid(field.latitude.values, field.longitude.values)
        return cls(field, grid, days, [_split(day, sst, data) for day in days])


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


def _covered(dataset: xr.Dataset, sst: SstConfig) -> dict[str, xr.DataArray]:
    """The boxes that lie wholly within a dataset, cut out of it, by name."""
    found = {}
    latitude, longitude = dataset.latitude.values, dataset.longitude.values
    step = float(latitude[1] - latitude[0])
    wanted = round(sst.size / step)
    for box, (south, west) in sst.boxes.items():
        rows = np.flatnonzero((latitude > south) & (latitude < south + sst.size))
        columns = np.flatnonzero((longitude > west) & (longitude < west + sst.size))
        if rows.size == columns.size == wanted:
            part = dataset[VARIABLE.name].isel(depth=0, latitude=rows, longitude=columns)
            found[box] = part.transpose("time", "latitude", "longitude")
    return found


def _split(day: Day, sst: SstConfig, data: DataConfig) -> Split | None:
    """The split a day belongs to; raises BadConfig if it belongs to two."""
    split = split_of(data, day.member, int(str(day.date)[:4]), day.name)
    return None if split != "test" and day.box in sst.withheld else split
