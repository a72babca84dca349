"""Coarse and fine fields of the same days, brought together; the rest is accounted for.

The stated error of a coarse value is estimated on the training days, from its difference to the
block mean of the fine field; it grows with the gradient of the coarse field (`BlockError`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from thermocline.config import SstConfig
from thermocline.errors import BadData
from thermocline.ocean.block_error import BlockError
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.left_out import note_left_out
from thermocline.prepare.raw import SAME_NAME
from thermocline.prepare.sample import Group, Layout, Packed, Sample
from thermocline.prepare.split import SPLITS
from thermocline.prepare.store import Attributes
from thermocline.systems.superres.data.boxes import check_fit
from thermocline.systems.superres.data.raw import COARSE, FINE, VARIABLE

FITTED = 2000
"""Training days that coarse values' error is fitted to at most."""


class Matched:
    """Matches fine fields, one at a time, with coarse ones, which are held in memory, packed.

    Attributes:
        departures: coarse values and their departures from the fine field, of training days: those
            FITTED of which the names' digests are the least, in whichever order they come.
        found: days of each kind, by box.
    """

    def __init__(self, sst: SstConfig):
        self.sst = sst
        self.groups: dict[str, tuple[Group, dict[str, LatLonGrid]]] = {}
        self.blocks: dict[str, tuple[LatLonGrid, NDArray]] = {}
        self.departures: dict[str, tuple[NDArray, NDArray]] = {}
        self.found: dict[str, Counter[str]] = {COARSE: Counter(), FINE: Counter()}

    def samples(self, days: Iterable[Sample | Packed]) -> Iterator[Sample]:
        """Days that have both fields; blocks without sea in the fine one have no value.

        Days with one field alone are left out, which is said.

        Args:
            days: with one field each, coarse ones before all fine ones.
        """
        left, paired, alone = set(SPLITS), set(), set()
        for day in days:
            (kind,), (layout,) = day.group.fields.keys(), day.group.fields.values()
            assert isinstance(layout.grid, LatLonGrid)
            self.found[kind][day.group.name] += 1
            if kind == COARSE:
                self._hold(day, layout.grid)
                continue
            if day.name not in self.blocks:
                alone.add(day.name)
                continue
            paired.add(day.name)
            (grid, packed), cells = self.blocks[day.name], layout.grid
            group = self._group(day.group.name, grid, cells)
            truth, value = (VARIABLE.packing.unpack(each) for each in (_packed(day, kind), packed))
            mean = block_mean(truth, cells.cell_area(), self.sst.factor)
            value = np.where(np.isnan(mean), np.nan, value)
            if day.split == "train":
                self.departures[day.name] = value, value - mean
                if len(self.departures) > FITTED:
                    del self.departures[max(self.departures, key=_digest)]
            left.discard(day.split)
            yield Sample(day.name, day.split, day.time, group, {COARSE: value, FINE: truth})
        unmatched = self.blocks.keys() - paired
        for kind, other, names in ((FINE, COARSE, alone), (COARSE, FINE, unmatched)):
            what, why = f"days with a {kind} field are", f"no {other} one is of the same day"
            note_left_out(names, len(names) + len(paired), what, why)
        for split in sorted(left):
            raise BadData(
                f"no day of the {split} split has both a coarse and a fine field; "
                f"days of the splits by box: {self._counts()}",
                where="fine sea-surface temperature",
                fix="name members and years under data:, and under superres.data.boxes corners of "
                f"boxes of {self.sst.size:g} degrees that files of both {self.sst.coarse} and "
                f"{self.sst.fine} hold whole",
            )
        if missing := sorted(set(self.sst.boxes) - set(self.groups)):
            raise BadData(
                f"no day of {', '.join(missing)} has both a coarse and a fine field; "
                f"days of the splits by box: {self._counts()}",
                where="boxes of sea-surface temperature",
                fix="give files that hold the whole box, or take it out of superres.data.boxes",
            )

    def _counts(self) -> str:
        """How many days of each kind the boxes have, wholly in a file."""
        said = []
        for kind, found in self.found.items():
            boxes = ", ".join(f"{box} {count}" for box, count in sorted(found.items()))
            said.append(f"{kind} {boxes or 'none'}")
        return "; ".join(said)

    def _hold(self, day: Sample | Packed, grid: LatLonGrid) -> None:
        if day.name in self.blocks:
            where = "coarse sea-surface temperature"
            raise BadData(f"{day.name} appears twice", where=where, fix=f"remove one; {SAME_NAME}")
        self.blocks[day.name] = grid, _packed(day, COARSE)

    def attributes(self) -> Attributes:
        """The error of coarse values, as the training days show it."""
        error = BlockError.fit([pair for _, pair in sorted(self.departures.items())])
        noise, share = round(error.noise, 6), round(error.share, 6)
        return {"factor": self.sst.factor, "error_noise": noise, "error_share": share}

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


def _packed(day: Sample | Packed, name: str) -> NDArray[np.integer]:
    if isinstance(day, Packed):
        return day.packed[name]
    return VARIABLE.packing.pack(day.fields[name])


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()
