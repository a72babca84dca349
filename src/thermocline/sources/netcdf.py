"""Variables of an open NetCDF file as plain arrays, whatever way a provider stored them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.netcdf import open_dataset
from thermocline.ocean.variables import KELVIN
from thermocline.sources.opening import reason, require_netcdf

MAX_VALUES = 50_000_000
"""Most values of one variable of observations: twice the largest EN4 month, 0.4 GB unpacked."""

ABSURD = 1e10
"""Magnitudes above this are some provider's missing value that the file does not declare."""


class NetCDF:
    """An open file; `name` is what errors call it."""

    def __init__(self, handle: netCDF4.Dataset, name: str):
        # QC characters must stay characters, whatever `_Encoding` says.
        handle.set_auto_chartostring(False)
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
        if np.prod(stored.shape, dtype=float) > MAX_VALUES:
            raise BadFile(
                f"{variable} claims {stored.shape} elements",
                where=self.name,
                fix=f"files hold at most {MAX_VALUES:,} values per variable; split it",
            )
        try:
            return np.ma.asarray(stored[...])
        except (OSError, RuntimeError, ValueError, MemoryError) as problem:
            raise BadFile(
                f"{variable} cannot be read: {reason(problem)}", where=self.name
            ) from problem

    def numbers(self, variable: str) -> NDArray[np.float64]:
        """Values as float64, unpacked; NaN where missing or absurdly large."""
        raw = self._raw(variable)
        if raw.dtype.kind not in "fiu":
            raise BadFile(f"{variable} holds no numbers", where=self.name)
        values = np.ma.filled(raw.astype(np.float64), np.nan)
        return np.where(np.abs(values) > ABSURD, np.nan, values)

    def celsius(self, variable: str) -> NDArray[np.float64]:
        """Like `numbers`, for temperatures: in °C even where the unit says kelvin."""
        kelvin = self.attribute(variable, "units").strip().lower() in KELVIN
        return self.numbers(variable) - (273.15 if kelvin else 0.0)

    def _last_dimension(self, variable: str) -> str:
        return str(self.variables[variable].dimensions[-1]).lower()

    def flags(self, variable: str) -> NDArray[np.int64]:
        """Quality flags as integers 0–9, stored as digits in characters or as numbers; else −1."""
        raw = self._raw(variable)
        if raw.dtype.kind in "iu":
            values = np.ma.filled(raw.astype(np.int64), -1)
            # ASCII codes of the digits, as SeaDataNet stores them.
            return np.where((values >= 48) & (values <= 57), values - 48, values)
        if raw.dtype.kind == "f":
            return np.ma.filled(np.ma.fix_invalid(raw), -1).astype(np.int64)
        if raw.ndim > 1 and raw.shape[-1] == 1 and "string" in self._last_dimension(variable):
            raw = raw[..., 0]
        text = np.ma.filled(raw.astype("U1"), "")
        codes = np.ascontiguousarray(text).view(np.uint32).reshape(text.shape).astype(np.int64)
        return np.where((codes >= 48) & (codes <= 57), codes - 48, -1)

    def text(self, variable: str) -> list[str]:
        """One stripped string per element of the first dimension."""
        raw = self._raw(variable)
        if raw.dtype.kind == "S" and raw.dtype.itemsize == 1 and raw.ndim > 1:
            flat = np.ma.filled(raw, b" ").reshape(raw.shape[0], int(np.prod(raw.shape[1:])))
            return [_strip(b"".join(row.tolist())) for row in flat]
        return [_strip(value) for value in np.ma.filled(raw.astype(object), "").reshape(-1)]


def _strip(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "").strip()


@contextmanager
def open_netcdf(path: str | os.PathLike[str]) -> Iterator[NetCDF]:
    """A whole NetCDF file, read-only; raises BadFile as `require_netcdf` does."""
    with open_dataset(require_netcdf(path)) as handle:
        yield NetCDF(handle, os.fspath(path))
