"""Canonical profiles as one NetCDF in the form of EN4, which the reader of EN4 reads.

Temperatures are potential, depths in metres, salinities practical; values are those that were used
of the files, so that every flag accepts. Numbers are in double precision: what is read again is
what was read before.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.files import atomic_path

FILL = 99999.0
EPOCH = np.datetime64("1950-01-01", "ms")
VALUES = {
    "DEPH_CORRECTED": ("depth", "depth", "metre"),
    "POTM_CORRECTED": ("thetao", "potential temperature", "degree_Celsius"),
    "PSAL_CORRECTED": ("so", "practical salinity", "psu"),
}
"""EN4's names: ours, in words, and the unit."""
TITLE = "profiles gathered from files of one or more providers"
WIDTH = 8
"""Least characters of a platform's name."""


def write_profiles(profiles: Sequence[xr.Dataset], path: Path, attributes: dict[str, str]) -> None:
    """Write datasets of profiles, one after another, whole or not at all.

    Args:
        profiles: as `sources.read_casts` gives them, whose times are known.
        attributes: global attributes of the file, beside its title.
    """
    import netCDF4

    count = sum(each.sizes["n_prof"] for each in profiles)
    levels = max(each.sizes["n_level"] for each in profiles)
    joined = lambda name: np.concatenate([each[name].values for each in profiles])
    with (
        atomic_path(path) as temporary,
        netCDF4.Dataset(temporary, "w", format="NETCDF4_CLASSIC") as nc,
    ):
        nc.createDimension("N_PROF", count)
        nc.createDimension("N_LEVELS", levels)
        nc.setncatts({"Conventions": "CF-1.10", "title": TITLE} | attributes)
        _write(nc, "LATITUDE", joined("latitude"), "latitude", "degree_north")
        _write(nc, "LONGITUDE", joined("longitude"), "longitude", "degree_east")
        # Readers round to milliseconds: of less, nothing is left that could round to another day.
        seconds = (joined("time").astype(EPOCH.dtype) - EPOCH) / np.timedelta64(1, "s")
        _write(nc, "JULD", seconds, "time", "seconds since 1950-01-01 00:00:00 utc")
        for name, (ours, *words) in VALUES.items():
            values = np.concatenate([_padded(each[ours].values, levels) for each in profiles])
            _write(nc, name, values, *words)
            _flag(nc, f"{name}_QC", np.isfinite(values))
        _names(nc, "PLATFORM_NUMBER", joined("platform_number").astype(str))


def is_gathered(path: Path) -> bool:
    """Whether a file was written here."""
    from thermocline.netcdf import open_dataset

    try:
        with open_dataset(path) as nc:
            return bool(getattr(nc, "title", "") == TITLE)
    except (OSError, BadFile):
        return False


def _padded(values: NDArray, levels: int) -> NDArray:
    return np.pad(values, ((0, 0), (0, levels - values.shape[1])), constant_values=np.nan)


def _write(nc, name: str, values: NDArray, long_name: str, units: str) -> None:
    dims = ("N_PROF", "N_LEVELS")[: values.ndim]
    made = nc.createVariable(name, "f8", dims, fill_value=FILL, compression="zlib", shuffle=True)
    made.setncatts({"long_name": long_name, "units": units})
    made[:] = np.where(np.isfinite(values), values, FILL)


def _flag(nc, name: str, there: NDArray[np.bool_]) -> None:
    made = nc.createVariable(name, "S1", ("N_PROF", "N_LEVELS"), compression="zlib")
    made.setncatts({"long_name": "quality flag", "conventions": "1 accept, 4 reject"})
    made[:] = np.where(there, b"1", b" ")


def _names(nc, name: str, texts: NDArray[np.str_]) -> None:
    encoded = [text.encode() for text in texts]
    width = max(WIDTH, *map(len, encoded))
    nc.createDimension("STRING", width)
    made = nc.createVariable(name, "S1", ("N_PROF", "STRING"), compression="zlib")
    made[:] = np.frombuffer(b"".join(each.ljust(width) for each in encoded), "S1").reshape(
        -1, width
    )
