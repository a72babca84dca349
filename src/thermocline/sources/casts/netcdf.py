"""Variables of an open NetCDF file as plain arrays of numbers, dates, flags and texts."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData, BadFile
from thermocline.netcdf import open_dataset
from thermocline.sources.casts.stored import Stored
from thermocline.sources.common import salinity, units
from thermocline.sources.common.quantity import ABSURD, Quantity
from thermocline.sources.files.clock import dates
from thermocline.sources.files.opening import open_whole
from thermocline.sources.files.packing import check_scale, extremes
from thermocline.sources.files.texts import is_stored_text, stored_texts
from thermocline.sources.files.valid_range import invalid
from thermocline.sources.flags.meanings import from_ascii_digits
from thermocline.sources.flags.text import codes_of

PLAIN = (1.0, 0.0)
"""Scale and offset of numbers that are not packed."""


class NetCDF(Stored):
    """An open file whose variables are read as what they mean."""

    def __init__(self, handle: netCDF4.Dataset, name: str):
        super().__init__(handle, name)
        self._words: dict[str, list[str]] = {}

    def numbers(self, variable: str) -> NDArray[np.float64]:
        """Unpacked values; NaN where missing, absurdly large or outside the valid range."""
        found = self.quantity(variable)
        return np.where(found.outside, np.nan, found.values)

    def quantity(self, variable: str, to: str = "", default: str = "") -> Quantity:
        """Unpacked values with the variable's attributes, and where its valid range rejects them.

        Args:
            to: the unit to convert to; that of `salinity` means practical salinity, and "" none.
            default: the unit where the file states none.
        """
        raw = self.raw(variable)
        if raw.dtype.kind not in "fiu":
            raise BadFile(
                f"{variable} holds no numbers", where=self.name, fix="store its values as numbers"
            )
        scale, offset = packing = self.packing(variable)
        check_scale(scale, variable, self.name)
        values = raw.filled(0).astype(np.float64) * scale + offset
        if packing != PLAIN:
            values[np.isin(values, extremes(scale, offset, raw.dtype))] = np.nan
        values[np.ma.getmaskarray(raw)] = np.nan
        values[np.abs(values) > ABSURD] = np.nan
        attributes = self.attributes(variable)
        outside = invalid(raw, values, packing != PLAIN, attributes, variable, self.name)
        if to:
            stated = self.attribute(variable, "units", default).strip() or default
            if to == salinity.UNIT:
                sound = np.where(outside, np.nan, values)
                values = values * salinity.scale_of(stated, [sound], where=self.name, what=variable)
            else:
                values = units.convert(values, stated, to, where=self.name, what=variable)
        none = np.zeros(values.shape, dtype=bool)
        return Quantity(values, none, outside, none, np.isfinite(values), attributes)

    def dates(self, variable: str, default: str = "") -> NDArray[np.datetime64]:
        """datetime64[ns] of a time variable; NaT where missing or outside the valid range.

        Args:
            default: the units that the format prescribes, where the file states none.
        """
        raw = self.raw(variable)
        if raw.dtype.kind not in "fiu":
            raise BadFile(
                f"{variable} holds no numbers", where=self.name, fix="store times as numbers"
            )
        packing = self.packing(variable)
        stored, plain = raw, raw.filled(0).astype(np.float64)
        absent = np.ma.getmaskarray(raw)
        if packing != PLAIN:
            raw = np.ma.array(plain * packing[0] + packing[1], mask=absent)
        values = np.where(absent, np.nan, raw.filled(0).astype(np.float64))
        attributes = self.attributes(variable)
        outside = invalid(stored, values, packing != PLAIN, attributes, variable, self.name)
        stated = self.attribute(variable, "units").strip() or default
        masked = np.ma.array(raw.data, mask=absent | outside)
        calendar = self.attribute(variable, "calendar", "standard")
        return dates(masked, stated, calendar, self.name, variable)

    def degrees(self, variable: str, count: int, axis: str) -> NDArray[np.float64]:
        """A latitude or longitude in degrees north or east, one for each of `count` casts."""
        said = self.attribute(variable, "units")
        values = units.degrees(self.numbers(variable), said, axis=axis, where=self.name)
        if values.size not in (1, count):
            raise BadData(
                f"{variable} has {values.size} values for {count} casts",
                where=self.name,
                fix="give one position a cast",
            )
        return np.broadcast_to(values.reshape(-1), count).copy()

    def words(self, variable: str) -> list[str]:
        """The distinct texts of a variable of text."""
        if variable not in self._words:
            self._words[variable] = np.unique(stored_texts(self.raw(variable))).tolist()
        return self._words[variable]

    def in_words(self, flag: str) -> bool:
        """Whether flags are words; `flags` then gives the codes of `flags.text`."""
        if not is_stored_text(self.variables[flag]):
            return False
        return codes_of(stored_texts(self.raw(flag)), flag, self.name)[1]

    def flags(self, variable: str) -> NDArray[np.int64]:
        """Quality flags as integers, of numbers, digits or words; −1 where there is none."""
        raw = self.raw(variable)
        if raw.dtype.kind in "iu":
            values = np.ma.filled(raw.astype(np.int64), -1)
            return from_ascii_digits(values, self.attributes(variable))
        if raw.dtype.kind == "f":
            return np.ma.filled(np.ma.fix_invalid(raw), -1).astype(np.int64)
        if is_stored_text(self.variables[variable]):
            return codes_of(stored_texts(raw), variable, self.name)[0]
        text = np.ma.filled(raw.astype("U1"), "")
        codes = np.ascontiguousarray(text).view(np.uint32).reshape(text.shape).astype(np.int64)
        return np.where((codes >= 48) & (codes <= 57), codes - 48, -1)

    def characters(self, variable: str) -> NDArray[np.str_]:
        """Single characters of any shape; "" where missing."""
        return np.char.strip(np.ma.filled(self.raw(variable).astype("U1"), ""))

    def text(self, variable: str, column: int | None = None) -> list[str]:
        """A stripped string for each element of the first dimension (at `column` of the second)."""
        raw = self.raw(variable)
        if column is not None:
            raw = raw[:, column]
        if raw.dtype.kind == "S" and raw.dtype.itemsize == 1 and raw.ndim > 1:
            flat = np.ma.filled(raw, b" ").reshape(raw.shape[0], int(np.prod(raw.shape[1:])))
            return [_strip(b"".join(row.tolist())) for row in flat]
        return [_strip(value) for value in np.ma.filled(raw.astype(object), "").reshape(-1)]


def _strip(value: object) -> str:
    text = _decoded(value) if isinstance(value, bytes) else str(value)
    return text.replace("\0", "").strip()


def _decoded(value: bytes) -> str:
    """Text in UTF-8, or else in the encoding of which any bytes are text."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


@contextmanager
def open_netcdf(path: str | os.PathLike[str]) -> Iterator[NetCDF]:
    """A complete NetCDF file, read-only; raises BadFile as `open_whole` does."""
    with ExitStack() as stack:
        handle = open_whole(path, lambda found: stack.enter_context(open_dataset(found)))
        yield NetCDF(handle, os.fspath(path))
