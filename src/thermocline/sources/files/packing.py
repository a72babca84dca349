"""Packed values: numbers of their type that stand for missing ones, and packing that is none."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile, shown
from thermocline.sources.files.integers import kind_in

LIMITS = ("valid_range", "valid_min", "valid_max")


def number(value: Any, key: str, name: str, where: str) -> float:
    """An attribute that is to be one number; text such as `0b` or `-2.5f` is one, as CDL has it.

    Raises:
        BadFile: for anything else, and several.
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
        fix=f"correct {key}, or take it away",
    )


def limits(attributes: Mapping[Any, Any], name: str, where: str) -> list[float | None]:
    """Least and greatest valid value by `valid_range`, `valid_min` and `valid_max`; None if unsaid.

    Raises:
        BadFile: for what is no number, and a range of not two of them.
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
                fix="correct valid_range, or take it away",
            )
    keys = ("valid_min", "valid_max") if both is None else ("valid_range",) * 2
    return [
        None if end is None else number(end, key, name, where)
        for key, end in zip(keys, ends, strict=True)
    ]


def extremes(scale: float, offset: float, kind: np.dtype[Any]) -> tuple[float, ...]:
    """What the least and the greatest number of a packed type unpack to: fills, declared or not.

    None where the scale is no round number: it is then made from the values, so that the greatest
    of them is the type's greatest.
    """
    digits = float(f"{scale:.2g}")
    if kind.kind not in "iu" or abs(scale - digits) > 1e-6 * abs(digits):
        return ()
    limits = np.iinfo(kind)
    ends = (limits.max,) if kind.kind == "u" else (limits.min, limits.max)
    return tuple(end * scale + offset for end in ends)


def packing_of(raw: xr.Variable) -> tuple[float, float]:
    """Scale and offset of packed values; a scale of 0 where they are not packed."""
    if not {"scale_factor", "add_offset"} & set(raw.encoding):
        return 0.0, 0.0
    of = lambda name, default: float(np.asarray(raw.encoding.get(name, default)).flat[0])
    return of("scale_factor", 1.0), of("add_offset", 0.0)


def ends_of(raw: xr.Variable) -> tuple[float, ...]:
    """The `extremes` of a variable, none where it is not packed."""
    scale, offset = packing_of(raw)
    return extremes(scale, offset, kind_in(raw)) if scale else ()


def check_scale(scale: float, name: str, where: str) -> None:
    """Raise BadData for a scale by which all values are the same."""
    if scale == 0 or not np.isfinite(scale):
        raise BadData(
            f"the scale_factor of {name} is {scale:g}, which leaves nothing of its values",
            where=where,
            fix="correct scale_factor, or take it away if the values are not packed",
        )
