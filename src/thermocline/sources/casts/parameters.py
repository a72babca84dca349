"""Parameters of casts with their quality flags, and the choice of adjusted or raw values."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from thermocline.sources.casts.flag_codes import Rejects, rejection
from thermocline.sources.casts.flag_variables import flags_of
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.flags.schemes import BAD, GOOD_FLAGS, MISSING

VERTICAL = ("m", "dbar")
"""Units of depth and pressure, whose values may be nominal."""


def good(flags: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a quality flag is one of `GOOD_FLAGS`."""
    return np.isin(flags, GOOD_FLAGS)


def parameter(
    file: NetCDF,
    name: str,
    to: str,
    default: str,
    *,
    flags: Iterable[str] = (),
    rejects: Rejects | None = None,
) -> Quantity:
    """A parameter in the unit `to`, rejected where any of its flag variables rejects it.

    Args:
        default: its unit where the file states none.
        flags: names of flag variables; names that are not in the file are ignored.
        rejects: the test which flags reject a value; by default, see `rejection`.
    """
    found = file.quantity(name, to, default)
    for variable in flags:
        if variable in file:
            codes = file.flags(variable)
            absent = np.isnan(found.values) & np.isin(codes, MISSING)
            bad = (rejects or rejection(file, variable, nominal=to in VERTICAL))(codes)
            found.flagged = found.flagged | (bad & ~absent)
    return found


def adjusted_or_raw(
    file: NetCDF, name: str, to: str, default: str, adjusted: NDArray[np.bool_] | None
) -> Quantity:
    """A parameter [n_prof, n_level] with its flags.

    Each cast is read from the adjusted values or from the raw ones, never from both.

    Args:
        adjusted: casts [n_prof] whose adjusted values must be used; if None, these are the casts
            with an adjusted value, or with a flag that calls one bad.
    """
    raw = parameter(file, name, to, default, flags=flags_of(file, name))
    twins = (f"{name}_ADJUSTED", f"ADJUSTED_{name}")
    other = next(filter(None, map(file.variables.named, twins)), None)
    if other is None:
        if adjusted is not None and adjusted.any():
            raw.unadjusted = raw.held & adjusted[:, None]
        return raw
    flags = flags_of(file, other)
    best = parameter(file, other, to, default, flags=flags)
    if adjusted is None:
        told = np.isfinite(best.values)
        for flag in flags:
            told |= np.isin(file.flags(flag), BAD)
        adjusted = np.any(told, axis=1, keepdims=False)
    elif not flags:
        best.flagged = np.isfinite(best.values)  # this data mode promises flags; there are none
    best.unadjusted = raw.held & np.isnan(best.values) & ~best.flagged
    raw.held = best.held = raw.held | best.held
    return best.where(np.asarray(adjusted)[:, None], raw)


def rejected(file: NetCDF, count: int, reasons: dict[str, str]) -> dict[str, NDArray[np.bool_]]:
    """Casts [n_prof] whose flags are not good, by reason.

    Args:
        reasons: the name of a flag variable by reason; names not in the file are ignored.
    """
    return {
        reason: np.broadcast_to(~good(file.flags(flag)).reshape(-1), count)
        for reason, flag in reasons.items()
        if flag in file
    }


def choice_note(names: list[str]) -> tuple[str, ...]:
    """A note on which of several variables of one quantity is read; none for a single one."""
    return (f"{names[0]} is read, not {', '.join(names[1:])}",) if len(names) > 1 else ()
