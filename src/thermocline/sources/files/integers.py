"""Integers whose attributes may be of another sign than themselves, or of no value they can have.

Classic NetCDF has signed integers only. NUG's `_Unsigned = "true"` says that those of a variable,
and of its attributes, are unsigned ones of the same bits; "false" says the reverse.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

LETTERS = {"true": "u", "false": "i"}
"""The kind of integers by what `_Unsigned` says."""


def kind_of(stored: np.dtype[Any], attributes: Mapping[Any, Any]) -> np.dtype[Any]:
    """The type that a variable's stored numbers are of, by `_Unsigned`."""
    letter = LETTERS.get(str(attributes.get("_Unsigned", "")).lower())
    if letter is None or stored.kind not in "iu":
        return stored
    return np.dtype(stored.str.replace(stored.kind, letter))


def kind_in(field: xr.Variable) -> np.dtype[Any]:
    """The same of a variable that xarray has decoded."""
    return kind_of(np.dtype(field.encoding.get("dtype", field.dtype)), field.encoding)


def wrapped(numbers: NDArray[np.float64], kind: np.dtype[Any]) -> NDArray[np.float64]:
    """Whole numbers as integers of `kind` with the same bits; those that fit neither sign stay."""
    if kind.kind not in "iu":
        return numbers
    least, size = float(np.iinfo(kind).min), 2.0 ** (8 * kind.itemsize)
    either = (numbers >= -size / 2) & (numbers < size) & (numbers == np.floor(numbers))
    other = either & ((numbers < least) | (numbers >= least + size))  # of 64 bits, too, exactly
    return np.where(other, (numbers - least) % size + least, numbers)


def missing(values: NDArray, fills: Iterable[Any], unsigned: bool) -> NDArray[np.bool_]:
    """Where values are one of their attributes' fill values, each one or several numbers.

    A fill value that no value of their type can have, such as 1e20 or NaN of integers, is none.

    Args:
        unsigned: whether `_Unsigned` gave the values another type than they are stored in.
    """
    result = np.zeros(values.shape, dtype=bool)
    for fill in (number for several in fills for number in np.ravel(several)):
        try:
            if values.dtype.kind not in "iu":
                result |= values == np.asarray(fill).astype(values.dtype)
                continue
            whole = int(fill) if isinstance(fill, np.integer) else float(fill)
            if unsigned:
                whole = float(wrapped(np.array(float(whole)), values.dtype))
            if whole == int(whole) and _fits(int(whole), values.dtype):
                result |= values == int(whole)
        except (ValueError, OverflowError):
            continue  # text, NaN, or infinite
    return result


def without_missing(blocks: xr.Variable, stored: xr.Variable) -> xr.Variable:
    """Values without `missing_value` where xarray compares them with that of the other sign.

    Args:
        blocks: the values of `stored`, lazily or not.
    """
    kind, of = kind_in(stored), stored.encoding.get
    stated = np.ravel(of("missing_value", ()))
    if str(of("_Unsigned", "")).lower() not in LETTERS or stated.dtype.kind not in "iu":
        return blocks
    scale, offset = (
        float(np.ravel(of(key, default))[0])
        for key, default in (("scale_factor", 1.0), ("add_offset", 0.0))
    )
    for fill in set(wrapped(stated.astype(np.float64), kind)) - set(stated.tolist()):
        blocks = blocks.where(np.abs(blocks - np.float32(fill * scale + offset)) > abs(scale) / 4)
    return blocks


def _fits(number: int, kind: np.dtype[Any]) -> bool:
    return bool(np.iinfo(kind).min <= number <= np.iinfo(kind).max)
