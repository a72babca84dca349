"""The store of the `superres` system: days of boxes, coarse and fine, in one NetCDF file.

Both are packed into 16 bits (steps of 1 mK) in the order train, validation, test. The error
stated of a coarse value is what was measured on the training days: how far it was from the block
mean of the fine field, more so where the coarse field is steep (`BlockError`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.files import sha256_arrays
from thermocline.netcdf import open_dataset
from thermocline.ocean.block_error import BlockError
from thermocline.ocean.downscaling import Pair
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.coarsen import pair_of
from thermocline.prepare.split import SPLITS, Split
from thermocline.prepare.store import BATCH, unpack

FORMAT = "thermocline-sst-store-1"
_FIX = "run the prepare stage: `dvc repro prepare`"


@dataclass(frozen=True, order=True)
class Day:
    """One day of one member in one box."""

    box: str
    member: str
    date: np.datetime64

    @property
    def name(self) -> str:
        """Such as `gulf_stream/r1/2003-05-17`."""
        return "/".join(part for part in (self.box, self.member, str(self.date)) if part)


class SstStore:
    """A store opened for reading. Small parts are read at once, fields on request.

    Attributes:
        factor: cells on each side of a block.
        error: of the coarse values.
        grids: cells of each box.
        days: every state in the order of the file.
    """

    def __init__(self, path: Path, parts: dict[str, Any]):
        self.path = path
        self.factor: int = parts["factor"]
        self.error: BlockError = parts["error"]
        self.grids: dict[str, LatLonGrid] = parts["grids"]
        self.days: list[Day] = parts["days"]
        self._split: NDArray[np.int8] = parts["split"]

    @classmethod
    def open(cls, path: str | Path) -> SstStore:
        """Open what `write_sst_store` wrote.

        Raises:
            BadFile: if the file is missing, cut short, or something else.
        """
        path = Path(path)
        if not path.is_file():
            raise BadFile("no such store", where=str(path), fix=_FIX)
        try:
            with open_dataset(path) as file:
                file.set_auto_mask(False)
                if getattr(file, "format_name", "") != FORMAT:
                    raise BadFile("not a store of fine SST", where=str(path), fix=_FIX)
                boxes, members = file.boxes.split(), file.members.split(",")
                columns = (file[name][:] for name in ("box", "member", "date"))
                days = [
                    Day(boxes[box], members[member], np.datetime64(int(date), "D"))
                    for box, member, date in zip(*columns, strict=True)
                ]
                axes = zip(file["latitude"][:], file["longitude"][:], strict=True)
                parts = {
                    "factor": int(file.factor),
                    "error": BlockError(float(file.error_noise), float(file.error_share)),
                    "grids": {
                        box: LatLonGrid(*pair) for box, pair in zip(boxes, axes, strict=True)
                    },
                    "days": days,
                    "split": file["split"][:],
                }
        except (OSError, IndexError, KeyError, AttributeError, ValueError) as problem:
            raise BadFile("not a store of fine SST", where=str(path), fix=_FIX) from problem
        return cls(path, parts)

    def rows(self, split: Split) -> NDArray[np.int64]:
        """Positions of a split's states in the file."""
        return np.flatnonzero(self._split == SPLITS.index(split))

    def names(self, split: Split) -> list[str]:
        """Names of a split's states, such as `gulf_stream/r1/2003-05-17`."""
        return [self.days[row].name for row in self.rows(split)]

    def pairs(self, split: Split) -> list[Pair]:
        """Every state of a split: its blocks, and its truth [H, W] in °C, NaN on land."""
        return [pair for _, pair in self._read(self.rows(split))]

    def states(self) -> Iterator[tuple[Split, Day, Pair]]:
        """Every state in order, with its split; few are held at once."""
        for split in SPLITS:
            for day, pair in self._read(self.rows(split)):
                yield split, day, pair

    def digest(self) -> str:
        """SHA-256 of the content; chunking, compression and library versions do not matter."""
        digest = hashlib.sha256(f"{FORMAT} {self.factor} {self.error!r}".encode())
        for box, grid in self.grids.items():
            digest.update(f"{box} {sha256_arrays(grid.latitude, grid.longitude)}".encode())
        digest.update(sha256_arrays(self._split).encode())
        digest.update("\n".join(day.name for day in self.days).encode())
        for _, *packed in self._batches(np.arange(len(self.days))):
            for array in packed:
                digest.update(np.ascontiguousarray(array, dtype="<i2").tobytes())
        return digest.hexdigest()

    def _read(self, rows: NDArray[np.int64]) -> Iterator[tuple[Day, Pair]]:
        for part, coarse, fine in self._batches(rows):
            for row, value, truth in zip(part, unpack(coarse), unpack(fine), strict=True):
                day = self.days[row]
                grid = self.grids[day.box]
                yield (
                    day,
                    pair_of(
                        value, truth, self.error, grid, self.factor, day.date, day.box, day.member
                    ),
                )

    def _batches(self, rows: NDArray[np.int64]) -> Iterator[tuple[NDArray, NDArray, NDArray]]:
        """Yield rows with their packed coarse and fine fields, a few at a time."""
        try:
            with open_dataset(self.path) as file:
                file.set_auto_maskandscale(False)
                for start in range(0, rows.size, BATCH):
                    part = rows[start : start + BATCH]
                    cut = slice(part[0], part[-1] + 1)
                    yield part, file["coarse"][cut], file["fine"][cut]
        except (OSError, RuntimeError) as problem:
            raise BadFile(
                f"states cannot be read ({type(problem).__name__})",
                where=str(self.path),
                fix="delete the file and run the prepare stage",
            ) from problem
