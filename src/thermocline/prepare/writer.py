"""Writing the store: one pass over the members, one atomic file, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import DataConfig, GridConfig
from thermocline.errors import BadData
from thermocline.files import atomic_path
from thermocline.ocean.grid import LatLonGrid
from thermocline.ocean.statistics import Statistics
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.blocks import time_blocks
from thermocline.prepare.climatology import Accumulator
from thermocline.prepare.regrid import Regridder, best_method
from thermocline.prepare.split import SPLITS, Sample, Split, check_complete, plan
from thermocline.prepare.store import FORMAT, MISSING, OFFSET, SCALE, pack, unpack
from thermocline.prepare.vertical import interpolate_depth

VARIABLE = "thetao"


def write_store(
    path: str | Path,
    members: Iterable[xr.Dataset],
    grid_config: GridConfig,
    data: DataConfig,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
    *,
    standardise: Literal["cell", "level"] = "cell",
    minimum_std: float = 0.05,
) -> None:
    """Remap canonical datasets to the model's grid and write them as a `Store`.

    Args:
        path: the file to write; it appears whole or not at all.
        members: canonical datasets with `thetao` (time, depth, latitude, longitude) and the
            attributes `member` and `source`; a member may come in several.
        grid_config, data: grid, levels and splits.
        progress: called with a member's name, months done and months in all.
        standardise: whether each cell or each level has a standard deviation of its own.
        minimum_std: the least standard deviation, °C.

    Raises:
        BadData: if a month of the plan is missing, twice there, or wholly without values.
        BadConfig: if splits overlap.
    """
    grid = LatLonGrid.regular(grid_config.rows, grid_config.columns)
    levels = np.asarray(grid_config.depth, np.float64)
    wanted = plan(data)
    order = [sample for split in SPLITS for sample in wanted[split]]
    position = {sample: row for row, sample in enumerate(order)}
    training = set(wanted["train"])
    sums = Accumulator((levels.size, *grid.shape))
    masks: dict[bytes, int] = {}
    mask_index = np.zeros(len(order), np.int16)
    found: set[Sample] = set()
    # The file is closed (inner) before it is renamed (outer).
    with (
        atomic_path(path) as temporary,
        netCDF4.Dataset(str(temporary), "w", format="NETCDF4") as file,
    ):
        states = _layout(file, grid, levels, order, wanted)
        done = 0
        for dataset in members:
            for sample, field in _months(dataset, grid, levels, position):
                if sample in found:
                    raise BadData(
                        f"{sample.name} appears twice",
                        where=_source(dataset),
                        fix="remove one of the files that hold it",
                    )
                found.add(sample)
                packed = pack(field)
                row = position[sample]
                states[row] = packed
                key = np.packbits(packed != MISSING).tobytes()
                mask_index[row] = masks.setdefault(key, len(masks))
                if sample in training:
                    sums.add(unpack(packed), sample.month)
                done += 1
                progress(sample.member, done, len(order))
        check_complete(wanted, found)
        statistics = sums.finish(standardise, minimum_std, grid.cell_area())
        _finish(file, statistics, masks, mask_index)


def _months(
    dataset: xr.Dataset, grid: LatLonGrid, levels: NDArray, position: dict[Sample, int]
) -> Iterable[tuple[Sample, NDArray]]:
    """Yield the planned states of one dataset, °C on the model's grid [C, H, W]."""
    member = str(dataset.attrs.get("member", ""))
    stamps = dataset["time"].dt
    samples = [
        Sample(member, int(year), int(month))
        for year, month in zip(stamps.year.values, stamps.month.values, strict=True)
    ]
    if "longitude" not in dataset.variables:
        raise BadData("a zonal mean has no longitude", where=_source(dataset), fix="give a map")
    latitude, longitude = dataset["latitude"].values, dataset["longitude"].values
    regridder = Regridder(latitude, longitude, grid, best_method(latitude, longitude, grid))
    depth = dataset["depth"].values
    data = dataset[VARIABLE].transpose("time", "depth", ...)
    for part in time_blocks(data):
        chosen = [i for i in range(part.start, part.stop) if samples[i] in position]
        if not chosen:
            continue
        block = data.isel(time=part).values[np.array(chosen) - part.start].astype(np.float32)
        for index, field in zip(chosen, block, strict=True):
            field = regridder(interpolate_depth(field, depth, levels))
            sample = samples[index]
            for level, layer in zip(levels, field, strict=True):
                if not np.isfinite(layer).any():
                    raise BadData(
                        f"{VARIABLE} at {level:g} m of {sample.name} has no value at all",
                        where=_source(dataset),
                        fix="replace the file, leave the month out of the splits or drop the level",
                    )
            yield sample, field


