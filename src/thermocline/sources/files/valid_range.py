"""The valid range of a variable (CF 2.5.1, NUG), in packed or in unpacked values."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.files.integers import stored_type_of, with_same_bits
from thermocline.sources.files.packing import LIMITS, limits, packing_of


def valid_interval(
    raw: xr.Variable, name: str, physical: tuple[float, float], where: str
) -> tuple[float, float]:
    """Least and greatest valid value of a gridded variable, unpacked.

    By CF a range of the type of the packed values is packed, and a range of another type is not.
    Many files do the reverse. If one reading hardly overlaps what is possible and the other one
    does, the other one is used.

    Args:
        physical: least and greatest possible value of the variable, unpacked.

    Raises:
        BadFile: for attributes that are no numbers.
        BadData: for an empty range.
    """
    said = _ends(raw.attrs, name, where)
    if np.isnan(said).all():
        return -np.inf, np.inf
    kind = stored_type_of(raw)
    ends = _of_stored(said, raw.attrs, kind if "_Unsigned" in raw.encoding else None)
    if ends[0] > ends[1]:
        raise BadData(
            f"the valid range of {name} is from {shown(said[0])} to {shown(said[1])}",
            where=where,
            fix="correct valid_min and valid_max",
        )
    scale, offset = packing_of(raw)
    # Half a packed step beyond, or the rounding of a float.
    largest = max((abs(end) for end in ends if np.isfinite(end)), default=0.0)
    slack = abs(scale) / 2 if scale else 1e-6 * largest
    if not scale:
        return _closed(ends[0] - slack, ends[1] + slack)
    packed = sorted(end * scale + offset for end in ends)
    readings = [_closed(low - slack, high + slack) for low, high in (tuple(packed), said)]
    if kind.kind in "iu" and _types(raw.attrs) <= {"f"}:
        readings.reverse()
    first, second = (_overlap(reading, physical) for reading in readings)
    return readings[1] if first < 0.1 and second > 0.3 else readings[0]


def _ends(attributes: Mapping[Any, Any], name: str, where: str) -> tuple[float, float]:
    """The limits as the file states them; NaN where it states none."""
    low, high = (np.nan if end is None else end for end in limits(attributes, name, where))
    return low, high


def _types(attributes: Mapping[Any, Any]) -> set[str]:
    return {np.asarray(attributes[key]).dtype.kind for key in LIMITS if key in attributes}


def _of_stored(
    ends: tuple[float, float], attributes: Mapping[Any, Any], kind: np.dtype[Any] | None
) -> tuple[float, float]:
    """The limits as integers of `kind`: by the NUG `_Unsigned` holds for attributes, too.

    They are returned as they are if the lower limit would become the higher one.

    Args:
        kind: the type by `_Unsigned`; None without that attribute.
    """
    if kind is None or "f" in _types(attributes):
        return ends
    low, high = with_same_bits(np.array(ends), kind).tolist()
    return ends if low > high else (low, high)


def _closed(low: float, high: float) -> tuple[float, float]:
    return (-np.inf if np.isnan(low) else low, np.inf if np.isnan(high) else high)


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Length of the overlap of two intervals, as a share of their union; 1 if it is infinite.

    Infinite ends of `one` are replaced by those of `other`.
    """
    low, high = (np.where(np.isinf(one), other, one)).tolist()
    if np.isinf(low) or np.isinf(high):
        return 1.0
    common = min(high, other[1]) - max(low, other[0])
    return max(0.0, common / (max(high, other[1]) - min(low, other[0])))


def invalid(
    stored: NDArray,
    values: NDArray[np.float64],
    packed: bool,
    attributes: Mapping[str, Any],
    name: str,
    where: str,
) -> NDArray[np.bool_]:
    """Where observations are outside `valid_range`, `valid_min` or `valid_max`.

    The range is that of the packed values, unless it has the type of the unpacked ones. If every
    value would be outside, and most are inside by the other reading, the other reading is used.

    Args:
        stored: the values as stored, of the type by `_Unsigned`.
        values: the same values unpacked; NaN where missing.
        packed: whether the two differ.
    """
    known = np.isfinite(values)
    said = _ends(attributes, name, where)
    if np.isnan(said).all() or not known.any():
        return np.zeros(values.shape, dtype=bool)
    ends = _of_stored(said, attributes, stored.dtype if "_Unsigned" in attributes else None)
    breaks = lambda numbers, low, high: known & ((numbers < low) | (numbers > high))
    by_stored = breaks(np.ma.filled(stored, 0).astype(np.float64), *ends)
    if not packed:
        return by_stored
    first, second = by_stored, breaks(values, *said)
    if stored.dtype.kind in "iu" and _types(attributes) <= {"f"}:
        first, second = second, first
    return second if first[known].all() and second[known].mean() < 0.5 else first
