"""The valid range of a gridded variable, of packed or unpacked values."""

import numpy as np
import xarray as xr

from thermocline.errors import BadData, shown
from thermocline.sources.packing import LIMITS, limits, packing_of


def valid_interval(
    raw: xr.Variable, name: str, physical: tuple[float, float], where: str
) -> tuple[float, float]:
    """Least and greatest valid value, unpacked, by `valid_range`, `valid_min` and `valid_max`.

    CF: of the type of the packed values they are packed, of another they are not. Many files have
    it the other way round; where one reading hardly meets what the variable can be and the other
    does, that one is meant.
    """
    low, high = limits(raw.attrs, name, where)
    if low is None and high is None:
        return -np.inf, np.inf
    if low is not None and high is not None and not low <= high:
        raise BadData(
            f"the valid range of {name} is from {shown(low)} to {shown(high)}",
            where=where,
            fix="correct valid_min and valid_max",
        )
    scale, offset = packing_of(raw)
    ends = [np.nan if end is None else end for end in (low, high)]
    # Half a step, or a float's rounding, beyond.
    largest = max((abs(end) for end in ends if np.isfinite(end)), default=0.0)
    slack = abs(scale) / 2 if scale else 1e-6 * largest
    said = (ends[0] - slack, ends[1] + slack)
    if not scale:
        return _closed(*said)
    packed = sorted(end * scale + offset for end in ends)
    unpacked = _closed(packed[0] - slack, packed[1] + slack)
    stored = raw.encoding["dtype"]
    types = {np.asarray(raw.attrs[key]).dtype.kind for key in LIMITS if key in raw.attrs}
    readings = [unpacked, _closed(*said)]
    if stored.kind in "iu" and types <= {"f"}:
        readings.reverse()
    first, second = (_overlap(reading, physical) for reading in readings)
    return readings[1] if first < 0.1 and second > 0.3 else readings[0]


def _closed(low: float, high: float) -> tuple[float, float]:
    return (-np.inf if np.isnan(low) else low, np.inf if np.isnan(high) else high)


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Share of what two intervals cover together that both cover; open ends do not count."""
    low, high = (np.where(np.isinf(one), other, one)).tolist()
    if np.isinf(low) or np.isinf(high):
        return 1.0
    common = min(high, other[1]) - max(low, other[0])
    return max(0.0, common / (max(high, other[1]) - min(low, other[0])))
