"""Raw files to the store of states: five fields of each date, on the grid of the first file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.config import Config, DataConfig
from thermocline.errors import BadData
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.engine import PIECE, Track, batched, made
from thermocline.prepare.parts import Part
from thermocline.prepare.raw import RawFile
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.split import SPLITS, listed, split_of
from thermocline.prepare.steps import Step
from thermocline.prepare.writer import write_store
from thermocline.sources.coordinates.projection import projected_grid
from thermocline.sources.fields.thickness import per_cell
from thermocline.systems.seaice.data.archive import Archive, Date, Source
from thermocline.systems.seaice.data.physics import LEAST_CONCENTRATION
from thermocline.systems.seaice.data.raw import GROUP, ICE, NAMES, raw

TITLE = "States of Arctic sea ice"
MISSING = 0.02
"""Most of the cells with ice, as a share, that may lack a thickness: coasts of two grids differ."""
Fields = Mapping[str, NDArray[np.float32]]
Given = tuple[Source, NDArray[np.floating]]
"""A field of a date on its file's cells [h, w], and what brings it to the model's."""


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store of all members' dates that are in a split."""
    data, files = config.data, raw(config)
    with files[0].open() as first:
        grid = projected_grid(first)
    made_of = parts(track(files, "Looking at sea ice"), data, grid)
    with made(made_of, data.prepare, store, track, "Reading sea ice") as samples:
        write_store(store, samples, TITLE)


def states(files: Iterable[RawFile], data: DataConfig, grid: ProjectedGrid) -> Iterator[Sample]:
    """A sample for each date of each member that all variables have; raises like `parts`."""
    for part in parts(files, data, grid):
        yield from part.samples()


def parts(files: Iterable[RawFile], data: DataConfig, grid: ProjectedGrid) -> list[Part]:
    """A member's dates, some at a time, from its files.

    Raises:
        BadData: if a member lacks a variable, its variables differ in dates, or a split is empty.
    """
    archive = Archive(data)
    for file in files:
        archive.add(file)
    found, seen = [], set()
    for member, by_name in archive.members.items():
        dates = []
        for date in _common(by_name, member):
            split = split_of(data, member, date.astype(object).year, f"{member}/{date}")
            assert split is not None
            seen.add(split)
            dates.append(Date(member, date, split, {name: by_name[name][date] for name in NAMES}))
        size = max(1, PIECE // (4 * len(NAMES) * archive.cells[member]))
        for some in batched(dates, size):
            used = sorted({step.file for date in some for step in date.steps.values()})
            reads = tuple(dict.fromkeys(archive.files[number].path for number in used))
            sources = {number: archive.files[number] for number in used}
            given = (sources, some, member in archive.per_ice, grid)
            found.append(Part(f"{member} {some[0].date}", read_dates, given, reads))
    if missing := [split for split in SPLITS if split not in seen]:
        members = listed(archive.members)
        raise BadData(
            f"no date of {', '.join(missing)}; members found: {members}",
            where="raw data",
            fix="run `dvc pull`, or name members and years that exist under data: in params.yaml",
        )
    return found


def read_dates(
    files: Mapping[int, RawFile], dates: Sequence[Date], per_ice: bool, grid: ProjectedGrid
) -> Iterator[Sample]:
    """Samples of dates of a member; thickness may be `per_ice` area (of files without area)."""
    group = Group(GROUP, {each.name: Layout(each, grid) for each in ICE})
    with ExitStack() as stack:
        sources = {k: Source(stack.enter_context(f.open()), f, grid) for k, f in files.items()}
        blocks = sources[dates[0].steps[NAMES[0]].file].blocks()
        block_of = lambda date: np.searchsorted(blocks, date.steps[NAMES[0]].step, side="right")
        for _, some in groupby(dates, block_of):
            together = list(some)
            read = {name: _read(sources, [d.steps[name] for d in together]) for name in NAMES}
            for i, date in enumerate(together):
                given = {name: each[i] for name, each in read.items()}
                fields = _mapped(given, per_ice)
                name = f"{date.member}/{date.date}"
                yield Sample(name, date.split, date.date, group, consistent(fields, name))


def _read(sources: Mapping[int, Source], steps: Sequence[Step]) -> list[Given]:
    """The fields of steps of files, those of a file at once, each with its source."""
    found: list[Given] = []
    for number, some in groupby(steps, lambda step: step.file):
        own = sources[number]
        found += [(own, field) for field in own.read([step.step for step in some])]
    return found


def _mapped(given: Mapping[str, Given], per_ice: bool) -> Fields:
    """The fields of a date on the model's cells [H, W].

    Where a provider leaves values out because there is no ice, they are 0: a larger cell's mean is
    that of all its sea. For that they have to be on the concentration's cells.
    """
    ice, made = given["siconc"][1], {}
    for name, (source, values) in given.items():
        same = values.shape == ice.shape
        if name == "sithick" and per_ice and same:
            values = per_cell(values, ice)
        if same and name != "siconc":
            values = np.where(np.isnan(values) & (ice < LEAST_CONCENTRATION), 0, values)
        made[name] = source.mapped(values[None])[0]
        if name == "sithick" and per_ice and not same:
            made[name] = per_cell(made[name], made["siconc"])
    return made


def consistent(fields: Fields, where: str = "raw data") -> Fields:
    """Fields of one date with nothing but zeros where there is no ice, and NaN on land alone.

    Providers leave thickness and drift out where there is no ice; land is where there is no
    concentration.

    Raises:
        BadData: if there is no thickness in more than a few of the cells with ice; such a cell
            counts as one without ice.
    """
    land, unknown = np.isnan(fields["siconc"]), np.isnan(fields["sithick"])
    ice = fields["siconc"] >= LEAST_CONCENTRATION
    missing, cells = int((ice & unknown).sum()), int(ice.sum())
    if missing > MISSING * cells:
        raise BadData(
            f"{missing:,} of {cells:,} cells with ice have no thickness",
            where=where,
            fix="give concentration and thickness of one model run, on one grid",
        )
    none = (fields["siconc"] <= 0) | (fields["sithick"] <= 0) | unknown
    made = {}
    for variable in ICE:
        values = np.clip(np.nan_to_num(fields[variable.name]), variable.lower, variable.upper)
        made[variable.name] = np.where(land, np.nan, np.where(none, 0, values)).astype(np.float32)
    return made


def _common(by_name: Mapping[str, Mapping[np.datetime64, Step]], member: str) -> list:
    """The dates of a member; raises BadData unless all variables have the same."""
    if absent := [name for name in NAMES if name not in by_name]:
        raise BadData(
            f"member {member} has no {', '.join(absent)}",
            where="raw data",
            fix="add the files, or leave the member out of the splits",
        )
    dates = sorted(by_name[NAMES[0]])
    for name, same in groupby(NAMES, lambda name: sorted(by_name[name]) == dates):
        if not name:
            other = next(iter(same))
            odd = sorted(set(by_name[other]) ^ set(dates))[0]
            raise BadData(
                f"{other} and {NAMES[0]} of member {member} differ in dates, such as {odd}",
                where="raw data",
                fix="give every variable for the same dates",
            )
    return dates
