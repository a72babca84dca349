"""The training store: one NetCDF file that holds every state, its mask, and the statistics.

Temperatures are packed into 16 bits (steps of 1 mK about 18 °C: far finer than any use of
them) in the order train, validation, test. The statistics are those of the unpacked values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.files import sha256_arrays
from thermocline.netcdf import open_dataset
from thermocline.ocean.grid import LatLonGrid
from thermocline.ocean.statistics import Statistics
from thermocline.prepare.split import SPLITS, Sample, Split

FORMAT = "thermocline-store-1"
SCALE, OFFSET, MISSING = 1e-3, 18.0, -32768
_SMALL = ("latitude", "longitude", "depth", "climatology", "std", "ocean", "mask", "mask_index")
RUN = 1_000_000
"""Months between the serial numbers of two members."""
BATCH = 48
"""States handled at a time, which bounds memory."""


def pack(field: NDArray) -> NDArray[np.int16]:
    """°C with NaN to 16-bit integers; values outside −14…50 °C are refused by validation."""
    counts = np.rint((np.nan_to_num(field, nan=OFFSET) - OFFSET) / SCALE)
    return np.where(np.isfinite(field), np.clip(counts, -32767, 32767), MISSING).astype(np.int16)


def unpack(packed: NDArray[np.int16]) -> NDArray[np.float32]:
    """The inverse of `pack`, to 0.5 mK."""
    field = packed.astype(np.float32) * np.float32(SCALE) + np.float32(OFFSET)
    field[packed == MISSING] = np.nan
    return field


class Store:
    """A store opened for reading. Small parts are read at once, states on request.

    Attributes:
        grid: the model's grid.
        depth: levels [C], metres.
        statistics: climatology, spread and sea mask of the training states.
        samples: every state in the order of the file.
    """

    def __init__(self, path: Path, parts: dict[str, Any]):
        self.path = path
        self.grid = LatLonGrid(parts["latitude"], parts["longitude"])
        self.depth: NDArray[np.float64] = parts["depth"]
        self.statistics = Statistics(
            parts["climatology"], parts["std"], parts["ocean"].astype(bool)
        )
        self.samples: list[Sample] = parts["samples"]
        self._split: NDArray[np.int8] = parts["split"]
        self._mask: NDArray[np.bool_] = parts["mask"].astype(bool)
        self._mask_index: NDArray[np.int16] = parts["mask_index"]

    @classmethod
    def open(cls, path: str | Path) -> Store:
        """Open what `write_store` wrote.

        Raises:
            BadFile: if the file is missing, cut short, or something else.
        """
        path = Path(path)
        fix = "run the prepare stage: `dvc repro prepare`"
        if not path.is_file():
            raise BadFile("no such store", where=str(path), fix=fix)
        try:
            with open_dataset(path) as file:
                file.set_auto_mask(False)
                if getattr(file, "format_name", "") != FORMAT:
                    raise BadFile("not a training store", where=str(path), fix=fix)
                names = [*_SMALL, "split", "year", "month", "member"]
                parts: dict[str, Any] = {name: file[name][:] for name in names}
                members = file.members.split()
        except (BadFile, OSError, IndexError, KeyError, AttributeError) as problem:
            raise BadFile("not a training store", where=str(path), fix=fix) from problem
        parts["samples"] = [
            Sample(members[member], int(year), int(month))
            for member, year, month in zip(
                parts["member"], parts["year"], parts["month"], strict=True
            )
        ]
        return cls(path, parts)

    def rows(self, split: Split) -> NDArray[np.int64]:
        """Positions of a split's states in the file."""
        return np.flatnonzero(self._split == SPLITS.index(split))

    def names(self, split: Split) -> list[str]:
        """Names of a split's states, such as `r1/2003-05`."""
        return [self.samples[row].name for row in self.rows(split)]

    def serial(self, split: Split) -> NDArray[np.int64]:
        """Months of a split's states [N], counted from year 0; members lie millennia apart."""
        samples = [self.samples[row] for row in self.rows(split)]
        members = {member: i for i, member in enumerate(dict.fromkeys(s.member for s in samples))}
        counted = [RUN * members[s.member] + 12 * s.year + s.month - 1 for s in samples]
        return np.array(counted, dtype=np.int64)

    def states(self, split: Split) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
        """All states of a split: normalised anomalies [N, C, H, W] (0 where missing, or where
        the statistics know no sea), calendar months 1–12 [N], and names.
        """
        rows = self.rows(split)
        months = np.array([self.samples[row].month for row in rows], dtype=np.int64)
        result = np.empty((rows.size, *self.statistics.ocean.shape), np.float32)
        inverse, ocean = 1 / self.statistics.std, self.statistics.ocean
        for start, packed in self._batches(rows):
            for offset, state in enumerate(packed):
                position = start + offset
                field = unpack(state)
                field -= self.statistics.climatology[months[position] - 1]
                field *= inverse
                field[~ocean | np.isnan(field)] = 0
                result[position] = field
        return result, months, self.names(split)

    def celsius(self, split: Split) -> NDArray[np.float32]:
        """All states of a split in °C, NaN where missing, [N, C, H, W]."""
        rows = self.rows(split)
        result = np.empty((rows.size, *self.statistics.ocean.shape), np.float32)
        for start, packed in self._batches(rows):
            result[start : start + len(packed)] = unpack(packed)
        return result

    def blocks(self) -> Iterator[tuple[Split, list[Sample], NDArray[np.float32]]]:
        """Every state in order, a few at a time: split, samples, °C [n, C, H, W]."""
        for split in SPLITS:
            rows = self.rows(split)
            for start, packed in self._batches(rows):
                part = rows[start : start + len(packed)]
                yield split, [self.samples[row] for row in part], unpack(packed)

    def masks(self, split: Split) -> NDArray[np.bool_]:
        """Where states are valid: [C, H, W] if the same for all of the split, else [N, C, H, W]."""
        index = self._mask_index[self.rows(split)]
        if index.size and np.all(index == index[0]):
            return self._mask[index[0]] & self.statistics.ocean
        return self._mask[index] & self.statistics.ocean

    def digest(self) -> str:
        """SHA-256 of the content; chunking, compression and library versions do not matter."""
        digest = hashlib.sha256(FORMAT.encode())
        for array in (self.grid.latitude, self.grid.longitude, self.depth, self._split):
            digest.update(sha256_arrays(array).encode())
        digest.update(self.statistics.digest().encode())
        digest.update("\n".join(sample.name for sample in self.samples).encode())
        # The mask follows from the states, whose missing cells carry a value of their own.
        for _, packed in self._batches(np.arange(len(self.samples))):
            digest.update(np.ascontiguousarray(packed, dtype="<i2").tobytes())
        return digest.hexdigest()

    def _batches(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray]]:
        """Yield (position, packed states) for contiguous rows, a few at a time."""
        if rows.size == 0:
            return
        try:
            with open_dataset(self.path) as file:
                file.set_auto_maskandscale(False)
                for start in range(0, rows.size, BATCH):
                    part = rows[start : start + BATCH]
                    yield start, file["thetao"][part[0] : part[-1] + 1]
        except (BadFile, OSError, RuntimeError) as problem:
            raise BadFile(
                f"states cannot be read ({type(problem).__name__})",
                where=str(self.path),
                fix="delete the file and run the prepare stage",
            ) from problem
