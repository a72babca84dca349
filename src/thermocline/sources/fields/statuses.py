"""The status of every value of a gridded variable: missing, used, or why it is dropped."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.sources.account import UNCONVERTED, Account
from thermocline.sources.common.quantity import ABSURD
from thermocline.sources.flags.meanings import Test

STATUS = "_status"
"""What follows a variable's name in the name of its status."""
MISSING, USED, FILL, RANGE, BEYOND, FLAG = range(6)
"""Statuses; from FLAG on there is one for each test of flags."""
FILLS = np.array(
    [99, 99.9, 99.99, 999, 999.9, 999.99, 9999, 99999, 999999, 100, 1000, 10000, 32767, 32768]
)
"""Numbers, of either sign, that are missing values in many files that do not declare them."""
ROUNDING = 1e-3
"""Share of a variable's possible range by which values may be beyond it, by rounding."""
IMPOSSIBLE = "beyond what the sea can be"
"""Why values are dropped that are impossible, though neither flags nor a range reject them."""


def status_of(
    values: NDArray,
    *flags: NDArray,
    tests: Sequence[Test],
    interval: tuple[float, float],
    physical: tuple[float, float],
    packing: tuple[float, float],
    ends: tuple[float, ...],
    codes: int,
) -> NDArray[np.int8]:
    """The status of values [any shape] in the file's unit.

    Args:
        flags: flags of the values, one array for each of the `tests`.
        tests: which flags reject their value.
        interval: the valid range.
        physical: the possible range of the variable.
        packing: scale and offset; both 0 if values are not packed.
        ends: unpacked extremes of the packed type, which are fill values.
        codes: how many of the flags, from the first on, are the values themselves.
    """
    status = np.isfinite(values).view(np.int8)  # MISSING or USED
    with np.errstate(invalid="ignore"):
        if np.isfinite(interval).any():
            beyond = (values < interval[0]) | (values > interval[1])
            status[beyond & (status == USED)] = RANGE
        slack = ROUNDING * (physical[1] - physical[0]) if np.isfinite(physical).all() else 0.0
        low, high = max(physical[0] - slack, -ABSURD), min(physical[1] + slack, ABSURD)
        for end in ends:
            status[(np.abs(values - end) < abs(packing[0]) / 4) & (status == USED)] = FILL
        # Least and greatest value show that most blocks have no value outside.
        outside = np.zeros(values.shape, bool)
        if values.size and not (low <= np.fmin.reduce(values, None) and
                                np.fmax.reduce(values, None) <= high):  # fmt: skip
            outside = ((values < low) | (values > high)) & (status == USED)
        if outside.any():
            odd = values[outside].astype(np.float64)
            fills = np.concatenate([FILLS, -FILLS, [0.0]])
            if packing[0]:
                fills = np.concatenate([fills, fills * packing[0] + packing[1]])
            is_fill = _near(odd, fills) | (np.abs(odd) > ABSURD)
            status[outside] = np.where(is_fill, FILL, USED)
    for k, (flag, test) in enumerate(zip(flags, tests, strict=True)):
        # Codes in place of values are outside the valid range, but they are the better reason.
        left = (status == USED) | ((status != MISSING) & (status < FLAG) if k < codes else False)
        status[np.broadcast_to(test(flag), status.shape) & left] = FLAG + k
    if outside.any():
        status[outside & (status == USED)] = BEYOND
    return status


def _near(values: NDArray[np.float64], fills: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values equal one of `fills`, but for rounding."""
    fills = np.sort(fills)
    above = np.searchsorted(fills, values)
    ends = [fills[np.clip(place, 0, fills.size - 1)] for place in (above - 1, above)]
    return np.any([np.abs(values - end) <= 1e-6 * np.maximum(1, np.abs(end)) for end in ends], 0)


def unconverted(status: xr.DataArray, values: xr.DataArray) -> xr.DataArray:
    """The status with another reason, where a conversion has left no value."""
    meanings = str(status.attrs["flag_meanings"]).split()
    said = {
        "flag_values": np.arange(len(meanings) + 1, dtype=np.int8),
        "flag_meanings": " ".join([*meanings, UNCONVERTED.replace(" ", "_")]),
    }
    lost = (status == USED) & values.isnull()
    return status.where(~lost, np.int8(len(meanings))).assign_attrs(status.attrs | said)


def account_of(status: xr.DataArray | xr.Variable, notes: Sequence[str] = ()) -> Account:
    """The account of the values that `status` belongs to."""
    codes, counts = np.unique(np.asarray(status.values), return_counts=True)
    found = dict(zip(codes.tolist(), counts.tolist(), strict=True))
    meanings = str(status.attrs["flag_meanings"]).split()
    dropped = {meanings[k].replace("_", " "): n for k, n in found.items() if k > USED}
    used = found.get(USED, 0)
    return Account(used + sum(dropped.values()), used, dropped, tuple(notes))
