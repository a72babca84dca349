"""The store of prepared data as this system sees it: problems, each with its truth."""

from pathlib import Path

import numpy as np

from thermocline.errors import BadFile
from thermocline.ocean.block_error import BlockError
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.sample import Sample
from thermocline.prepare.split import Split
from thermocline.prepare.store import FIX, Store
from thermocline.systems.superres.data.raw import COARSE, FINE


class Pairs:
    """Days of boxes, known by block and by cell.

    Attributes:
        factor: cells on each side of a block.
        error: of the coarse values.
        grids: cells of each box.
    """

    def __init__(self, store: Store):
        self.store, self.path = store, store.path
        try:
            noise, share = (float(store.attributes[f"error_{name}"]) for name in ("noise", "share"))
            self.factor = int(store.attributes["factor"])
            grids = {name: group.fields[FINE].grid for name, group in store.groups.items()}
        except KeyError as problem:
            raise BadFile("not a store of pairs", where=str(store.path), fix=FIX) from problem
        self.error = BlockError(noise, share)
        self.grids = {name: g for name, g in grids.items() if isinstance(g, LatLonGrid)}

    @classmethod
    def open(cls, path: str | Path) -> "Pairs":
        """Open a store; raises BadFile for any file that is not one of pairs."""
        return cls(Store.open(path))

    def digest(self) -> str:
        """SHA-256 of the store's content."""
        return self.store.digest()

    def names(self, split: Split) -> list[str]:
        """Names of a split's days, such as `gulf_stream/r1/2003-05-17`."""
        return [label.name for label in self.store.of(split)]

    def pairs(self, split: Split) -> list[Pair]:
        """Every day of a split: its blocks, and its truth [H, W] in °C, NaN on land."""
        return [self.pair(sample) for sample in self.store.samples(split)]

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
