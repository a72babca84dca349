"""Raw files to the store of states: monthly temperatures of all levels on the model's grid."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from thermocline.config import Config, DataConfig, GridConfig
from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.blocks import block_values, time_blocks
from thermocline.prepare.climatology import Monthly
from thermocline.prepare.engine import Track, made, members_of, pieces
from thermocline.prepare.parts import Part
from thermocline.prepare.raw import RawFile
from thermocline.prepare.regrid import Regridder, best_method
from thermocline.prepare.sample import Group, Label, Layout, Sample
from thermocline.prepare.split import SPLITS, listed, split_of
from thermocline.prepare.vertical import interpolate_depth
from thermocline.prepare.writer import write_store
from thermocline.sources.coordinates.levels import down_to
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.coverage import require_globe
from thermocline.systems.reconstruct.data.raw import GROUP, VARIABLE, fields

TITLE = "Monthly states on the model's grid, with training statistics"
STATISTICS = Monthly(VARIABLE.name, reference=10.0)


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store of the archive and of the withheld truth."""
    files = fields(config.data)
    own, data = settings(config).data, config.data
    statistics = replace(STATISTICS, standardise=own.standardise, minimum_std=own.minimum_std)
    parts = [
        Part(f"{file.path} {piece}", months, (file, piece, own.grid, data), (file.path,))
        for file in files
        for piece in pieces(file)
    ]
    wanted = plan(data, _group(own.grid))
    with made(parts, data.prepare, store, track, "Regridding states") as samples:
        complete = _complete(samples, wanted, lambda: members_of(files))
        write_store(store, complete, TITLE, [statistics])


def months(
    file: RawFile, part: slice | None, grid: GridConfig, data: DataConfig
) -> Iterator[Sample]:
    """The states of a part of a file that are in a split."""
    group = _group(grid)
    with down_to(grid.depth[-1]), file.open() as dataset:
        yield from _months(dataset, group, plan(data, group), part)


def write_states(
    path: Path,
    datasets: Iterable[xr.Dataset],
    grid: GridConfig,
    data: DataConfig,
    statistics: Monthly = STATISTICS,
) -> None:
    """Remap canonical datasets to the model's grid and write them as a store.

    Args:
        path: the file to write; it appears whole or not at all.
        datasets: with `thetao` (time, depth, latitude, longitude) and the attribute `member`; a
            member may come in several.
        grid, data: the grid with its levels, and which members and years belong to which split.
        statistics: asked for, of the training states.

    Raises:
        BadData: if a month of a split is missing, twice there, or wholly without values.
        BadConfig: if splits overlap.
    """
    group = _group(grid)
    wanted, members = plan(data, group), set[str]()

    def samples() -> Iterator[Sample]:
        for dataset in datasets:
            members.add(str(dataset.attrs.get("member", "")))
            yield from _months(dataset, group, wanted)

    write_store(path, _complete(samples(), wanted, lambda: members), TITLE, [statistics])


def _group(grid: GridConfig) -> Group:
    levels = np.asarray(grid.depth, np.float64)
    layout = Layout(VARIABLE, LatLonGrid.regular(grid.rows, grid.columns), levels)
    return Group(GROUP, {VARIABLE.name: layout}, continuous=True)


def plan(data: DataConfig, group: Group) -> dict[str, Label]:
    """Every month of the splits, by name; raises BadConfig if two splits share one."""
    wanted = {}
    for split in SPLITS:
        period = getattr(data, split)
        for member in period.members:
            for year in range(period.first, period.last + 1):
                for month in range(1, 13):
                    time = np.datetime64(f"{year:04d}-{month:02d}", "M")
                    name = f"{member}/{time}"
                    split_of(data, member, year, name)
                    wanted[name] = Label(name, split, time, group)
    return wanted


def _complete(
    samples: Iterable[Any], wanted: Mapping[str, Label], members: Callable[[], set[str]]
) -> Iterator[Any]:
    """The samples; raises BadData behind the last if not all that are wanted were among them."""
    left = set(wanted)
    for sample in samples:
        left.discard(sample.name)
        yield sample
    if left:
        said = {name: f'""{name}' if name.startswith("/") else name for name in wanted}
        missing = [f"{said[name]} ({wanted[name].split})" for name in wanted if name in left]
        raise BadData(
            f"months are missing: {len(missing)}, the first {', '.join(missing[:5])}; "
            f"members found: {listed(members())}",
            where="raw data",
            fix="add the files (`dvc pull` for the bundled ones), or name members and years that "
            "exist under data: in params.yaml",
        )


def _months(
    dataset: xr.Dataset,
    group: Group,
    wanted: Mapping[str, Label],
    part: slice | None = None,
) -> Iterator[Sample]:
    """The states of one dataset that are wanted, °C on the model's grid [C, H, W]."""
    source = str(dataset.attrs.get("source_file", dataset.attrs.get("source", "dataset")))
    if "longitude" not in dataset.variables:
        raise BadData("a zonal mean has no longitude", where=source, fix="give a map")
    layout = group.fields[VARIABLE.name]
    assert isinstance(layout.grid, LatLonGrid)
    latitude, longitude = dataset["latitude"].values, dataset["longitude"].values
    require_globe(latitude, longitude, source)
    method = best_method(latitude, longitude, layout.grid)
    regridder = Regridder(latitude, longitude, layout.grid, method)
    member, stamps = dataset.attrs.get("member", ""), dataset["time"].dt
    names = [
        f"{member}/{year:04d}-{month:02d}"
        for year, month in zip(stamps.year.values, stamps.month.values, strict=True)
    ]
    data = dataset[VARIABLE.name].transpose("time", "depth", ...)
    for block in time_blocks(data, part):
        chosen = [i for i in range(block.start, block.stop) if names[i] in wanted]
        if not chosen:
            continue
        values = block_values(data, block)
        for index in chosen:
            field = values[index - block.start]
            field = regridder(interpolate_depth(field, dataset["depth"].values, layout.levels))
            for level, layer in zip(layout.levels, field, strict=True):
                if not np.isfinite(layer).any():
                    raise BadData(
                        f"{VARIABLE.name} at {level:g} m of {names[index]} has no value at all",
                        where=source,
                        fix="replace the file, leave the month out of the splits, or take the "
                        "level out of reconstruct.data.grid.depth",
                    )
            label = wanted[names[index]]
            yield Sample(label.name, label.split, label.time, group, {VARIABLE.name: field})
