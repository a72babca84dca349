"""Days of boxes, cut out of canonical datasets of any extent."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import DataConfig
from thermocline.errors import BadData
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.split import Split, split_of
from thermocline.systems.superres.config import SstConfig
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
    dataset: xr.Dataset, sst: SstConfig, data: DataConfig
) -> Iterator[tuple[Day, Split, LatLonGrid, NDArray[np.float32]]]:
    """Those days of the boxes wholly within a dataset that belong to a split and have a value."""
    member = str(dataset.attrs.get("member", ""))
    for box, part in _covered(dataset, sst):
        if part.time.dtype.kind != "M":
            raise BadData(
                f"{box}: days are not dated in the common calendar",
                where=str(dataset.attrs.get("source_file", "dataset")),
            )
        grid = LatLonGrid(part.latitude.values, part.longitude.values)
        days = [Day(box, member, date) for date in part.time.values.astype("datetime64[D]")]
        splits = [_split(day, sst, data) for day in days]
        chosen = [i for i, split in enumerate(splits) if split]
        if chosen:
            for i, field in zip(chosen, part.isel(time=chosen).values, strict=True):
                if np.isfinite(field).any() and (split := splits[i]):
                    yield days[i], split, grid, field


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


def _covered(dataset: xr.Dataset, sst: SstConfig) -> Iterator[tuple[str, xr.DataArray]]:
    """The boxes that lie wholly within a dataset, cut out of it."""
    latitude, longitude = dataset.latitude.values, dataset.longitude.values
    step = float(latitude[1] - latitude[0])
    wanted = round(sst.size / step)
    for box, (south, west) in sst.boxes.items():
        rows = np.flatnonzero((latitude > south) & (latitude < south + sst.size))
        columns = np.flatnonzero((longitude > west) & (longitude < west + sst.size))
        if rows.size == columns.size == wanted:
            part = dataset[VARIABLE.name].isel(depth=0, latitude=rows, longitude=columns)
            yield box, part.transpose("time", "latitude", "longitude")


def _split(day: Day, sst: SstConfig, data: DataConfig) -> Split | None:
    """The split a day belongs to; raises BadConfig if it belongs to two."""
    split = split_of(data, day.member, int(str(day.date)[:4]), day.name)
    return None if split != "test" and day.box in sst.withheld else split
