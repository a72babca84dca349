"""Opening files that may be anything: local, read-only, whole, and of sane size.

Nothing here unpickles, follows a URL or writes.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.sources.classic import classic_length

MAX_ELEMENTS = 200_000_000
"""Largest variable that is read, in elements: a forged size must not exhaust the memory."""

ABSURD = 1e10
"""Magnitudes above this are some provider's missing value that the file does not declare."""

_MAGIC = {
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"CDF\x01": "classic",
    b"CDF\x02": "classic",
    b"CDF\x05": "classic",
    b"MATLAB 5.0": "matlab",
    b"MATLAB 7.3": "matlab73",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
}


def local_file(path: str | os.PathLike[str]) -> Path:
    """The path of an existing, non-empty, local file; raises BadFile for anything else."""
    text = os.fspath(path)
    if re.match(r"\s*(\[.*\])?\s*[A-Za-z][A-Za-z0-9+.-]+:/", text):
        raise BadFile("is a URL", where=text, fix="download it and give the file's name")
    found = Path(text)
    if not found.is_file():
        raise BadFile(
            "is a folder" if found.is_dir() else "no such file", where=text, fix="check the path"
        )
    if found.stat().st_size == 0:
        raise BadFile("the file is empty", where=text, fix="download it again")
    return found.resolve()


def container(path: Path) -> str:
    """Kind of file by its first bytes: hdf5, classic, matlab, gzip, …, text or binary."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    # Bytes cut inside a character at the end of the block are no sign of a binary file.
    text = head.decode("utf-8", errors="ignore")
    printable = sum(c.isprintable() or c in "\r\n\t\ufeff" for c in text)
    return "text" if len(text) > 0.9 * len(head) and printable >= 0.97 * len(text) else "binary"


def require_netcdf(path: str | os.PathLike[str]) -> Path:
    """The path of a whole NetCDF file.

    Raises:
        BadFile: for a URL, a missing or empty file, another format, or a file cut short.
    """
    found = local_file(path)
    kind = container(found)
    if kind in ("gzip", "zip", "bzip2"):
        raise BadFile(f"is compressed with {kind}", where=str(path), fix="unpack it first")
    if kind not in ("hdf5", "classic"):
        raise BadFile(
            f"truncated or not NetCDF (it begins like a {kind} file)",
            where=str(path),
            fix="give a NetCDF file, or download it again",
        )
    if kind == "classic":
        try:
            needed = classic_length(found)
        except (EOFError, IndexError) as problem:
            raise _truncated(path, str(problem)) from problem
        if found.stat().st_size < needed:
            raise _truncated(path, f"{found.stat().st_size} bytes of at least {needed}")
    try:
        netCDF4.Dataset(found, mode="r").close()
    except (OSError, RuntimeError, ValueError, UnicodeError) as problem:
        raise _truncated(path, str(problem)) from problem
    return found


def _truncated(path: str | os.PathLike[str], detail: str) -> BadFile:
    return BadFile(
        f"truncated or not NetCDF: {detail}", where=os.fspath(path), fix="download it again"
    )


class NetCDF:
    """Variables of an open NetCDF file as plain arrays, whatever way they are stored."""

    def __init__(self, handle: netCDF4.Dataset, name: str):
        self.handle, self.name = handle, name
        self.variables = handle.variables

    def __contains__(self, variable: str) -> bool:
        return variable in self.variables

    def require(self, *variables: str) -> None:
        """Raise BadFile naming every one of `variables` that is not in the file."""
        missing = [v for v in variables if v not in self.variables]
        if missing:
            raise BadFile(
                f"has no variable {', '.join(missing)}",
                where=self.name,
                fix="give a complete file of this format",
            )

    def attribute(self, variable: str, name: str, default: str = "") -> str:
        """An attribute of a variable as text."""
        return str(getattr(self.variables[variable], name, default))

    def _raw(self, variable: str) -> np.ma.MaskedArray:
        stored = self.variables[variable]
        if np.prod(stored.shape, dtype=float) > MAX_ELEMENTS:
            raise BadFile(
                f"{variable} claims {stored.shape} elements",
                where=self.name,
                fix=f"files hold at most {MAX_ELEMENTS:,} values per variable; split it",
            )
        try:
            return np.ma.asarray(stored[...])
        except (OSError, RuntimeError, ValueError, MemoryError) as problem:
            raise BadFile(f"{variable} cannot be read: {problem}", where=self.name) from problem

    def numbers(self, variable: str) -> NDArray[np.float64]:
        """Values as float64, unpacked; NaN where missing or absurdly large."""
        raw = self._raw(variable)
        if raw.dtype.kind not in "fiu":
            raise BadFile(f"{variable} holds no numbers", where=self.name)
        values = np.ma.filled(raw.astype(np.float64), np.nan)
        return np.where(np.abs(values) > ABSURD, np.nan, values)

    def flags(self, variable: str) -> NDArray[np.int64]:
        """Quality flags as integers 0–9, stored as digits in characters or as numbers; else −1."""
        raw = self._raw(variable)
        if raw.dtype.kind in "iu":
            values = np.ma.filled(raw.astype(np.int64), -1)
            # ASCII codes of the digits, as SeaDataNet stores them.
            return np.where((values >= 48) & (values <= 57), values - 48, values)
        if raw.dtype.kind == "f":
            return np.ma.filled(np.ma.fix_invalid(raw), -1).astype(np.int64)
        text = np.ma.filled(raw.astype("U1"), "")
        codes = np.ascontiguousarray(text).view(np.uint32).reshape(text.shape).astype(np.int64)
        return np.where((codes >= 48) & (codes <= 57), codes - 48, -1)

    def text(self, variable: str) -> list[str]:
        """One stripped string per element of the first dimension."""
        raw = self._raw(variable)
        if raw.dtype.kind == "S" and raw.dtype.itemsize == 1 and raw.ndim > 1:
            flat = np.ma.filled(raw, b"").reshape(raw.shape[0], -1)
            return [_strip(b"".join(row.tolist())) for row in flat]
        return [_strip(value) for value in np.ma.filled(raw.astype(object), "").reshape(-1)]


def _strip(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "").strip()


@contextmanager
def open_netcdf(path: str | os.PathLike[str]) -> Iterator[NetCDF]:
    """A whole NetCDF file, read-only; raises BadFile as `require_netcdf` does."""
    with netCDF4.Dataset(require_netcdf(path), mode="r") as handle:
        yield NetCDF(handle, os.fspath(path))
