"""The store of prepared data: problems with their truth."""

from pathlib import Path

import netCDF4
import numpy as np

from thermocline.errors import BadFile
from thermocline.ocean.block_error import BlockError
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.sample import Sample
from thermocline.prepare.split import Split
from thermocline.prepare.store import FIX, Store
from thermocline.systems.superres.data.raw import COARSE, FINE


class Pairs(Store):
    """Days of boxes, by block and by cell; BadFile is raised for another store.

    Attributes:
        factor: cells on each side of a block.
        error: of the coarse values.
        grids: cells of each box.
    """

    def __init__(self, path: Path, file: netCDF4.Dataset):
        super().__init__(path, file)
        try:
            noise, share = (float(self.attributes[f"error_{name}"]) for name in ("noise", "share"))
            self.factor = int(self.attributes["factor"])
            grids = {name: group.fields[FINE].grid for name, group in self.groups.items()}
        except KeyError as problem:
            raise BadFile("not a store of pairs", where=str(path), fix=FIX) from problem
        self.error = BlockError(noise, share)
        self.grids = {name: g for name, g in grids.items() if isinstance(g, LatLonGrid)}

    @property
    def block(self) -> float:
        """Degrees of latitude of a block, the median over boxes."""
        cells = [np.median(np.diff(grid.latitude)) for grid in self.grids.values()]
        return round(self.factor * float(np.median(cells)), 6)

    def pairs(self, split: Split) -> list[Pair]:
        """Every day of a split: its blocks, and its truth [H, W] in °C, NaN on land."""
        return [self.pair(sample) for sample in self.samples(split)]

    def pair(self, sample: Sample) -> Pair:
        """A sample as a problem and its truth."""
        value, truth = sample.fields[COARSE], sample.fields[FINE]
        problem = LowResolution(
            value=value,
            s_y=self.error.s_y(value),
            ocean=np.isfinite(truth),
            grid=self.grids[sample.group.name],
            factor=self.factor,
            date=sample.time,
            region=sample.group.name,
            case=sample.name,
        )
        return problem, truth
