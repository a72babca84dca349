"""Raw files and the simulated archive to the store of states: water and surface fields of a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.config import Config, DataConfig
from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.engine import PIECE, Track, batched, made
from thermocline.prepare.parts import Part
from thermocline.prepare.raw import RawFile
from thermocline.prepare.sample import Group, Layout, Packed, Sample
from thermocline.prepare.split import SPLITS, Split, split_of
from thermocline.prepare.steps import Step
from thermocline.prepare.writer import write_store
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.config.data import DensifyData
from thermocline.systems.densify.data.archive import check_same, jobs, simulated
from thermocline.systems.densify.data.box import Region, cut
from thermocline.systems.densify.data.gaps import filled_surface
from thermocline.systems.densify.data.patches import patch_name, patches
from thermocline.systems.densify.data.raw import SURFACE, WATER, raw
from thermocline.systems.densify.data.regions import Index

TITLE = "Temperature and salinity by depth, and surface fields, of regions with eddies"
EVERY = (*WATER, *SURFACE)


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store of all states that are in a split."""
    with made(
        parts(config, track), config.data.prepare, store, track, "Reading and simulating water"
    ) as samples:
        write_store(store, samples_of_all_splits(samples), TITLE)


def samples_of_all_splits(samples: Iterable[Sample | Packed]) -> Iterator[Sample | Packed]:
    """The samples; raises BadData behind the last if a split has none."""
    seen = set()
    for sample in samples:
        seen.add(sample.split)
        yield sample
    if missing := [split for split in SPLITS if split not in seen]:
        raise BadData(
            f"no state of {', '.join(missing)}",
            where="raw data and archive",
            fix="run `dvc pull`, or name members and years that exist under data: in params.yaml",
        )


def parts(config: Config, track: Track) -> list[Part]:
    """Of each region and member: states of the raw files, then those of the archive, in patches.

    Raises:
        BadData: if a region is in no file of water.
    """
    own, data = settings(config).data, config.data
    index = Index(own)
    for file in track(raw(config), "Looking at water and surfaces"):
        index.add(file)
    regions = {name: index.region(name) for name in own.regions}
    made_of = []
    for region, member, days in index.series():
        where = regions[region]
        kept = chosen(member, list(days), data, own)
        size = max(1, PIECE // (4 * (len(WATER) * where.depth.size + len(SURFACE)) * where.cells))
        for some in batched(kept, size):
            steps = [(day, split, days[day]) for day, split in some]
            numbers = sorted({step.file for *_, each in steps for step in each.values()})
            sources = {number: index.files[number] for number in numbers}
            reads = tuple(dict.fromkeys(file.path for file in sources.values()))
            name, read = f"{region} {member} {some[0][0]}", (sources, steps, where, member, own)
            made_of.append(Part(name, read_states, read, reads))
    for member, region in jobs(own.archive, regions):
        check_same(regions[region])
        asked = (member, regions[region], data, own, config.seed)
        made_of.append(Part(f"{region} {member} simulated", simulate, asked, heavy=True))
    return made_of


def read_states(
    files: Mapping[int, RawFile],
    days: Sequence[tuple[np.datetime64, Split, Mapping[str, Step]]],
    region: Region,
    member: str,
    own: DensifyData,
) -> Iterator[Sample]:
    """Patches of a region's states of a member, from raw files."""
    cutter = Cutter(region, own)
    with ExitStack() as stack:
        found = {k: cut(stack.enter_context(file.open()), file, region, own)
                 for k, file in files.items()}  # fmt: skip
        for day, split, steps in days:
            fields = {name: found[steps[name].file].read(steps[name].step) for name in EVERY}
            sea = np.isfinite(fields[WATER[0]][0])
            for name in SURFACE:
                path = files[steps[name].file].path
                fields[name] = filled_surface(fields[name], sea, f"{name} of {day}", path)
            yield from cutter.samples(member, day, split, fields)


def simulate(
    member: str, region: Region, data: DataConfig, own: DensifyData, seed: int
) -> Iterator[Sample]:
    """Patches of a region's states of a member, from the simulator."""
    run = simulated(own.archive, member, region.name, region.ocean, seed)
    number = {day: i for i, day in enumerate(run.days)}
    cutter = Cutter(region, own)
    for day, split in chosen(member, list(run.days), data, own):
        fields = {name: each[number[day]] for name, each in run.fields.items()}
        yield from cutter.samples(member, day, split, fields)


class Cutter:
    """Cuts the states of a region into patches; a single patch has the region's name."""

    def __init__(self, region: Region, own: DensifyData):
        self._parts = patches(region.ocean, own.patch, own.overlap, own.land)
        single, name = len(self._parts) == 1, region.name
        self._groups = [
            _group(name if single else patch_name(name, number), region, part)
            for number, part in enumerate(self._parts)
        ]

    def samples(
        self, member: str, day: np.datetime64, split: Split, fields: Mapping[str, NDArray]
    ) -> Iterator[Sample]:
        """The patches of a state, of which the fields are given."""
        for group, (i, j) in zip(self._groups, self._parts, strict=True):
            cells = {name: each[..., i, j] for name, each in fields.items()}
            yield Sample(f"{group.name}/{member}/{day}", split, day, group, cells)


def chosen(
    member: str, days: Sequence[np.datetime64], data: DataConfig, own: DensifyData
) -> list[tuple[np.datetime64, Split]]:
    """Days of a member that are in a split, with that split; see `ArchiveConfig.gap`."""
    splits = [_split(data, own, member, day) for day in days]
    dated = list(zip(days, splits, strict=True))
    taught = np.array([day for day, split in dated if split == "train"], "datetime64[D]")
    gap = np.timedelta64(7 * own.archive.gap, "D")
    near = lambda day: bool((abs(taught - day) < gap).any())
    return [(d, split) for d, split in dated if split == "train" or (split and not near(d))]


def _split(data: DataConfig, own: DensifyData, member: str, day: np.datetime64) -> Split | None:
    if member in own.variants:
        return "test"
    return split_of(data, member, day.astype(object).year, f"{member}/{day}")


def _group(name: str, region: Region, part: tuple[slice, slice]) -> Group:
    cells = LatLonGrid(region.grid.latitude[part[0]], region.grid.longitude[part[1]])
    layouts = {each: Layout(VARIABLES[each], cells, region.depth) for each in WATER}
    return Group(name, layouts | {each: Layout(VARIABLES[each], cells) for each in SURFACE})
