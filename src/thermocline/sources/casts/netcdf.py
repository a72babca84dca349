"""Variables of an open NetCDF file as plain arrays, however the provider stored them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData, BadFile
from thermocline.netcdf import open_dataset
from thermocline.sources.casts.any_case import AnyCase
from thermocline.sources.common import salinity, units
from thermocline.sources.common.attributes import without_placeholders
from thermocline.sources.common.quantity import ABSURD, MAX_VALUES, Quantity
from thermocline.sources.files.clock import dates
from thermocline.sources.files.integers import missing, stored_type
from thermocline.sources.files.opening import open_whole, reason
from thermocline.sources.files.packing import check_scale, extremes, number
from thermocline.sources.files.texts import is_stored_text, stored_texts
from thermocline.sources.files.valid_range import invalid
from thermocline.sources.flags.meanings import from_ascii_digits
from thermocline.sources.flags.text import codes_of

PLAIN = (1.0, 0.0)
"""Scale and offset of numbers that are not packed."""


class NetCDF:
    """An open file.

    Args:
        name: of the file, in errors.
    """

    def __init__(self, handle: netCDF4.Dataset, name: str):
        # Flags must stay characters, whatever `_Encoding` says. And netCDF4 would apply a valid
        # range to packed values even where it is a range of unpacked ones.
        handle.set_auto_chartostring(False)
        handle.set_auto_maskandscale(False)
        self.handle, self.name = handle, name
        self.variables = AnyCase(handle.variables)
        self.flags_among: frozenset[str] | None = None  # `flag_variables` finds them once
        self._words: dict[str, list[str]] = {}
        self._said: dict[tuple[str, str, str], str] = {}

    def __contains__(self, variable: str | None) -> bool:
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
        key = variable, name, default
        if key not in self._said:
            said = {name: getattr(self.variables[variable], name, default)}
            self._said[key] = str(without_placeholders(said).get(name, default))
        return self._said[key]

    def find(
        self,
        names: tuple[str, ...],
        standard_names: tuple[str, ...],
        rank: int,
        others: tuple[str, ...] = (),
    ) -> list[str]:
        """Names of variables with `rank` dimensions, found by name, else by CF's standard name.

        Args:
            others: names to look for last, among variables without a standard name.
        """
        fitting = [str(n) for n, v in self.variables.items() if v.ndim == rank]
        named, other = (
            [n for n in map(self.variables.named, them) if n in fitting] for them in (names, others)
        )
        stated = [
            n
            for standard in standard_names
            for n in fitting
            if self.attribute(n, "standard_name") == standard and not _is_adjusted(n)
        ]
        return named or stated or [n for n in other if not self.attribute(n, "standard_name")]

    def _raw(self, variable: str) -> np.ma.MaskedArray:
        """Values as stored, masked where they are a fill value."""
        stored = self.variables[variable]
        if np.prod(stored.shape, dtype=float) > MAX_VALUES:
            raise BadFile(
                f"{variable} claims {stored.shape} elements",
                where=self.name,
                fix=f"files hold at most {MAX_VALUES:,} values per variable; split it",
            )
        try:
            values = np.asarray(stored[...])
        except (OSError, RuntimeError, ValueError, MemoryError) as problem:
            raise BadFile(
                f"{variable} cannot be read: {reason(problem)}",
                where=self.name,
                fix="copy or download the file again",
            ) from problem
        fills = [getattr(stored, n) for n in ("_FillValue", "missing_value") if hasattr(stored, n)]
        if not fills and values.dtype.itemsize > 1 and values.dtype.kind in "fiu":
            fills = [netCDF4.default_fillvals[values.dtype.str[1:]]]
        kind = stored_type(values.dtype, self._attributes(variable))
        other = kind != values.dtype
        values = values.view(kind) if other else values
        return np.ma.array(values, mask=missing(values, fills, other))

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
        raw = self._raw(variable)
        if raw.dtype.kind not in "fiu":
            raise BadFile(
                f"{variable} holds no numbers", where=self.name, fix="store its values as numbers"
            )
        scale, offset = packing = self._packing(variable)
        check_scale(scale, variable, self.name)
        values = raw.filled(0).astype(np.float64) * scale + offset
        if packing != PLAIN:
            values[np.isin(values, extremes(scale, offset, raw.dtype))] = np.nan
        values[np.ma.getmaskarray(raw)] = np.nan
        values[np.abs(values) > ABSURD] = np.nan
        attributes = self._attributes(variable)
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

    def _attributes(self, variable: str) -> dict[str, object]:
        stored = self.variables[variable]
        return without_placeholders({name: stored.getncattr(name) for name in stored.ncattrs()})

    def _packing(self, variable: str) -> tuple[float, float]:
        """Scale and offset of a variable's numbers."""
        stored = self.variables[variable]
        scale, offset = (
            number(getattr(stored, key, default), key, variable, self.name)
            for key, default in (("scale_factor", 1.0), ("add_offset", 0.0))
        )
        return scale, offset

    def dates(self, variable: str, default: str = "") -> NDArray[np.datetime64]:
        """datetime64[ns] of a time variable; NaT where missing or outside the valid range.

        Args:
            default: the units that the format prescribes, where the file states none.
        """
        raw = self._raw(variable)
        if raw.dtype.kind not in "fiu":
            raise BadFile(
                f"{variable} holds no numbers", where=self.name, fix="store times as numbers"
            )
        packing = self._packing(variable)
        stored, plain = raw, raw.filled(0).astype(np.float64)
        absent = np.ma.getmaskarray(raw)
        if packing != PLAIN:
            raw = np.ma.array(plain * packing[0] + packing[1], mask=absent)
        values = np.where(absent, np.nan, raw.filled(0).astype(np.float64))
        attributes = self._attributes(variable)
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
            self._words[variable] = np.unique(stored_texts(self._raw(variable))).tolist()
        return self._words[variable]

    def in_words(self, flag: str) -> bool:
        """Whether flags are words; `flags` then gives the codes of `flags.text`."""
        if not is_stored_text(self.variables[flag]):
            return False
        return codes_of(stored_texts(self._raw(flag)), flag, self.name)[1]

    def flags(self, variable: str) -> NDArray[np.int64]:
        """Quality flags as integers, of numbers, digits or words; −1 where there is none."""
        raw = self._raw(variable)
        if raw.dtype.kind in "iu":
            values = np.ma.filled(raw.astype(np.int64), -1)
            return from_ascii_digits(values, self._attributes(variable))
        if raw.dtype.kind == "f":
            return np.ma.filled(np.ma.fix_invalid(raw), -1).astype(np.int64)
        if is_stored_text(self.variables[variable]):
            return codes_of(stored_texts(raw), variable, self.name)[0]
        text = np.ma.filled(raw.astype("U1"), "")
        codes = np.ascontiguousarray(text).view(np.uint32).reshape(text.shape).astype(np.int64)
        return np.where((codes >= 48) & (codes <= 57), codes - 48, -1)

    def characters(self, variable: str) -> NDArray[np.str_]:
        """Single characters of any shape; "" where missing."""
        return np.char.strip(np.ma.filled(self._raw(variable).astype("U1"), ""))

    def text(self, variable: str, column: int | None = None) -> list[str]:
        """A stripped string for each element of the first dimension (at `column` of the second)."""
        raw = self._raw(variable)
        if column is not None:
            raw = raw[:, column]
        if raw.dtype.kind == "S" and raw.dtype.itemsize == 1 and raw.ndim > 1:
            flat = np.ma.filled(raw, b" ").reshape(raw.shape[0], int(np.prod(raw.shape[1:])))
            return [_strip(b"".join(row.tolist())) for row in flat]
        return [_strip(value) for value in np.ma.filled(raw.astype(object), "").reshape(-1)]


def _is_adjusted(name: str) -> bool:
    return name.upper().endswith("_ADJUSTED") or name.upper().startswith("ADJUSTED_")


def _strip(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "").strip()


@contextmanager
def open_netcdf(path: str | os.PathLike[str]) -> Iterator[NetCDF]:
    """A complete NetCDF file, read-only; raises BadFile as `open_whole` does."""
    with ExitStack() as stack:
        handle = open_whole(path, lambda found: stack.enter_context(open_dataset(found)))
        yield NetCDF(handle, os.fspath(path))
