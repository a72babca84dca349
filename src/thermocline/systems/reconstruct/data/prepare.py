"""Raw files to the store of states: monthly temperatures of all levels on the model's grid."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import Config, DataConfig, GridConfig
from thermocline.errors import BadData
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.blocks import time_blocks
from thermocline.prepare.climatology import Monthly
from thermocline.prepare.raw import opened
from thermocline.prepare.regrid import Regridder, best_method
from thermocline.prepare.sample import Group, Label, Layout, Sample
from thermocline.prepare.split import SPLITS, split_of
from thermocline.prepare.validate import Track
from thermocline.prepare.vertical import interpolate_depth
from thermocline.prepare.writer import write_store
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.raw import GROUP, VARIABLE, fields

STATISTICS = Monthly(VARIABLE.name, reference=10.0)


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store of the archive and of the withheld truth."""
    files = track(fields(config.data.raw), "Regridding states")
    own = settings(config).data
    statistics = replace(STATISTICS, standardise=own.standardise, minimum_std=own.minimum_std)
    write_states(store, opened(files), own.grid, config.data, statistics)


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
    levels = np.asarray(grid.depth, np.float64)
    layout = Layout(VARIABLE, LatLonGrid.regular(grid.rows, grid.columns), levels)
    group = Group(GROUP, {VARIABLE.name: layout}, continuous=True)
    title = "Monthly states on the model's grid, with training statistics"
    write_store(path, _states(datasets, group, plan(data, group)), title, [statistics])


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


def _states(
    datasets: Iterable[xr.Dataset], group: Group, wanted: dict[str, Label]
) -> Iterator[Sample]:
    members, left = set(), set(wanted)
    for dataset in datasets:
        members.add(str(dataset.attrs.get("member", "")))
        for label, field in _months(dataset, group, wanted):
            left.discard(label.name)
            yield Sample(label.name, label.split, label.time, group, {VARIABLE.name: field})
    if left:
        missing = [f"{name} ({wanted[name].split})" for name in wanted if name in left]
        raise BadData(
            f"{len(missing)} months are missing, the first: {', '.join(missing[:5])}; "
            f"members found: {', '.join(sorted(members)) or 'none'}",
            where="raw data",
            fix="run `dvc pull`, or name members and years that exist under data: in params.yaml",
        )


def _months(
    dataset: xr.Dataset, group: Group, wanted: dict[str, Label]
) -> Iterator[tuple[Label, NDArray]]:
    """The states of one dataset that are wanted, °C on the model's grid [C, H, W]."""
    source = str(dataset.attrs.get("source_file", dataset.attrs.get("source", "dataset")))
    if "longitude" not in dataset.variables:
        raise BadData("a zonal mean has no longitude", where=source, fix="give a map")
    layout = group.fields[VARIABLE.name]
    assert isinstance(layout.grid, LatLonGrid)
    latitude, longitude = dataset["latitude"].values, dataset["longitude"].values
    method = best_method(latitude, longitude, layout.grid)
    regridder = Regridder(latitude, longitude, layout.grid, method)
    member, stamps = dataset.attrs.get("member", ""), dataset["time"].dt
    names = [
        f"{member}/{year:04d}-{month:02d}"
        for year, month in zip(stamps.year.values, stamps.month.values, strict=True)
    ]
    data = dataset[VARIABLE.name].transpose("time", "depth", ...)
    for part in time_blocks(data):
        chosen = [i for i in range(part.start, part.stop) if names[i] in wanted]
        if not chosen:
            continue
        block = data.isel(time=part).values[np.array(chosen) - part.start].astype(np.float32)
        for index, field in zip(chosen, block, strict=True):
            field = regridder(interpolate_depth(field, dataset["depth"].values, layout.levels))
            for level, layer in zip(layout.levels, field, strict=True):
                if not np.isfinite(layer).any():
                    raise BadData(
                        f"{VARIABLE.name} at {level:g} m of {names[index]} has no value at all",
                        where=source,
                        fix="replace the file, leave the month out of the splits or drop the level",
                    )
            yield wanted[names[index]], field
