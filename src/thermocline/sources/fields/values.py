"""The usable values of a gridded variable, in our units, and the status of every value.

Both are read in blocks, lazily. A status is: missing in the file, used, or the reason to drop it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.netcdf import values_wanted
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.common import salinity
from thermocline.sources.common.units import linear
from thermocline.sources.fields.flags import as_numbers, rejections
from thermocline.sources.fields.ice import VARIABLES as ICE
from thermocline.sources.fields.plausible import check_values, samples
from thermocline.sources.fields.repeated import REASON, land_number
from thermocline.sources.fields.statuses import IMPOSSIBLE, USED, status_of
from thermocline.sources.files.integers import without_missing
from thermocline.sources.files.opening import MAX_ELEMENTS
from thermocline.sources.files.packing import check_scale, extremes_of, number, packing_of
from thermocline.sources.files.valid_range import valid_interval
from thermocline.sources.flags.meanings import Test

SMALL = 2**20
"""Most values of a variable that is read at once and not in blocks."""
MAX_CHUNK = 2**28
"""Most bytes of a chunk, which is decompressed as a whole to read any of its values."""


def check_size(field: xr.Variable, name: str, where: str) -> None:
    """Raise BadFile for a variable with parts that are too large for the memory."""
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
    """The variable as float32, lazily, in blocks of about 2^21 values along its first dimension.

    Blocks consist of complete chunks of the file, so that none is decompressed twice. A small
    variable is read at once.
    """
    if field.size <= SMALL and values_wanted():
        return field.load().astype(np.float32)
    if field.ndim > 2:
        step, chunk = field.size // field.shape[0], field.encoding.get("chunksizes") or (1,)
        field = field.chunk({field.dims[0]: chunk[0] * max(1, 2**21 // (step * chunk[0]))})
    return field.chunk().astype(np.float32)


def values_and_status(
    raw: xr.Dataset, name: str, variable: str, flat: set, where: str
) -> tuple[xr.Variable, xr.Variable]:
    """The values that are used, in the variable's unit, and the status of all; both lazily.

    Args:
        name: of the variable in the file.
        variable: its name in this project, which says what is possible.
        flat: the horizontal dimensions.

    Raises:
        BadFile: for packing attributes that are not one number.
        BadData: for flags or a unit that are not understood, and for values that contradict their
            unit, are impossible in the sea, or of which none can be used.
    """
    ice = variable in ICE
    raw = as_numbers(raw, name, where, ice=ice)
    stored = raw.variables[name]
    _check_packing(stored, name, where)
    blocks = without_missing(in_blocks(stored), stored)
    known = VARIABLES.get(variable)
    unit = scale, offset = _unit(stored, blocks, variable, name, flat, where)
    physical = (-np.inf, np.inf)
    if known is not None:
        physical = ((known.lower - offset) / scale, (known.upper - offset) / scale)
    interval = valid_interval(stored, name, physical, where)
    found = list(rejections(raw, name, where, ice=ice))
    reasons, tests = [why for why, *_ in found], [test for *_, test in found]
    flags, codes = _flags(raw, name, blocks, [flag for _, flag, _ in found])
    limits = {
        "interval": interval, "physical": physical, "packing": packing_of(stored),
        "ends": extremes_of(stored), "codes": codes,
    }  # fmt: skip
    status, note = _status(blocks, flags, tests, limits), ""
    if known is not None and not ice and values_wanted():
        land, note = land_number(blocks, status == USED, unit, flat, known)
        if land is not None:
            reasons, flags = [*reasons, REASON], [*flags, blocks]
            tests = [*tests, lambda values: values == np.float32(land)]
            status = _status(blocks, flags, tests, limits)
    status.attrs = _status_attributes(variable, reasons, note)
    if values_wanted():
        said = str(stored.attrs.get("units", "")).strip()
        check_values(blocks, status, unit, name, known, said, flat, where)
    values = xr.apply_ufunc(
        _used, blocks, status, dask="parallelized", output_dtypes=[np.float32],
        kwargs={"scale": np.float32(scale), "offset": np.float32(offset)},
    )  # fmt: skip
    return values, status


def _check_packing(stored: xr.Variable, name: str, where: str) -> None:
    """Raise BadFile or BadData for a scale or offset that is no number, or leaves no value."""
    for key in {"scale_factor", "add_offset"} & set(stored.encoding):
        number(stored.encoding[key], key, name, where)
    check_scale(packing_of(stored)[0] if "scale_factor" in stored.encoding else 1.0, name, where)


def _unit(
    stored: xr.Variable, blocks: xr.Variable, variable: str, name: str, flat: set, where: str
) -> tuple[float, float]:
    """Scale and offset from the file's unit to that of the variable; 1 and 0 without a unit."""
    known, stated = VARIABLES.get(variable), str(stored.attrs.get("units", "")).strip()
    if known is None or not stated:
        return 1.0, 0.0
    if known.units == salinity.UNIT:
        parts = samples(blocks, flat) if values_wanted() else ()
        values = (blocks.isel(part).values for part in parts)
        return salinity.scale_of(stated, values, where=where, what=name), 0.0
    if known.units == "degree_Celsius":
        return linear(stated, "degC", where=where, what="temperature")
    return linear(stated, known.units, where=where, what=variable)


def _flags(
    raw: xr.Dataset, name: str, blocks: xr.Variable, names: Sequence[str]
) -> tuple[list[xr.Variable], int]:
    """The variables of flags of these names, in the blocks of the values, and how many are values.

    Args:
        names: from `rejections`: the values themselves, called `name`, come first.
    """
    codes = sum(flag == name for flag in names)
    flags = [raw.variables[flag] for flag in names[codes:]]
    if blocks.chunks is not None:
        flags = [flag.chunk({d: blocks.chunksizes[d] for d in flag.dims}) for flag in flags]
    return [blocks] * codes + flags, codes


def _status(
    blocks: xr.Variable, flags: list[xr.Variable], tests: list[Test], limits: dict[str, Any]
) -> xr.Variable:
    """The status of every value, lazily; `limits` are other arguments of `status_of`."""
    return xr.apply_ufunc(
        status_of, blocks, *flags, dask="parallelized", output_dtypes=[np.int8],
        kwargs=limits | {"tests": tests},
    ).transpose(*blocks.dims)  # fmt: skip


def _status_attributes(variable: str, rejections: list[str], note: str) -> dict[str, Any]:
    """CF attributes of a status, with a flag for each reason."""
    reasons = ["missing", "used", "undeclared fill value", "outside the valid range", IMPOSSIBLE]
    reasons += rejections
    return {
        "long_name": f"what became of {variable}",
        "flag_values": np.arange(len(reasons), dtype=np.int8),
        "flag_meanings": " ".join(why.replace(" ", "_") for why in reasons),
    } | ({"comment": note} if note else {})


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
