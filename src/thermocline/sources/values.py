"""Values of a gridded variable: read in blocks, without what the file itself rejects, in our units.

Every value has a status, as lazy as the value: missing in the file, used, or why it is dropped.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dask
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, BadFile, shown
from thermocline.netcdf import values_wanted
from thermocline.ocean.variables import VARIABLES, Variable
from thermocline.sources import salinity
from thermocline.sources.account import Account
from thermocline.sources.flags import Test, rejections
from thermocline.sources.ice import VARIABLES as ICE
from thermocline.sources.ice import check_percent, refuse_percent
from thermocline.sources.netcdf import ABSURD
from thermocline.sources.opening import MAX_ELEMENTS
from thermocline.sources.packing import check_scale, ends_of, number, packing_of
from thermocline.sources.repeated import REASON, WINDOW, land_number
from thermocline.sources.seawater import practical_salinity, pressure_from_depth
from thermocline.sources.units import linear, to_potential
from thermocline.sources.valid_range import valid_interval

MISSING, USED, FILL, RANGE, BEYOND, FLAG = range(6)
"""Statuses; those from FLAG on are one for each set of flags."""
FILLS = np.array(
    [99, 99.9, 99.99, 999, 999.9, 999.99, 9999, 99999, 999999, 100, 1000, 10000, 32767, 32768]
)
"""Numbers that stand for missing values in many files that do not say so; of either sign."""
ROUNDING = 1e-3
"""Share of the range of what a variable can be by which values may be beyond it, by rounding."""
SMALL = 2**20
"""Values of a variable that are read at once and not in blocks."""
IMPOSSIBLE = "beyond what the sea can be"
"""Why values are dropped that nothing in the file speaks of."""
MOST_IMPOSSIBLE = 0.05
"""Share of such values from which the unit or the fill is wrong, and the file refused."""
MAX_CHUNK = 2**28
"""Most bytes that a file may inflate to read any one of its values."""


def check_size(field: xr.Variable, name: str, where: str) -> None:
    """Raise BadFile for a variable of which a part cannot be read without exhausting the memory."""
    step = field.size // field.shape[0] if field.ndim > 2 else field.size
    chunk = field.encoding.get("chunksizes") or (1,)
    inflated = np.prod(chunk, dtype=float) * field.encoding.get("dtype", np.dtype("f4")).itemsize
    if step > MAX_ELEMENTS or field.size > MAX_ELEMENTS**2 or (
        inflated > MAX_CHUNK and inflated > 4.0 * step
    ):  # fmt: skip
        raise BadFile(
            f"{name} claims {field.shape} elements, in chunks of {tuple(chunk)}",
            where=where,
            fix=f"one time step holds at most {MAX_ELEMENTS:,} values and one chunk "
            f"{MAX_CHUNK // 2**20} MB; split the file, or write it in smaller chunks",
        )


def in_blocks(field: xr.Variable) -> xr.Variable:
    """The variable as float32, lazily, in blocks of some 2^21 values along its first dimension.

    A block holds whole chunks of the file, so that none is decompressed twice. A small variable is
    read at once.
    """
    if field.size <= SMALL and values_wanted():
        return field.load().astype(np.float32)
    if field.ndim > 2:
        step, chunk = field.size // field.shape[0], field.encoding.get("chunksizes") or (1,)
        field = field.chunk({field.dims[0]: chunk[0] * max(1, 2**21 // (step * chunk[0]))})
    return field.chunk().astype(np.float32)


def judged(
    raw: xr.Dataset, name: str, variable: str, flat: set, where: str
) -> tuple[xr.Variable, xr.Variable]:
    """The values that are used, in the variable's unit, and the status of all; both lazily.

    Args:
        name: of the variable in the file.
        flat: the horizontal dimensions.

    Raises:
        BadData: for flags or a unit that are not understood, values that contradict their unit, or
            that are no sea's, or none that can be used.
    """
    stored = raw.variables[name]
    for key in {"scale_factor", "add_offset"} & set(stored.encoding):
        number(stored.encoding[key], key, name, where)
    check_scale(packing_of(stored)[0] if "scale_factor" in stored.encoding else 1.0, name, where)
    blocks = in_blocks(stored)
    known = VARIABLES.get(variable)
    said = str(stored.attrs.get("units", "")).strip()
    scale, offset = 1.0, 0.0
    if known is not None and said:
        what, to = variable, known.units
        if to == "degree_Celsius":
            what, to = "temperature", "degC"
        if to == salinity.UNIT:
            parts = _samples(blocks, flat) if values_wanted() else ()
            seen = (blocks.isel(part).values for part in parts)
            scale = salinity.scale_of(said, seen, where=where, what=name)
        else:
            scale, offset = linear(said, to, where=where, what=what)
    physical = (-np.inf, np.inf)
    if known is not None:
        physical = ((known.lower - offset) / scale, (known.upper - offset) / scale)
    interval = valid_interval(stored, name, physical, where)
    rejecting = list(rejections(raw, name, where, ice=variable in ICE))
    codes = sum(flag == name for _, flag, _ in rejecting)  # in the values themselves; first
    flags = [raw.variables[flag] for _, flag, _ in rejecting[codes:]]
    if blocks.chunks is not None:
        flags = [flag.chunk({d: blocks.chunksizes[d] for d in flag.dims}) for flag in flags]
    flags = [blocks] * codes + flags

    def statuses() -> xr.Variable:
        return xr.apply_ufunc(
            _status, blocks, *flags, dask="parallelized", output_dtypes=[np.int8],
            kwargs={"tests": [test for *_, test in rejecting], "interval": interval,
                    "physical": physical, "packing": packing_of(stored), "codes": codes,
                    "ends": ends_of(stored)},
        ).transpose(*blocks.dims)  # fmt: skip

    status, note = statuses(), ""
    if known is not None and variable not in ICE and values_wanted():
        land, note = land_number(blocks, status == USED, (scale, offset), flat, known)
        if land is not None:
            rejecting.append((REASON, name, lambda values: values == np.float32(land)))
            flags.append(blocks)
            status = statuses()
    reasons = ["missing", "used", "undeclared fill value", "outside the valid range", IMPOSSIBLE]
    reasons += [why for why, *_ in rejecting]
    status.attrs = {
        "long_name": f"what became of {variable}",
        "flag_values": np.arange(len(reasons), dtype=np.int8),
        "flag_meanings": " ".join(why.replace(" ", "_") for why in reasons),
    } | ({"comment": note} if note else {})
    if values_wanted():
        _check(blocks, status, (scale, offset), name, known, said, flat, where)
    values = xr.apply_ufunc(
        _used, blocks, status, dask="parallelized", output_dtypes=[np.float32],
        kwargs={"scale": np.float32(scale), "offset": np.float32(offset)},
    )  # fmt: skip
    return values, status


def _used(values: NDArray, status: NDArray, scale: np.float32, offset: np.float32) -> NDArray:
    unused = status != USED
    if scale == 1 and offset == 0:
        if np.count_nonzero(unused) == np.count_nonzero(np.isnan(values)):
            return values  # missing in the file already
        result = values.copy()
    else:
        result = values * scale
        result += offset
    np.copyto(result, np.float32(np.nan), where=unused)
    return result


def account_of(status: xr.DataArray | xr.Variable, notes: Sequence[str] = ()) -> Account:
    """What became of the values of a field, or of the part of it that `status` is of."""
    codes, counts = np.unique(np.asarray(status.values), return_counts=True)
    found = dict(zip(codes.tolist(), counts.tolist(), strict=True))
    meanings = str(status.attrs["flag_meanings"]).split()
    dropped = {meanings[k].replace("_", " "): n for k, n in found.items() if k > USED}
    used = found.get(USED, 0)
    return Account(used + sum(dropped.values()), used, dropped, tuple(notes))


def _status(
    values: NDArray,
    *flags: NDArray,
    tests: Sequence[Test],
    interval: tuple[float, float],
    physical: tuple[float, float],
    packing: tuple[float, float],
    ends: tuple[float, ...],
    codes: int,
) -> NDArray[np.int8]:
    status = np.isfinite(values).view(np.int8)  # MISSING or USED
    with np.errstate(invalid="ignore"):
        if np.isfinite(interval).any():
            beyond = (values < interval[0]) | (values > interval[1])
            status[beyond & (status == USED)] = RANGE
        slack = ROUNDING * (physical[1] - physical[0]) if np.isfinite(physical).all() else 0.0
        low, high = max(physical[0] - slack, -ABSURD), min(physical[1] + slack, ABSURD)
        for end in ends:
            status[(np.abs(values - end) < abs(packing[0]) / 4) & (status == USED)] = FILL
        # Most blocks have no value outside, which two numbers say; NaN is not looked at.
        outside = np.zeros(values.shape, bool)
        if values.size and not (low <= np.fmin.reduce(values, None) and
                                np.fmax.reduce(values, None) <= high):  # fmt: skip
            outside = ((values < low) | (values > high)) & (status == USED)
        if outside.any():
            odd = values[outside].astype(np.float64)
            fills = np.concatenate([FILLS, -FILLS, [0.0]])
            if packing[0]:
                fills = np.concatenate([fills, fills * packing[0] + packing[1]])
            close = np.abs(odd[:, None] - fills) <= 1e-6 * np.maximum(1, np.abs(fills))
            status[outside] = np.where(close.any(1) | (np.abs(odd) > ABSURD), FILL, USED)
    for k, (flag, test) in enumerate(zip(flags, tests, strict=True)):
        # Codes in place of values are outside the valid range, and say why.
        left = (status == USED) | ((status != MISSING) & (status < FLAG) if k < codes else False)
        status[np.broadcast_to(test(flag), status.shape) & left] = FLAG + k
    if outside.any():
        status[outside & (status == USED)] = BEYOND
    return status


def _samples(values: xr.Variable, flat: set) -> Iterator[dict[Any, Any]]:
    """Parts to look at: the middle of a level of a step, it all, then step by step."""
    level = {d: slice(0, 1) for d in values.dims if d not in flat}
    middle = {d: max(0, values.sizes[d] // 2 - WINDOW // 2) for d in flat}
    if values.chunks is None:
        yield {}
        return
    yield level | {d: slice(start, start + WINDOW) for d, start in middle.items()}
    yield level
    first = values.dims[0]
    if first in flat:
        yield {}
        return
    start = 0
    for size in values.chunksizes[first]:
        yield {first: slice(start, start + size)}
        start += size


def _check(
    blocks: xr.Variable,
    status: xr.Variable,
    unit: tuple[float, float],
    name: str,
    known: Variable | None,
    said: str,
    flat: set,
    where: str,
) -> None:
    """See `judged`: as little is looked at as shows any value that is used."""
    dropped: dict[str, int] = {}
    greatest, used = 0.0, False
    for part in _samples(blocks, flat):
        codes, values = dask.compute(status.isel(part), blocks.isel(part))  # read once
        unflagged = np.isin(codes, (USED, BEYOND))
        found = values.values[unflagged] * unit[0] + unit[1]
        beyond = codes.values[unflagged] == BEYOND
        clear = known is None or known.name != "siconc"
        if found.size and known is not None:
            if known.units == "degree_Celsius":
                _check_unit(float(np.median(found)), said, f"{where}: {name}")
            if known.name == "siconc":
                held = np.isin(codes, (USED, BEYOND, FILL))
                shares = values.values[held]
                clear = check_percent(shares, unit[0], name, where)
                greatest = max(greatest, shares[shares <= 1.001].max(initial=0))
            if known.units == salinity.UNIT:
                salinity.check(found, where=where, what=name)
            if beyond.mean() > MOST_IMPOSSIBLE:
                raise BadData(
                    f"{beyond.mean():.0%} of {name} are {IMPOSSIBLE}: "
                    f"{shown(f'{found.min():.4g} to {found.max():.4g}')} {known.units}",
                    where=where,
                    fix="check its units, and that fills and bad values are declared or flagged",
                )
        used = used or not beyond.all()
        if used and clear:
            return
        dropped = account_of(codes).dropped
    if used:
        refuse_percent(greatest, name, where)
        return
    if not dropped:
        raise BadData(f"every value of {name} is missing", where=where, fix="give a file with data")
    worst = max(dropped, key=lambda why: dropped[why])
    raise BadData(
        f"every value of {name} is missing or dropped, the last {dropped[worst]:,} as {worst}",
        where=where,
        fix="check what the file says of its values, or give another",
    )


def _check_unit(median: float, said: str, where: str) -> None:
    if median > 100.0:
        raise BadData(
            f"values labelled {'°C' if said else 'without a unit'} are kelvin: half are above 100",
            where=where,
            fix="set the variable's units attribute to 'K', or convert the values",
        )
    if median < -100.0:
        raise BadData(
            "Celsius values labelled kelvin: half would be below −100 °C",
            where=where,
            fix="set the variable's units attribute to 'degree_Celsius'",
        )


def potential(
    field: xr.DataArray, kind: str, salinity: Any, where: str, *, absolute: bool = False
) -> xr.DataArray:
    """Potential temperature; `salinity` is a number (NaN where unknown) or a field of the same.

    Args:
        absolute: whether salinity is absolute, in g/kg, and not practical.
    """
    latitude = field.latitude.fillna(0)
    longitude = field.longitude.fillna(0) if "longitude" in field.coords else 0.0
    pressure = xr.apply_ufunc(pressure_from_depth, field.depth, latitude)

    def convert(values: NDArray, salt: NDArray, *place: NDArray) -> NDArray:
        salt = practical_salinity(salt, *place) if absolute else salt
        return to_potential(kind, values, salt, *place, where=where)

    return xr.apply_ufunc(
        convert, field, salinity, pressure, latitude, longitude,
        dask="parallelized", output_dtypes=[field.dtype],
    ).transpose(*field.dims)  # fmt: skip
