"""Writing the store: one pass over samples, one file that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.files import atomic_path
from thermocline.prepare.climatology import Accumulator, Monthly
from thermocline.prepare.raw import SAME_NAME
from thermocline.prepare.sample import Group, Label, Layout, Packed, Sample
from thermocline.prepare.split import SPLITS
from thermocline.prepare.store import FORMAT, STATISTICS, Attributes

DEPTH = {"units": "m", "positive": "down", "standard_name": "depth"}
ROWS, BYTES = 32, 1 << 25
"""Samples, and bytes of them, that are written at once: a write costs more than a small field's
compression."""
COMPRESSED: dict[str, Any] = {"zlib": True, "complevel": 1, "shuffle": True}


def write_store(
    path: str | Path,
    samples: Iterable[Sample | Packed],
    title: str,
    statistics: Sequence[Monthly] = (),
    attributes: Callable[[], Attributes] = dict,
    compressed: bool = True,
) -> None:
    """Write samples as a `Store`: the same bytes for the same samples in the same order.

    Args:
        path: the file to write.
        samples: taken one at a time; those of a group have the same layout. Packed values are
            written as they are.
        title: what the file holds, for people.
        statistics: asked for, of training samples.
        attributes: called when all samples were taken: what else is to be noted.
        compressed: for a file that is read once and removed it is quicker not to be.

    Raises:
        BadData: if a name appears twice, a group's samples differ in layout, or statistics cannot
            be had of the training samples.
    """
    # The file is closed (inner) before it is renamed (outer).
    with (
        atomic_path(path) as temporary,
        netCDF4.Dataset(str(temporary), "w", format="NETCDF4") as file,
    ):
        file.format_name, file.Conventions, file.title = FORMAT, "CF-1.11", title
        groups: dict[str, _GroupWriter] = {}
        names: set[str] = set()
        for sample in samples:
            if sample.name in names:
                raise BadData(
                    f"{sample.name} appears twice",
                    where="raw data",
                    fix=f"remove one of the files that hold it; {SAME_NAME}",
                )
            names.add(sample.name)
            if sample.group.name not in groups:
                groups[sample.group.name] = _GroupWriter(
                    file, sample.group, statistics, COMPRESSED if compressed else {}
                )
            groups[sample.group.name].add(sample)
        for group in groups.values():
            group.finish()
        file.attributes = json.dumps(attributes(), sort_keys=True)


class _GroupWriter:
    """A NetCDF group that grows by a row a sample."""

    def __init__(
        self, file: Any, group: Group, statistics: Sequence[Monthly], compression: dict[str, Any]
    ):
        self.compression = compression
        self.group, self.file = group, file.createGroup(group.name)
        self.file.continuous, self.file.fields = np.int8(group.continuous), " ".join(group.fields)
        self.file.createDimension("sample", None)
        self.labels: list[tuple[str, int, int]] = []
        self.checked, self.bytes = group, 0
        self.waiting: dict[str, list[NDArray]] = {name: [] for name in group.fields}
        self.fields = {name: self._field(name, layout) for name, layout in group.fields.items()}
        self.sums = {
            asked: Accumulator(group.fields[asked.field], asked)
            for asked in statistics
            if asked.field in group.fields
        }

    def add(self, sample: Sample | Packed) -> None:
        """Write a sample's fields, and count its packed values among the statistics."""
        if sample.group is not self.checked:
            self._check(sample)
        for name, layout in sample.group.fields.items():
            packing = layout.variable.packing
            if isinstance(sample, Packed):
                packed = sample.packed[name]
            else:
                packed = packing.pack(sample.fields[name])
            self.waiting[name].append(packed)
            self.bytes += packed.nbytes
            for asked, sums in self.sums.items():
                if asked.field == name and sample.split == "train":
                    sums.add(packing.unpack(packed), sample.month)
        days = sample.time.astype("datetime64[D]").astype(int)
        self.labels.append((sample.name, SPLITS.index(sample.split), int(days)))
        if len(self.labels) % ROWS == 0 or self.bytes > BYTES:
            self._write()

    def _check(self, sample: Label) -> None:
        """Raise BadData unless the sample's layout is the group's."""
        kept = self.group.fields
        if missing := kept.keys() - sample.group.fields.keys():
            raise BadData(
                f"{sample.name} has no {', '.join(sorted(missing))}, which others have",
                where=f"group {self.group.name}",
                fix="give files of all variables for the same times",
            )
        for name, layout in sample.group.fields.items():
            if name not in kept or not (layout is kept[name] or layout.same(kept[name])):
                raise BadData(
                    f"{name} of {sample.name} is laid out otherwise than before",
                    where=f"group {self.group.name}",
                    fix="give files on one grid and with the same levels",
                )
        self.checked = sample.group

    def finish(self) -> None:
        """Write the last rows, labels and statistics."""
        self._write()
        meanings = {"flag_values": np.arange(3, dtype="i1"), "flag_meanings": " ".join(SPLITS)}
        names, splits, days = zip(*self.labels, strict=True)
        self._small("name", str, ("sample",), np.array(names, object), {})
        self._small("split", "i1", ("sample",), splits, meanings)
        self._small("time", "i4", ("sample",), days, {"units": "days since 1970-01-01"})
        for asked, sums in self.sums.items():
            found = sums.finish()
            cell = self.fields[asked.field].dimensions[1:]
            self.file.createDimension(f"{asked.field}_month", 12)
            for kind in STATISTICS:
                dims = (f"{asked.field}_month", *cell) if kind == "climatology" else cell
                units = {} if kind == "ocean" else {"units": sums.layout.variable.units}
                values = getattr(found, kind)
                self._small(f"{asked.field}_{kind}", "i1" if kind == "ocean" else "f4", dims,
                            values, units)  # fmt: skip

    def _write(self) -> None:
        for name, rows in self.waiting.items():
            if rows:
                self.fields[name][len(self.labels) - len(rows) : len(self.labels)] = np.stack(rows)
                rows.clear()
        self.bytes = 0

    def _field(self, name: str, layout: Layout) -> Any:
        dims = self._axes(name, layout)
        packing = layout.variable.packing
        field = self.file.createVariable(
            name,
            packing.dtype,
            ("sample", *dims),
            chunksizes=(1, *layout.shape),
            fill_value=packing.missing,
            **self.compression,
        )
        field.setncatts(layout.variable.attributes)
        field.setncatts({"scale_factor": packing.scale, "add_offset": packing.offset})
        field.variable = json.dumps(asdict(layout.variable))
        field.set_auto_maskandscale(False)
        return field

    def _axes(self, name: str, layout: Layout) -> tuple[str, ...]:
        """Names of a field's dimensions; they bear its name if the group has several fields."""
        made = layout.grid.coordinates()
        axes = {axis: made[axis] for axis in layout.grid.dims}
        if layout.depth is not None:
            axes = {"depth": ("depth", layout.depth, DEPTH)} | axes
        suffix = f"_{name}" if len(self.group.fields) > 1 else ""
        for axis, (_, centres, attributes) in axes.items():
            about = {key: value for key, value in attributes.items() if key != "bounds"}
            self.file.createDimension(axis + suffix, len(centres))
            self._small(axis + suffix, "f8", (axis + suffix,), centres, about)
        # A variable, as attributes are of limited length.
        description = json.dumps(layout.grid.describe())
        self._small(f"{name}_grid", str, (), np.array(description, object), {})
        return tuple(axis + suffix for axis in axes)

    def _small(
        self, name: str, kind: Any, dims: tuple[str, ...], values: Any, attributes: dict[str, Any]
    ) -> None:
        options = COMPRESSED if len(dims) > 1 else {}
        if dims == ("sample",):
            options = {"chunksizes": (len(self.labels),)}
        variable = self.file.createVariable(name, kind, dims, **options)
        variable.setncatts(attributes)
        variable[:] = np.asarray(values)
