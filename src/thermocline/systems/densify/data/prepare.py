"""Raw files and the simulated archive to the store of states: water and surface fields of a day."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import Config, DataConfig
from thermocline.errors import BadData
from thermocline.ocean.grid import LatLonGrid
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.raw import RawFile
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.split import SPLITS, Split, split_of
from thermocline.prepare.validate import Track
from thermocline.prepare.writer import write_store
from thermocline.systems.densify.config import DensifyData, settings
from thermocline.systems.densify.data.archive import Run, runs
from thermocline.systems.densify.data.patches import patches
from thermocline.systems.densify.data.raw import SURFACE, WATER, raw

TITLE = "Temperature and salinity by depth, and surface fields, of regions with eddies"
Found = dict[tuple[str, str], dict[str, dict[np.datetime64, NDArray]]]


def prepare(config: Config, store: Path, track: Track) -> None:
    """Write the store of all states that are in a split."""
    write_store(store, samples(config, track), TITLE)


def samples(config: Config, track: Track) -> Iterator[Sample]:
    """States of the raw files, then those of the archive, in patches.

    Raises:
        BadData: if a region is in no file of water, or a split is empty.
    """
    own, data = settings(config).data, config.data
    read = Reader(own)
    for file in track(raw(config), "Reading water and surfaces"):
        read.add(file)
    cutters = {name: Cutter(name, *read.region(name), own) for name in own.regions}
    seen = set()
    for run in read.runs():
        for sample in cutters[run.region].samples(run, data, own):
            seen.add(sample.split)
            yield sample
    oceans = {name: cutter.ocean for name, cutter in cutters.items()}
    for run in runs(own.archive, oceans, config.seed):
        for sample in cutters[run.region].samples(run, data, own):
            seen.add(sample.split)
            yield sample
    if missing := [split for split in SPLITS if split not in seen]:
        raise BadData(
            f"no state of {', '.join(missing)}",
            where="raw data and archive",
            fix="run `dvc pull`, or name members and years that exist under data: in params.yaml",
        )


class Reader:
    """Collects fields of regions from files, whichever order they come in."""

    def __init__(self, own: DensifyData):
        self._own = own
        self._found: Found = {}
        self._grids: dict[str, tuple[LatLonGrid, NDArray]] = {}

    def add(self, file: RawFile) -> None:
        """The part of a file that is in a region, if any."""
        name = file.variable.name
        with file.open() as dataset:
            for region, corner in self._own.regions.items():
                inside = _cut(dataset, corner, self._own.size)
                if inside is None:
                    continue
                field = inside[name].transpose("time", "depth", "latitude", "longitude")
                values = field.values if name in WATER else field.values[:, 0]
                if name == WATER[0]:
                    grid = LatLonGrid(inside.latitude.values, inside.longitude.values)
                    self._grids.setdefault(region, (grid, inside.depth.values.astype(float)))
                days = inside.time.values.astype("datetime64[D]")
                member = str(dataset.attrs["member"])
                kept = self._found.setdefault((region, member), {}).setdefault(name, {})
                kept.update(zip(days, values.astype(np.float32), strict=True))

    def region(self, name: str) -> tuple[LatLonGrid, NDArray, NDArray[np.bool_]]:
        """Grid, depth, and where there is sea [H, W]; raises BadData if no file has it."""
        of = [found[WATER[0]] for (region, _), found in self._found.items() if region == name]
        if not of or name not in self._grids:
            raise BadData(
                f"no {WATER[0]} of {name}",
                where="raw data",
                fix="give a file that covers it, or take the region out of params.yaml",
            )
        first = next(iter(of[0].values()))
        return *self._grids[name], np.isfinite(first[0])

    def runs(self) -> Iterator[Run]:
        """Days that have all variables, by region and member."""
        every = (*WATER, *SURFACE)
        for (region, member), found in sorted(self._found.items()):
            days = sorted(set.intersection(*(set(found.get(name, {})) for name in every)))
            if days:
                fields = {name: np.stack([found[name][day] for day in days]) for name in every}
                yield Run(region, member, np.array(days), fields)


class Cutter:
    """Cuts the states of a region into patches; a single patch bears the region's name."""

    def __init__(
        self,
        name: str,
        grid: LatLonGrid,
        depth: NDArray,
        ocean: NDArray[np.bool_],
        own: DensifyData,
    ):
        self.ocean = ocean
        self._parts = patches(ocean, own.patch, own.overlap, own.land)
        single = len(self._parts) == 1
        self._groups = [
            _group(name if single else f"{name}_{number}", grid, depth, part)
            for number, part in enumerate(self._parts)
        ]

    def samples(self, run: Run, data: DataConfig, own: DensifyData) -> Iterator[Sample]:
        """States of a run that are in a split; see `ArchiveConfig.gap`."""
        splits = [_split(data, own, run.member, day) for day in run.days]
        taught = [day for day, split in zip(run.days, splits, strict=True) if split == "train"]
        for number, (day, split) in enumerate(zip(run.days, splits, strict=True)):
            near = taught and 0 < (day - taught[-1]).astype(int) < 7 * own.archive.gap
            if split is None or near:
                continue
            for group, (i, j) in zip(self._groups, self._parts, strict=True):
                fields = {name: each[number][..., i, j] for name, each in run.fields.items()}
                yield Sample(f"{group.name}/{run.member}/{day}", split, day, group, fields)


def _split(data: DataConfig, own: DensifyData, member: str, day: np.datetime64) -> Split | None:
    if member in own.variants:
        return "test"
    return split_of(data, member, day.astype(object).year, f"{member}/{day}")


def _group(name: str, grid: LatLonGrid, depth: NDArray, part: tuple[slice, slice]) -> Group:
    cells = LatLonGrid(grid.latitude[part[0]], grid.longitude[part[1]])
    layouts = {each: Layout(VARIABLES[each], cells, depth) for each in WATER}
    return Group(name, layouts | {each: Layout(VARIABLES[each], cells) for each in SURFACE})


def _cut(dataset: xr.Dataset, corner: tuple[float, float], size: float) -> xr.Dataset | None:
    """Cells whose centres lie in the box; None unless the file covers it, to a cell's width."""
    box = {}
    for name, start in zip(("latitude", "longitude"), corner, strict=True):
        centres = dataset[name].values
        step = float(np.abs(np.diff(centres)).max())
        inside = (centres > start) & (centres < start + size)
        if inside.sum() * step < size - 1.01 * step:
            return None
        box[name] = inside
    return dataset.isel({name: np.flatnonzero(inside) for name, inside in box.items()})
