"""Variables and attributes of an open NetCDF file, as they are stored."""

import netCDF4
import numpy as np

from thermocline.errors import BadFile
from thermocline.sources.casts.any_case import AnyCase
from thermocline.sources.common.attributes import without_placeholders
from thermocline.sources.common.quantity import MAX_VALUES
from thermocline.sources.files.integers import missing, stored_type
from thermocline.sources.files.opening import reason
from thermocline.sources.files.packing import number


class Stored:
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

    def raw(self, variable: str) -> np.ma.MaskedArray:
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
        kind = stored_type(values.dtype, self.attributes(variable))
        other = kind != values.dtype
        values = values.view(kind) if other else values
        return np.ma.array(values, mask=missing(values, fills, other))

    def attributes(self, variable: str) -> dict[str, object]:
        """All attributes of a variable that say something."""
        stored = self.variables[variable]
        return without_placeholders({name: stored.getncattr(name) for name in stored.ncattrs()})

    def packing(self, variable: str) -> tuple[float, float]:
        """Scale and offset of a variable's numbers."""
        stored = self.variables[variable]
        scale, offset = (
            number(getattr(stored, key, default), key, variable, self.name)
            for key, default in (("scale_factor", 1.0), ("add_offset", 0.0))
        )
        return scale, offset


def _is_adjusted(name: str) -> bool:
    return name.upper().endswith("_ADJUSTED") or name.upper().startswith("ADJUSTED_")
