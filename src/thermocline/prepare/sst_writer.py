"""Writing the store of fine SST: boxes cut out, coarse and fine days matched, errors measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import DataConfig, SstConfig
from thermocline.errors import BadData
from thermocline.files import atomic_path
from thermocline.ocean.block_error import BlockError
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.split import SPLITS, Split
from thermocline.prepare.sst_boxes import Fields, check_fit, cut, split_of
from thermocline.prepare.sst_store import FORMAT, Day
from thermocline.prepare.store import MISSING, OFFSET, SCALE, unpack


def write_sst_store(
    path: str | Path,
    fine: Iterable[xr.Dataset],
    coarse: Iterable[xr.Dataset],
    sst: SstConfig,
    data: DataConfig,
    progress: Callable[[str], None] = lambda box: None,
) -> None:
    """Match the days of fine and coarse canonical datasets and write them as an `SstStore`.

    Args:
        path: the file to write; it appears whole or not at all.
        fine, coarse: canonical `tos` (time, depth, latitude, longitude) with the attribute
            `member`; boxes that a dataset does not cover are not taken from it.
        sst, data: the boxes, and which members and years belong to which split.
        progress: called with a box's name when one of its files has been read.

    Raises:
        BadData: if a day is there twice, blocks do not fit cells, or a split has no pair.
        BadConfig: if splits overlap.
    """
    blocks, blocks_at = cut(coarse, sst, data, progress)
    cells, cells_at = cut(fine, sst, data, progress)
    both = sorted(blocks.keys() & cells.keys())
    splits = {day: split for day in both if (split := split_of(day, sst, data))}
    order = [day for split in SPLITS for day in both if splits[day] == split]
    for split in SPLITS:
        if split not in splits.values():
            raise BadData(
                f"no day of the {split} split has both a coarse and a fine field",
                where="fine sea-surface temperature",
                fix=f"name members, years and boxes that {sst.coarse} and {sst.fine} hold",
            )
    boxes = list(dict.fromkeys(day.box for day in order))
    for box in boxes:
        check_fit(box, blocks_at[box], cells_at[box], sst.factor)
    area = {box: cells_at[box].cell_area() for box in boxes}
    known: list[tuple[NDArray, NDArray]] = []
    for day in order:
        truth = unpack(cells[day])
        mean = block_mean(truth, area[day.box], sst.factor)
        # Blocks without a cell of sea in the fine field have nothing to say about it.
        blocks[day] = np.where(np.isnan(mean), np.int16(MISSING), blocks[day])
        if splits[day] == "train":
            value = unpack(blocks[day])
            known.append((value, value - mean))
    error = BlockError.fit(known)
    # The file is closed (inner) before it is renamed (outer).
    with (
        atomic_path(path) as temporary,
        netCDF4.Dataset(str(temporary), "w", format="NETCDF4") as file,
    ):
        file.error_noise, file.error_share = round(error.noise, 6), round(error.share, 6)
        file.factor = sst.factor
        _write(file, order, [splits[day] for day in order], cells_at, blocks, cells)


def _write(
    file: Any,
    order: list[Day],
    splits: list[Split],
    grids: dict[str, LatLonGrid],
    blocks: Fields,
    cells: Fields,
) -> None:
    boxes = list(dict.fromkeys(day.box for day in order))
    members = list(dict.fromkeys(day.member for day in order))
    file.format_name, file.Conventions = FORMAT, "CF-1.11"
    file.title = "Coarse and fine sea-surface temperature of the same days"
    file.boxes, file.members = " ".join(boxes), ",".join(members)
    (h, w), (rows, columns) = blocks[order[0]].shape, cells[order[0]].shape
    sizes = {"state": len(order), "box_name": len(boxes)}
    sizes |= {"block_row": h, "block_column": w, "row": rows, "column": columns}
    for name, size in sizes.items():
        file.createDimension(name, size)
    small: tuple[tuple[str, tuple[str, ...], list, str], ...] = (
        ("latitude", ("box_name", "row"), [grids[b].latitude for b in boxes], "degrees_north"),
        ("longitude", ("box_name", "column"), [grids[b].longitude for b in boxes], "degrees_east"),
        ("split", ("state",), [SPLITS.index(split) for split in splits], "1"),
        ("box", ("state",), [boxes.index(day.box) for day in order], "1"),
        ("member", ("state",), [members.index(day.member) for day in order], "1"),
        ("date", ("state",), [day.date.astype(int) for day in order], "days since 1970-01-01"),
    )
    for name, dims, values, units in small:
        variable = file.createVariable(name, "f8" if len(dims) > 1 else "i4", dims)
        variable.units = units
        variable[:] = np.asarray(values)
    for name, axes, fields in (
        ("coarse", ("block_row", "block_column"), blocks),
        ("fine", ("row", "column"), cells),
    ):
        packed = np.stack([fields[day] for day in order])
        variable = file.createVariable(
            name, "i2", ("state", *axes), zlib=True, complevel=1, shuffle=True, fill_value=MISSING,
            chunksizes=(1, *packed.shape[1:]),
        )  # fmt: skip
        variable.setncatts({"units": "degree_Celsius", "scale_factor": SCALE, "add_offset": OFFSET})
        variable.set_auto_maskandscale(False)
        variable[:] = packed
