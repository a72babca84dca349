"""Attributes of packed values: scale, offset and valid range, and undeclared fill values."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile, shown
from thermocline.sources.files.integers import stored_type_of

LIMITS = ("valid_range", "valid_min", "valid_max")


def number(value: Any, key: str, name: str, where: str) -> float:
    """An attribute that must be one number; text such as `0b` or `-2.5f` is read as in CDL.

    Args:
        key: name of the attribute.
        name: of the variable.

    Raises:
        BadFile: for anything else, or for several numbers.
    """
    found = np.ravel(value)
    if found.size == 1 and found.dtype.kind in "fiu":
        return float(found[0])
    text = str(found[0]).strip() if found.size == 1 and found.dtype.kind in "SUO" else ""
    if re.fullmatch(r"[+-]?(inf(inity)?|nan)", text, re.IGNORECASE):
        return float(text)
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(u?[bsSL]|[fFdD])?", text):
        return float(text.rstrip("ubsSLfFdD"))
    raise BadFile(
        f"{key} of {shown(name)} is {shown(value)}, which is not one number",
        where=where,
        fix=f"correct {key}, or remove it",
    )


def limits(attributes: Mapping[Any, Any], name: str, where: str) -> list[float | None]:
    """Least and greatest valid value, by `valid_range` or by `valid_min` and `valid_max`.

    Returns:
        Both as the file states them; None where it states none.

    Raises:
        BadFile: for text that is no number, and a range that is not two numbers.
    """
    ends: list[Any] = [attributes.get(f"valid_{end}") for end in ("min", "max")]
    if (both := attributes.get("valid_range")) is not None:
        ends = np.ravel(both).tolist()
        if isinstance(both, str):
            ends = re.split(r"\s*,\s*|\s+to\s+|\s+", both.strip(" []()"))
        if len(ends) != 2:
            raise BadFile(
                f"valid_range of {shown(name)} is {shown(both)}, which is not two numbers",
                where=where,
                fix="correct valid_range, or remove it",
            )
    keys = ("valid_min", "valid_max") if both is None else ("valid_range",) * 2
    return [
        None if end is None else number(end, key, name, where)
        for key, end in zip(keys, ends, strict=True)
    ]


def extremes(scale: float, offset: float, kind: np.dtype[Any]) -> tuple[float, ...]:
    """The least and the greatest number of a packed type, unpacked: these are often fill values.

    Empty where the scale is not a round number: such a scale is made from the values, so that the
    greatest number of the type is the greatest value.
    """
    digits = float(f"{scale:.2g}")
    if kind.kind not in "iu" or abs(scale - digits) > 1e-6 * abs(digits):
        return ()
    limits = np.iinfo(kind)
    ends = (limits.max,) if kind.kind == "u" else (limits.min, limits.max)
    return tuple(end * scale + offset for end in ends)


def packing_of(raw: xr.Variable) -> tuple[float, float]:
    """Scale and offset of a variable; both 0 if it is not packed."""
    if not {"scale_factor", "add_offset"} & set(raw.encoding):
        return 0.0, 0.0
    of = lambda name, default: float(np.asarray(raw.encoding.get(name, default)).flat[0])
    return of("scale_factor", 1.0), of("add_offset", 0.0)


def extremes_of(raw: xr.Variable) -> tuple[float, ...]:
    """The `extremes` of a variable; empty if it is not packed."""
    scale, offset = packing_of(raw)
    return extremes(scale, offset, stored_type_of(raw)) if scale else ()


def check_scale(scale: float, name: str, where: str) -> None:
    """Raise BadData for a scale of 0, NaN or infinity."""
    if scale == 0 or not np.isfinite(scale):
        raise BadData(
            f"the scale_factor of {name} is {scale:g}, so all values are lost",
            where=where,
            fix="correct scale_factor, or remove it if the values are not packed",
        )
