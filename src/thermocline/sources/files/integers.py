"""Integers whose attributes have another signedness, or a value outside the range of their type.

Classic NetCDF has signed integers only. By the NetCDF Users' Guide (NUG), `_Unsigned = "true"` says
that the bits of a variable and of its attributes mean unsigned integers; "false" says the reverse.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

LETTERS = {"true": "u", "false": "i"}
"""NumPy's kind of integers, by the value of `_Unsigned`."""


def stored_type(stored: np.dtype[Any], attributes: Mapping[Any, Any]) -> np.dtype[Any]:
    """The type that the bits of a variable's stored numbers mean, by `_Unsigned`."""
    letter = LETTERS.get(str(attributes.get("_Unsigned", "")).lower())
    if letter is None or stored.kind not in "iu":
        return stored
    return np.dtype(stored.str.replace(stored.kind, letter))


def stored_type_of(field: xr.Variable) -> np.dtype[Any]:
    """`stored_type` of a variable that xarray has decoded."""
    return stored_type(np.dtype(field.encoding.get("dtype", field.dtype)), field.encoding)


def with_same_bits(numbers: NDArray[np.float64], kind: np.dtype[Any]) -> NDArray[np.float64]:
    """Whole numbers as integers of type `kind` with the same bits.

    Numbers that fit neither a signed nor an unsigned type of that size are returned as they are.
    """
    if kind.kind not in "iu":
        return numbers
    least, size = float(np.iinfo(kind).min), 2.0 ** (8 * kind.itemsize)
    either = (numbers >= -size / 2) & (numbers < size) & (numbers == np.floor(numbers))
    other = either & ((numbers < least) | (numbers >= least + size))  # of 64 bits, too, exactly
    return np.where(other, (numbers - least) % size + least, numbers)


def missing(values: NDArray, fills: Iterable[Any], unsigned: bool) -> NDArray[np.bool_]:
    """Where values equal one of the fill values.

    Fill values that do not fit the type of the values, such as 1e20 for integers, match nothing.

    Args:
        fills: values of attributes, each one or several numbers.
        unsigned: whether `_Unsigned` changed the type of the values.
    """
    result = np.zeros(values.shape, dtype=bool)
    for fill in (number for several in fills for number in np.ravel(several)):
        try:
            if values.dtype.kind not in "iu":
                result |= values == np.asarray(fill).astype(values.dtype)
                continue
            whole = int(fill) if isinstance(fill, np.integer) else float(fill)
            if unsigned:
                whole = float(with_same_bits(np.array(float(whole)), values.dtype))
            if whole == int(whole) and _fits(int(whole), values.dtype):
                result |= values == int(whole)
        except (ValueError, OverflowError):
            continue  # text, NaN, or infinite
    return result


def without_missing(blocks: xr.Variable, stored: xr.Variable) -> xr.Variable:
    """Values with NaN where they equal `missing_value` by `_Unsigned`, which xarray overlooks.

    Args:
        blocks: the values of `stored`, lazy or not.
    """
    kind, of = stored_type_of(stored), stored.encoding.get
    stated = np.ravel(of("missing_value", ()))
    if str(of("_Unsigned", "")).lower() not in LETTERS or stated.dtype.kind not in "iu":
        return blocks
    scale, offset = (
        float(np.ravel(of(key, default))[0])
        for key, default in (("scale_factor", 1.0), ("add_offset", 0.0))
    )
    for fill in set(with_same_bits(stated.astype(np.float64), kind)) - set(stated.tolist()):
        blocks = blocks.where(np.abs(blocks - np.float32(fill * scale + offset)) > abs(scale) / 4)
    return blocks


def _fits(number: int, kind: np.dtype[Any]) -> bool:
    return bool(np.iinfo(kind).min <= number <= np.iinfo(kind).max)