def _source(dataset: xr.Dataset) -> str:
    return str(dataset.attrs.get("source_file", dataset.attrs.get("source", "dataset")))


def _layout(
    file: Any,
    grid: LatLonGrid,
    levels: NDArray,
    order: list[Sample],
    wanted: dict[Split, list[Sample]],
) -> Any:
    rows, columns = grid.shape
    members = list(dict.fromkeys(sample.member for sample in order))
    file.format_name = FORMAT
    file.Conventions = "CF-1.11"
    file.title = "Monthly states on the model's grid, with training statistics"
    file.members = " ".join(members)
    for name, size in (
        ("sample", len(order)),
        ("depth", levels.size),
        ("latitude", rows),
        ("longitude", columns),
        ("calendar_month", 12),
    ):
        file.createDimension(name, size)
    axes = {
        "depth": (levels, {"units": "m", "positive": "down", "standard_name": "depth"}),
        "latitude": (grid.latitude, {"units": "degrees_north", "standard_name": "latitude"}),
        "longitude": (grid.longitude, {"units": "degrees_east", "standard_name": "longitude"}),
    }
    for name, (values, attributes) in axes.items():
        _variable(file, name, "f8", (name,), values, attributes)
    splits = [SPLITS.index(split) for split in SPLITS for _ in wanted[split]]
    meanings = {"flag_values": np.arange(3, dtype="i1"), "flag_meanings": " ".join(SPLITS)}
    _variable(file, "split", "i1", ("sample",), splits, meanings)
    _variable(file, "member", "i2", ("sample",), [members.index(s.member) for s in order], {})
    _variable(file, "year", "i2", ("sample",), [s.year for s in order], {})
    _variable(file, "month", "i1", ("sample",), [s.month for s in order], {})
    states = file.createVariable(
        VARIABLE,
        "i2",
        ("sample", "depth", "latitude", "longitude"),
        zlib=True,
        complevel=1,
        shuffle=True,
        chunksizes=(1, levels.size, rows, columns),
        fill_value=MISSING,
    )
    states.setncatts(
        {**VARIABLES[VARIABLE].attributes, "scale_factor": SCALE, "add_offset": OFFSET}
    )
    states.set_auto_maskandscale(False)
    return states


def _finish(
    file: Any, statistics: Statistics, masks: dict[bytes, int], mask_index: NDArray
) -> None:
    cell = ("depth", "latitude", "longitude")
    shape = statistics.ocean.shape
    celsius = {"units": "degree_Celsius"}
    _variable(file, "climatology", "f4", ("calendar_month", *cell), statistics.climatology, celsius)
    _variable(file, "std", "f4", cell, statistics.std, celsius)
    _variable(file, "ocean", "i1", cell, statistics.ocean, {"long_name": "sea in every state"})
    size = int(np.prod(shape))
    kinds = [np.unpackbits(np.frombuffer(key, np.uint8), count=size) for key in masks]
    file.createDimension("mask_kind", len(kinds))
    _variable(file, "mask", "i1", ("mask_kind", *cell), np.reshape(kinds, (-1, *shape)), {})
    _variable(file, "mask_index", "i2", ("sample",), mask_index, {"long_name": "row of mask"})


def _variable(
    file: Any, name: str, kind: str, dimensions: tuple[str, ...], values: Any, attributes: dict
) -> None:
    variable = file.createVariable(name, kind, dimensions, zlib=len(dimensions) > 1, complevel=1)
    variable.setncatts(attributes)
    variable[:] = np.asarray(values)
