"""Raw files to the store of pairs: days of boxes, coarse and fine."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import xarray as xr

from thermocline.config import Config, DataConfig, SstConfig
from thermocline.prepare.engine import Track, made, pieces
from thermocline.prepare.parts import Part
from thermocline.prepare.raw import RawFile
from thermocline.prepare.sample import Group, Layout, Packed, Sample
from thermocline.prepare.writer import write_store
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.boxes import cut
from thermocline.systems.superres.data.matched import Matched
from thermocline.systems.superres.data.raw import COARSE, FINE, VARIABLE, coarse_files, fine_files


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store."""
    sst, data = settings(config).data, config.data
    parts = [
        Part(f"{kind} {file.path} {piece}", days, (file, piece, kind, sst, data), (file.path,))
        for kind, files in ((COARSE, coarse_files(config)), (FINE, fine_files(config)))
        for file in files
        for piece in pieces(file)
    ]
    with made(parts, data.prepare, store, track, "Cutting boxes") as samples:
        _write(store, samples, sst)


def days(
    file: RawFile, part: slice | None, kind: str, sst: SstConfig, data: DataConfig
) -> Iterator[Sample]:
    """The days of the boxes in a part of a file, each with one field, called `kind`."""
    with file.open() as dataset:
        yield from _days(dataset, kind, sst, data, part)


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
    kinds = (
        (dataset, kind) for kind, given in ((COARSE, coarse), (FINE, fine)) for dataset in given
    )
    samples = (each for dataset, kind in kinds for each in _days(dataset, kind, sst, data))
    _write(path, samples, sst)


def _write(path: Path, samples: Iterable[Sample | Packed], sst: SstConfig) -> None:
    matched = Matched(sst)
    title = "Coarse and fine sea-surface temperature of the same days"
    write_store(path, matched.samples(samples), title, attributes=matched.attributes)


def _days(
    dataset: xr.Dataset, kind: str, sst: SstConfig, data: DataConfig, part: slice | None = None
) -> Iterator[Sample]:
    groups: dict[str, Group] = {}
    for day, split, grid, field in cut(dataset, sst, data, part):
        group = groups.setdefault(day.box, Group(day.box, {kind: Layout(VARIABLE, grid)}))
        yield Sample(day.name, split, day.date, group, {kind: field})
