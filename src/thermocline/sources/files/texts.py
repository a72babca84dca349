"""Variables of text: strings, single characters, and characters that xarray has joined."""

import re
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadFile

MOST = 10_000_000
"""Most texts of one variable, as all are read at once."""


def is_text(field: xr.Variable) -> bool:
    """Whether a variable's values are text."""
    stored = (field.dtype.metadata or {}).get("element_type", field.encoding.get("dtype"))
    return field.dtype.kind in "SU" or (field.dtype.kind == "O" and stored is str)


def texts(field: xr.Variable, name: str, where: str) -> NDArray[np.str_]:
    """The texts of a variable of text, without blanks around them.

    Raises:
        BadFile: for more than `MOST` texts.
    """
    if field.size > MOST:
        raise BadFile(
            f"{name} claims {field.size:,} texts",
            where=where,
            fix=f"at most {MOST:,} are read; split the file, or write them as numbers",
        )
    return plain(field.values)


def plain(values: ArrayLike) -> NDArray[np.str_]:
    """Bytes or strings of any shape as strings, stripped of blanks."""
    found = np.asarray(values)
    if found.dtype.kind == "S":
        found = np.char.decode(found, "latin-1")
    return np.char.strip(found.astype(str), " \0\t\r\n")


def is_stored_text(stored: Any) -> bool:
    """Whether a netCDF4 variable holds strings, or characters whose last dimension is the string's.

    That dimension is known by its name, and by having no variable of numbers.
    """
    if stored.dtype == str:
        return True
    if stored.dtype.kind != "S" or not stored.ndim:
        return False
    last = stored.dimensions[-1]
    if re.search(r"str|char|^len|^n\d*$", str(last).lower()) is None:
        return False
    others = stored.group().variables.values()
    return not any(last in v.dimensions and np.dtype(v.dtype).kind in "iuf" for v in others)


def rank_of(stored: Any) -> int:
    """Number of dimensions of a netCDF4 variable, without that of the characters of a string."""
    return int(stored.ndim - (stored.dtype != str and is_stored_text(stored)))


def stored_texts(raw: np.ma.MaskedArray) -> NDArray[np.str_]:
    """The strings of such a variable; "" where they are missing."""
    if raw.dtype.kind != "S":
        return plain(np.ma.filled(raw.astype(object), ""))
    if not raw.shape[-1]:
        return np.zeros(raw.shape[:-1], "U1")
    letters = np.ascontiguousarray(np.ma.filled(raw, b""))
    return plain(letters.view(f"S{letters.shape[-1]}")[..., 0])
