"""What the codes of a flag variable of casts say: which of them reject their values."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.files.integers import kind_of
from thermocline.sources.flags.meanings import coding, digits, having, is_bad, meanings, unclear
from thermocline.sources.flags.schemes import ARGO, as_argo, good_codes
from thermocline.sources.flags.text import GOOD

Flagged = Callable[[NDArray[np.int64]], NDArray[np.bool_]]
"""Which of some flags reject their values."""
NOMINAL = 7
"""The code of a nominal value in files of OceanSITES and Copernicus Marine."""
MOORED = {"TIME", "DEPTH"}
"""Dimensions of such files. In others 7 has other meanings, such as a value in excess."""


def rejection(file: NetCDF, flag: str, *, nominal: bool = False) -> Flagged:
    """Which codes of a flag variable reject their values: by its meanings, else by its name.

    Args:
        nominal: whether a nominal value is used, such as the depth at which an instrument was
            moored: of depths, pressures and positions.

    Raises:
        BadData: for meanings that do not say which are bad.
    """
    if file.in_words(flag):
        return lambda flags: flags != GOOD
    words, values, bits = stated(file, flag)
    said = [is_bad(word) for word in words]
    rejected = having(values, bits, said) if words else None
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
            fix="add flag_values and flag_meanings, such as 'good bad', or take the flags away",
        )
    return rejected


def stated(file: NetCDF, flag: str) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The meanings of a flag variable, and the values and the bits that have them."""
    found = file.variables[flag]
    said = {key: found.getncattr(key) for key in found.ncattrs()}
    values, bits = coding(said, kind_of(np.dtype(found.dtype), said))
    return meanings(said), digits(values, said), bits


def _is_nominal(word: str) -> bool:
    return "nominal" in word.split("_") and not is_bad(word)
