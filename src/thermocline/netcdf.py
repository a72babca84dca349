"""The one door by which NetCDF files are opened for reading; what borrows from others stays out."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import netCDF4
from h5py import h5f

from thermocline.borrowed import refuse_borrowed
from thermocline.errors import holding

if TYPE_CHECKING:
    import xarray as xr

CACHE = 2**20
_AXES_ALONE: ContextVar[bool] = ContextVar("axes_alone", default=False)


@contextmanager
def open_dataset(path: str | os.PathLike[str]) -> Iterator[netCDF4.Dataset]:
    """A NetCDF file, read-only, that holds all of its values itself.

    Raises:
        BadFile: if it borrows values from elsewhere; see `refuse_borrowed`.
        OSError: if it is no NetCDF file.
    """
    _check(path)
    with netCDF4.Dataset(os.fspath(path), mode="r") as file:
        yield file


def open_xarray(path: str | os.PathLike[str]) -> "xr.Dataset":
    """The same as a dataset of xarray, which reads values when they are used; times as numbers."""
    import xarray as xr

    _check(path)
    return xr.open_dataset(path, engine="netcdf4", decode_times=False, create_default_indexes=False)


def open_answer(path: str | os.PathLike[str]) -> "xr.Dataset":
    """A file that we wrote, likewise, with decoded times and indexed coordinates."""
    import xarray as xr

    _check(path)
    return xr.open_dataset(path, engine="netcdf4")


def axes_alone() -> AbstractContextManager[None]:
    """Within it, fields are opened for their axes: readers look at no values, so they refuse none.

    Whether there are values, and such as the unit says, is looked at when they are opened again.
    """
    return holding(_AXES_ALONE, True)


def values_wanted() -> bool:
    """Whether values are to be looked at: see `axes_alone`."""
    return not _AXES_ALONE.get()


@contextmanager
def small_cache() -> Iterator[None]:
    """Within it, files are opened with a cache that holds no more than a small chunk a variable.

    What reads and writes whole chunks once needs none; the library keeps 64 MB of each variable.
    """
    before = netCDF4.get_chunk_cache()
    netCDF4.set_chunk_cache(CACHE)
    try:
        yield
    finally:
        netCDF4.set_chunk_cache(*before)


def _check(path: str | os.PathLike[str]) -> None:
    with Path(path).open("rb") as stream:
        head = stream.read(8)
    # HDF5 may begin behind other bytes, which may look like a classic file's.
    name = os.fsencode(path)
    if head.startswith(b"\x89HDF") or h5f.is_hdf5(name):
        refuse_borrowed(path)
    elif not head.startswith(b"CDF"):
        raise OSError("neither HDF5 nor classic NetCDF")
