"""Which codes of a flag variable of casts reject their values."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.files.integers import stored_type
from thermocline.sources.flags.meanings import (
    from_ascii_digits,
    is_bad,
    meaning_test,
    meanings,
    unclear,
    values_and_masks,
)
from thermocline.sources.flags.schemes import ARGO, as_argo, good_codes
from thermocline.sources.flags.text import GOOD

Rejects = Callable[[NDArray[np.int64]], NDArray[np.bool_]]
"""A test which flags reject their values."""
NOMINAL = 7
"""The code of a nominal value in files of OceanSITES and Copernicus Marine."""
MOORED = {"TIME", "DEPTH"}
"""Dimensions of such files. In others 7 means something else, such as a value in excess."""


def rejection(file: NetCDF, flag: str, *, nominal: bool = False) -> Rejects:
    """The test which flags of a variable reject their values, by its meanings, else by its name.

    Args:
        nominal: whether nominal values are used, as they are of depths, pressures and positions,
            such as the depth at which an instrument is moored.

    Raises:
        BadFile: for codes whose scheme is not known.
        BadData: for unknown meanings, none of which is bad.
    """
    if file.in_words(flag):
        return lambda flags: flags != GOOD
    words, values, bits = stated_meanings(file, flag)
    said = [is_bad(word) for word in words]
    rejected = meaning_test(values, bits, said) if words else None
    if rejected is None:
        good = good_codes(flag, set(file.flags(flag).ravel().tolist()) - {-1}, file.name)
        if nominal and good == ARGO and set(file.handle.dimensions) >= MOORED:
            good = good | {NOMINAL}
        return lambda flags: ~np.isin(flags, sorted(good))
    if as_argo(words, values, bits):
        named = [code for code, word in zip(values, words, strict=True) if _is_nominal(word)]
        accepted = [*ARGO, *(named if nominal else [])]
        return lambda flags: ~np.isin(flags, accepted)
    if not any(said) and unclear(words):
        raise BadData(
            f"the flags {flag} do not say what they mean",
            where=file.name,
            fix="add flag_values and flag_meanings, such as 'good bad', or remove the flags",
        )
    return rejected


def stated_meanings(
    file: NetCDF, flag: str
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The meanings of a flag variable, with their values and bits (see `values_and_masks`)."""
    found = file.variables[flag]
    said = {key: found.getncattr(key) for key in found.ncattrs()}
    values, bits = values_and_masks(said, stored_type(np.dtype(found.dtype), said))
    return meanings(said), from_ascii_digits(values, said), bits


def _is_nominal(word: str) -> bool:
    return "nominal" in word.split("_") and not is_bad(word)
