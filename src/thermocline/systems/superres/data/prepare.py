"""Raw files to the store of pairs: days of boxes, coarse and fine.

The error stated of a coarse value is what is measured on the training days: how far it is from the
block mean of the fine field, more so where the coarse field is steep (`BlockError`).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import Config, DataConfig
from thermocline.errors import BadData
from thermocline.ocean.block_error import BlockError
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.raw import opened
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.split import SPLITS
from thermocline.prepare.store import Attributes
from thermocline.prepare.validate import Track
from thermocline.prepare.writer import write_store
from thermocline.systems.superres.config import SstConfig, settings
from thermocline.systems.superres.data.boxes import check_fit, cut
from thermocline.systems.superres.data.raw import COARSE, FINE, VARIABLE, coarse_files, fine_files


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store."""
    coarse = opened(track(coarse_files(config), "Coarse boxes"))
    fine = opened(track(fine_files(config), "Fine boxes"))
    write_pairs(store, fine, coarse, settings(config).data, config.data)


def write_pairs(
    path: Path,
    fine: Iterable[xr.Dataset],
    coarse: Iterable[xr.Dataset],
    sst: SstConfig,
    data: DataConfig,
) -> None:
    """Match the days of fine and coarse canonical datasets and write them as a store.

    Args:
        path: the file to write; it appears whole or not at all.
        fine, coarse: canonical `tos` (time, depth, latitude, longitude) with the attribute
            `member`; boxes that a dataset does not cover are not taken from it.
        sst, data: the boxes, and which members and years belong to which split.

    Raises:
        BadData: if a day is there twice, blocks do not fit cells, or a split has no pair.
        BadConfig: if splits overlap.
    """
    matched = _Matched(sst, data)
    title = "Coarse and fine sea-surface temperature of the same days"
    write_store(path, matched.samples(fine, coarse), title, attributes=matched.attributes)


class _Matched:
    """Fine fields are taken one at a time; coarse ones, far smaller, are held."""

    def __init__(self, sst: SstConfig, data: DataConfig):
        self.sst, self.data = sst, data
        self.groups: dict[str, tuple[Group, dict[str, LatLonGrid]]] = {}
        self.departures: dict[str, tuple[NDArray, NDArray]] = {}

    def samples(self, fine: Iterable[xr.Dataset], coarse: Iterable[xr.Dataset]) -> Iterator[Sample]:
        """Days that have both fields; blocks without sea in the fine one have no value."""
        blocks = self._blocks(coarse)
        left, rounded = set(SPLITS), lambda x: VARIABLE.packing.unpack(VARIABLE.packing.pack(x))
        for dataset in fine:
            for day, split, cells, truth in cut(dataset, self.sst, self.data):
                if day.name not in blocks:
                    continue
                grid, value = blocks[day.name]
                group = self._group(day.box, grid, cells)
                truth = rounded(truth)
                mean = block_mean(truth, cells.cell_area(), self.sst.factor)
                value = np.where(np.isnan(mean), np.nan, rounded(value))
                if split == "train":
                    self.departures[day.name] = value, value - mean
                left.discard(split)
                yield Sample(day.name, split, day.date, group, {COARSE: value, FINE: truth})
        for split in sorted(left):
            raise BadData(
                f"no day of the {split} split has both a coarse and a fine field",
                where="fine sea-surface temperature",
                fix=f"name members, years and boxes of both {self.sst.coarse} and {self.sst.fine}",
            )

    def attributes(self) -> Attributes:
        """The error of coarse values, as the training days show it."""
        error = BlockError.fit([pair for _, pair in sorted(self.departures.items())])
        noise, share = round(error.noise, 6), round(error.share, 6)
        return {"factor": self.sst.factor, "error_noise": noise, "error_share": share}

    def _blocks(self, coarse: Iterable[xr.Dataset]) -> dict[str, tuple[LatLonGrid, NDArray]]:
        """Coarse fields and their grids, by the day's name."""
        found: dict[str, tuple[LatLonGrid, NDArray]] = {}
        for dataset in coarse:
            for day, _, grid, value in cut(dataset, self.sst, self.data):
                if day.name in found:
                    where = str(dataset.attrs.get("source_file", "dataset"))
                    raise BadData(f"{day.name} appears twice", where=where, fix="remove one")
                found[day.name] = grid, value
        return found

    def _group(self, box: str, blocks: LatLonGrid, cells: LatLonGrid) -> Group:
        """The layout of a box, the same object each time that it is the same."""
        grids = {COARSE: blocks, FINE: cells}
        if box in self.groups:
            known, before = self.groups[box]
            if all(before[name].same(grid) for name, grid in grids.items()):
                return known
        check_fit(box, blocks, cells, self.sst.factor)
        made = Group(box, {name: Layout(VARIABLE, grid) for name, grid in grids.items()})
        self.groups[box] = made, grids
        return made
