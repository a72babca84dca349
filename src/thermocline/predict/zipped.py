"""An answer's file as a zipped Zarr store: the same dataset gives the same bytes."""

from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from thermocline.concurrency import FILES
from thermocline.files import atomic_path, temporary_directory
from thermocline.netcdf import open_answer
from thermocline.ocean.rows import COLUMNS, ROWS

if TYPE_CHECKING:
    import xarray as xr

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the oldest that a zip holds."""


def zipped_zarr(netcdf: Path, path: Path) -> Path:
    """Write a NetCDF of ours as a zip of a Zarr store, version 3, whole or not at all.

    `xarray.open_zarr(zarr.storage.ZipStore(path, mode="r"))` reads it.
    """
    with FILES, atomic_path(path) as temporary, temporary_directory() as folder:
        with open_answer(netcdf) as dataset:
            _chunked(dataset).to_zarr(folder, zarr_format=3, consolidated=False)
        with ZipFile(temporary, "w", ZIP_STORED) as archive:  # chunks are compressed already
            for file in sorted(Path(folder).rglob("*")):
                if file.is_file():
                    name = ZipInfo(file.relative_to(folder).as_posix(), EPOCH)
                    archive.writestr(name, file.read_bytes())
    return path


def _chunked(dataset: "xr.Dataset") -> "xr.Dataset":
    """By blocks, so that one is in memory at a time; encoded for Zarr alone."""
    for name, variable in dataset.variables.items():
        kept = ("units", "calendar", "dtype") if str(name).startswith("time") else ()
        variable.encoding = {
            key: variable.encoding[key] for key in kept if key in variable.encoding
        }
    fields = {}
    for name, field in dataset.data_vars.items():
        if field.ndim >= 2:
            rows, columns = field.dims[-2:]
            blocks = dict.fromkeys(field.dims, 1) | {rows: ROWS, columns: COLUMNS}
            fields[name] = field.chunk(blocks)
    return dataset.assign(fields)
