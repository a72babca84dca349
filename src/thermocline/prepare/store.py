"""The store of prepared data: one NetCDF file of samples, their layout and their statistics.

A NetCDF group holds the samples of a `Group`, with each field packed as its variable says. Samples
are ordered by split and name, in whichever order they were written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.files import sha256_arrays
from thermocline.netcdf import open_dataset
from thermocline.ocean.grids import grid_from_description
from thermocline.ocean.packing import Packing
from thermocline.ocean.statistics import Statistics
from thermocline.ocean.variables import Variable
from thermocline.prepare.sample import Group, Label, Layout, Packed, Sample
from thermocline.prepare.split import SPLITS, Split

FORMAT = "thermocline-store-2"
VALUES = 1 << 23
"""Values handled at a time, which bounds memory."""
STATISTICS = ("climatology", "std", "ocean")
"""Of a field, in variables such as `thetao_std`."""
FIX = "run the prepare stage: `dvc repro prepare`"
Attributes = Mapping[str, float | int | str]


class Store:
    """A store opened for reading. Small parts are read at once, fields on request.

    Attributes:
        groups: the layout of samples, by the group's name.
        labels: every sample, by split and name.
        attributes: what the system notes besides.
        climates: statistics by group and field, of those that were asked for.
    """

    def __init__(self, path: Path, file: netCDF4.Dataset):
        self.path = path
        self.groups: dict[str, Group] = {}
        self.climates: dict[tuple[str, str], Statistics] = {}
        self.attributes: Attributes = json.loads(file.attributes)
        self._rows: dict[str, int] = {}
        found: list[Label] = []
        for name, part in file.groups.items():
            group = self.groups[name] = _group(part)
            columns = (part[column][:] for column in ("name", "split", "time"))
            for row, (label, split, days) in enumerate(zip(*columns, strict=True)):
                time = np.datetime64(int(days), "D")
                found.append(Label(str(label), SPLITS[int(split)], time, group))
                self._rows[str(label)] = row
            for field in group.fields:
                if f"{field}_std" in part.variables:
                    climatology, std, ocean = (part[f"{field}_{kind}"][:] for kind in STATISTICS)
                    self.climates[name, field] = Statistics(climatology, std, ocean.astype(bool))
        self.labels = sorted(found, key=lambda label: (SPLITS.index(label.split), label.name))

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open what `write_store` wrote.

        Raises:
            BadFile: if the file is missing, cut short, or something else.
        """
        path = Path(path)
        if not path.is_file():
            raise BadFile("no such store", where=str(path), fix=FIX)
        with _reading(path) as file:
            file.set_auto_mask(False)
            found = getattr(file, "format_name", "another NetCDF file")
            if found != FORMAT:
                raise BadFile(f"not a store of prepared data ({found})", where=str(path), fix=FIX)
            return cls(path, file)

    def of(self, split: Split) -> list[Label]:
        """A split's samples, without their values."""
        return [label for label in self.labels if label.split == split]

    def names(self, split: Split) -> list[str]:
        """Names of a split's samples, such as `r1/2003-05`."""
        return [label.name for label in self.of(split)]

    def samples(self, split: Split | None = None) -> Iterator[Sample]:
        """Samples with their values, in order, of one split or of all; few are held at once."""
        for part, packed in self._batches(self.labels if split is None else self.of(split)):
            layouts = part[0].group.fields
            fields = {name: layouts[name].variable.packing.unpack(packed[name]) for name in packed}
            for row, label in enumerate(part):
                values = {name: field[row] for name, field in fields.items()}
                yield Sample(label.name, label.split, label.time, label.group, values)

    def written(self) -> Iterator[Packed]:
        """Samples with their values as they are held, by group, in the order they were written."""
        for group in self.groups.values():
            of_group = [label for label in self.labels if label.group is group]
            of_group.sort(key=lambda label: self._rows[label.name])
            for part, packed in self._batches(of_group):
                for row, label in enumerate(part):
                    values = {name: counts[row] for name, counts in packed.items()}
                    yield Packed(label.name, label.split, label.time, group, values)

    def digest(self) -> str:
        """SHA-256 of the content; chunking, compression and library versions do not matter.

        All of the file is read for it, the first time that it is asked for.
        """
        return self._digest

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(f"{FORMAT} {json.dumps(self.attributes, sort_keys=True)}".encode())
        for name, group in sorted(self.groups.items()):
            digest.update(f"{name} {group.continuous}".encode())
            for field, layout in sorted(group.fields.items()):
                axes = f"{layout.grid.digest()} {sha256_arrays(layout.levels)}"
                digest.update(f"{field} {asdict(layout.variable)} {axes}".encode())
                if (name, field) in self.climates:
                    digest.update(self.climates[name, field].digest().encode())
        self._add(digest, self.labels)
        return digest.hexdigest()

    def digest_of(self, split: Split) -> str:
        """SHA-256 of a split's samples: names, times, and values as they are packed."""
        digest = hashlib.sha256(FORMAT.encode())
        self._add(digest, self.of(split))
        return digest.hexdigest()

    def _add(self, digest: Any, labels: Sequence[Label]) -> None:
        for part, packed in self._batches(labels):
            for label in part:
                digest.update(f"{label.group.name} {label.name} {label.split}".encode())
                digest.update(str(label.time).encode())
            for _, values in sorted(packed.items()):
                little = values.dtype.newbyteorder("<")
                digest.update(np.ascontiguousarray(values, little).tobytes())

    def _batches(self, labels: Sequence[Label]) -> Iterator[tuple[list[Label], dict[str, NDArray]]]:
        """Samples that lie one behind the other, and their packed fields, a few at a time."""
        with _reading(self.path) as file:
            file.set_auto_maskandscale(False)
            for part in self._runs(labels):
                group, first = part[0].group, self._rows[part[0].name]
                rows = slice(first, first + len(part))
                yield part, {field: file[group.name][field][rows] for field in group.fields}

    def _runs(self, labels: Sequence[Label]) -> Iterator[list[Label]]:
        part: list[Label] = []
        for label in labels:
            if part and not (
                label.group is part[0].group
                and self._rows[label.name] == self._rows[part[-1].name] + 1
                and len(part) < _batch(label.group)
            ):
                yield part
                part = []
            part.append(label)
        if part:
            yield part


