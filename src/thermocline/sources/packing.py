"""Packed values: numbers of their type that stand for missing ones, and packing that is none."""

from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData


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
    kind = np.dtype(raw.encoding.get("dtype", raw.dtype))
    if str(raw.encoding.get("_Unsigned", "")).lower() == "true":
        kind = np.dtype(f"u{kind.itemsize}")
    return extremes(scale, offset, kind) if scale else ()


def check_scale(scale: float, name: str, where: str) -> None:
    """Raise BadData for a scale by which all values are the same."""
    if scale == 0 or not np.isfinite(scale):
        raise BadData(
            f"the scale_factor of {name} is {scale:g}, which leaves nothing of its values",
            where=where,
            fix="correct scale_factor, or take it away if the values are not packed",
        )
