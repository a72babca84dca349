"""Values of a gridded variable: read in blocks, without what the file itself rejects, in our units.

Every value has a status, as lazy as the value: missing in the file, used, or why it is dropped.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.netcdf import values_wanted
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.common import salinity
from thermocline.sources.common.seawater import practical_salinity, pressure_from_depth
from thermocline.sources.common.units import linear, to_potential
from thermocline.sources.fields.flags import as_numbers, rejections
from thermocline.sources.fields.ice import VARIABLES as ICE
from thermocline.sources.fields.plausible import check_values, samples
from thermocline.sources.fields.repeated import REASON, land_number
from thermocline.sources.fields.statuses import IMPOSSIBLE, USED, status_of
from thermocline.sources.files.integers import without_missing
from thermocline.sources.files.opening import MAX_ELEMENTS
from thermocline.sources.files.packing import check_scale, ends_of, number, packing_of
from thermocline.sources.files.valid_range import valid_interval

SMALL = 2**20
"""Values of a variable that are read at once and not in blocks."""
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
    raw = as_numbers(raw, name, where, ice=variable in ICE)
    stored = raw.variables[name]
    for key in {"scale_factor", "add_offset"} & set(stored.encoding):
        number(stored.encoding[key], key, name, where)
    check_scale(packing_of(stored)[0] if "scale_factor" in stored.encoding else 1.0, name, where)
    blocks = without_missing(in_blocks(stored), stored)
    known = VARIABLES.get(variable)
    said = str(stored.attrs.get("units", "")).strip()
    scale, offset = 1.0, 0.0
    if known is not None and said:
        what, to = variable, known.units
        if to == "degree_Celsius":
            what, to = "temperature", "degC"
        if to == salinity.UNIT:
            parts = samples(blocks, flat) if values_wanted() else ()
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
            status_of, blocks, *flags, dask="parallelized", output_dtypes=[np.int8],
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
        check_values(blocks, status, (scale, offset), name, known, said, flat, where)
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
