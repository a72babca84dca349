"""Where there is sea, by GLOBE's 1 km elevations (the package global-land-mask), in little memory.

That package keeps the whole mask, 21600 × 43200 cells of a byte, in memory: 0.9 GB. Here the same
mask is read from its file in blocks of rows and kept packed, in 3 MB.
"""

import zipfile
import zlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile

PACKAGE, FILE = "global_land_mask", "globe_combined_mask_compressed.npz"
BLOCK = 100
"""Rows that are read and packed at once."""


class SeaMask(NamedTuple):
    """The mask: latitudes of rows, longitudes of columns, and each row's bits, compressed."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    rows: tuple[bytes, ...]


def is_sea(latitude: NDArray, longitude: NDArray) -> NDArray[np.bool_]:
    """Whether there is sea at each of the points [H, W] of a grid.

    Args:
        latitude: [H], degrees within ±90.
        longitude: [W], degrees within ±180.

    Raises:
        BadFile: if the package's mask is not as it was published.
    """
    mask = sea_mask()
    down, across = _index(latitude, mask.latitude), _index(longitude, mask.longitude)
    sea = np.empty((len(down), len(across)), bool)
    known: dict[int, NDArray[np.bool_]] = {}
    for place, row in enumerate(down):
        if row not in known:
            known = {row: _unpacked(mask.rows[row])[across]}
        sea[place] = known[row]
    return sea


def is_sea_at(latitude: NDArray, longitude: NDArray) -> NDArray[np.bool_]:
    """Whether there is sea at single points.

    Args:
        latitude, longitude: of the points, both [...]; degrees within ±90 and ±180.

    Raises:
        BadFile: if the package's mask is not as it was published.
    """
    mask = sea_mask()
    down, across = _index(latitude, mask.latitude), _index(longitude, mask.longitude)
    sea = np.empty(down.shape, bool)
    by_row = np.argsort(down, axis=None, kind="stable")
    rows, first = np.unique(down.ravel()[by_row], return_index=True)
    for row, points in zip(rows, np.split(by_row, first[1:]), strict=True):
        sea.ravel()[points] = _unpacked(mask.rows[row])[across.ravel()[points]]
    return sea


@cache
def sea_mask() -> SeaMask:
    """The package's mask; a process reads it once, in about two seconds."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise BadFile("not installed", where=PACKAGE, fix="install the packages of the lock file")
    path, rows = Path(found.origin).with_name(FILE), []
    with np.load(path, allow_pickle=False) as file:
        latitude, longitude = file["lat"], file["lon"]
    with zipfile.ZipFile(path) as file, file.open("mask.npy") as stream:
        version = np.lib.format.read_magic(stream)
        (height, width), by_column, dtype = np.lib.format.read_array_header_1_0(stream)
        shape = (len(latitude), len(longitude))
        if version != (1, 0) or by_column or dtype.kind != "b" or (height, width) != shape:
            raise BadFile("another layout", where=FILE, fix=f"install the locked {PACKAGE}")
        for _ in range(0, height, BLOCK):
            block = np.frombuffer(stream.read(BLOCK * width), bool).reshape(-1, width)
            rows += [zlib.compress(row.tobytes(), 1) for row in np.packbits(block, axis=1)]
    return SeaMask(latitude, longitude, tuple(rows))


def _unpacked(row: bytes) -> NDArray[np.bool_]:
    return np.unpackbits(np.frombuffer(zlib.decompress(row), np.uint8)).astype(bool)


def _index(degrees: NDArray, centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """The mask's row or column of each point, rounded as the package does it."""
    inside = np.clip(np.asarray(degrees, np.float64), centres.min(), centres.max())
    return ((inside - centres[0]) / (centres[1] - centres[0])).astype(np.int64)