def _batch(group: Group) -> int:
    """How many samples of a group are handled at a time."""
    return max(1, VALUES // max(int(np.prod(each.shape)) for each in group.fields.values()))


@contextmanager
def _reading(path: Path) -> Iterator[netCDF4.Dataset]:
    """The one place where a store is opened for reading; raises BadFile for a damaged one."""
    try:
        with open_dataset(path) as file:
            yield file
    except (OSError, RuntimeError, LookupError, AttributeError, ValueError) as problem:
        if isinstance(problem, BadFile) and problem.fix == FIX:
            raise
        what = problem.what if isinstance(problem, BadFile) else problem
        raise BadFile(
            f"not a store of prepared data, or damaged: {what}", where=str(path), fix=FIX
        ) from problem


def _group(part: Any) -> Group:
    """The layout of a NetCDF group's samples."""
    fields = {}
    for name in part.fields.split():
        dims = part[name].dimensions[1:]
        facts = json.loads(part[name].variable)
        facts["packing"] = Packing(**facts["packing"])
        facts["upper_at"] = tuple(tuple(pair) for pair in facts["upper_at"])
        depth = part[dims[0]][:] if len(dims) == 3 else None
        grid = grid_from_description(json.loads(str(part[f"{name}_grid"][...])))
        fields[name] = Layout(Variable(**facts), grid, depth)
    return Group(part.path.strip("/"), fields, bool(part.continuous))
