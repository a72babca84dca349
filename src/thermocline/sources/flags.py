"""Values that a file's own flags reject: low quality, clouds, land, lakes, rivers, ice.

CF 3.5: `flag_meanings` names each of `flag_values` (one of them at a time), or of `flag_masks`
(bits), or of both (a number in some of the bits). GHRSST: `quality_level` from 0 to 5.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.parameters import GOOD_FLAGS

Test = Callable[[NDArray], NDArray[np.bool_]]
"""Which of some flags reject their values."""
CODES = ("values", "masks")
LEAST_QUALITY = 4
"""GHRSST quality levels that are used: 4, acceptable, and 5, best; 3 is low."""

REJECTED = re.compile(
    r"(?:^|_)(?:no_(?:data|value|retrieval)|not_(?:valid|processed|used|good)|unprocessed|invalid|"
    r"missing|fill|bad|worst|low(?:_quality|_confidence)?$|poor|failed|failure|suspect|suspicious|"
    r"questionable|doubtful|wrong|erroneous|spike|outlier|out_of_range|cloud|clouds|cloudy|rain|"
    r"contaminated|land|lake|river|ice)(?:_|$)|low_quality"
)
DENIED = re.compile(
    r"(?:^|_)(?:no|not|non|without)_(?:cloud|clouds|cloudy|rain|land|ice|bad|missing|suspect)(?:_|$)|"
    r"(?:cloud|rain|land|ice)_free"
)
ICE_REJECTED = re.compile(r"(?:^|_)(?:coast|coastal|coastline|pole_hole)(?:_|$)")
"""What beside these rejects values of sea ice, for which ice is none of the reasons."""
ICE_NO_REASON = re.compile(r"(?:^|_)(?:ice(?=_|$)|land_spill\w*)")
"""What is no reason to reject sea ice: ice, and a correction for land near it."""
KEPT = re.compile(r"(?:^|_)(?:water|ocean|sea|ice|good|valid|nominal)(?:_|$)")
"""Meanings of codes among a variable's own values that are values nevertheless."""
SUFFIXES = ("qc", "flag", "flags", "quality", "quality_flag", "quality_level", "status")


def rejections(
    raw: xr.Dataset, name: str, where: str, *, ice: bool = False
) -> Iterator[tuple[str, str, Test]]:
    """The flags that belong to a variable: why they reject values, their name, and the test.

    First come the codes among the variable's own values, under its own name, one by one.

    Args:
        ice: whether the variable is of sea ice, so that ice is no reason to reject it.

    Raises:
        BadData: for flags that are named as the variable's and cannot be understood.
    """
    yield from _codes(raw.variables[name], name, ice)
    for flag in _belonging(raw, name):
        found, own = raw.variables[flag], _own(raw, name, flag)
        if found.dtype.kind not in "fiu":
            continue
        meanings = str(found.attrs.get("flag_meanings", "")).lower().replace("-", "_").split()
        if meanings:
            said = [_rejects(m, ice) for m in meanings]
            names = ", ".join(m for m, bad in zip(meanings, said, strict=True) if bad)
            rejected = _named(found, said)
            if rejected is not None and any(said):
                yield f"flagged by {flag} ({names})", flag, rejected
            if rejected is None and own:
                sizes = [np.size(found.attrs.get(f"flag_{kind}", ())) for kind in CODES]
                raise BadData(
                    f"{flag} has {len(said)} flag_meanings for {max(sizes)} flags",
                    where=where,
                    fix="correct flag_values, flag_masks and flag_meanings, or take the flags away",
                )
        elif flag.lower().endswith("quality_level"):
            yield f"{flag} below {LEAST_QUALITY}", flag, lambda flags: ~(flags >= LEAST_QUALITY)
        elif flag.lower().endswith("_qc"):
            yield f"{flag} is none of {GOOD_FLAGS}", flag, lambda f: ~np.isin(f, GOOD_FLAGS)
        elif own:
            raise BadData(
                f"the flags {flag} of {name} do not say what they mean",
                where=where,
                fix="add flag_values and flag_meanings, or take the flags away",
            )


def _rejects(meaning: str, ice: bool) -> bool:
    if ice and ICE_REJECTED.search(meaning):
        return True
    meaning = ICE_NO_REASON.sub("_", meaning) if ice else meaning
    return REJECTED.search(meaning) is not None and not DENIED.search(meaning)


def _codes(found: xr.Variable, name: str, ice: bool) -> Iterator[tuple[str, str, Test]]:
    """Codes that stand in place of values, such as 254 for land, by the variable's own flags."""
    values = np.atleast_1d(found.attrs.get("flag_values", ())).astype(np.float64)
    meanings = str(found.attrs.get("flag_meanings", "")).lower().replace("-", "_").split()
    if values.size != len(meanings):
        return
    of = lambda key, default: float(np.asarray(found.encoding.get(key, default)).flat[0])
    scale, offset = of("scale_factor", 1.0), of("add_offset", 0.0)
    unsigned = found.encoding.get("dtype", found.dtype) == np.uint8 or (
        str(found.encoding.get("_Unsigned", "")).lower() == "true"
    )
    for value, meaning in zip(values, meanings, strict=True):
        if _rejects(meaning, ice) or not KEPT.search(meaning):
            code = value + 256 if value < 0 and unsigned else value
            yield f"{meaning} ({code:g})", name, _near(code * scale + offset, abs(scale) / 2)


def _near(value: float, slack: float) -> Test:
    return lambda values: np.abs(values - value) < slack


def _own(raw: xr.Dataset, name: str, flag: str) -> bool:
    """Whether flags are named as a variable's own, such as `tos_flag`."""
    return flag.lower() in {f"{name.lower()}_{suffix}" for suffix in SUFFIXES}


def _belonging(raw: xr.Dataset, name: str) -> list[str]:
    """Variables that flag `name`: its own, and those that flag the whole map."""
    attribute = lambda of: str(raw[of].attrs.get("ancillary_variables", "")).split()
    others = [
        str(n) for n in raw.data_vars if n != name and set(raw[n].dims) == set(raw[name].dims)
    ]
    theirs = {flag for other in others for flag in attribute(other)}
    theirs |= {f"{other}_{suffix}" for other in others for suffix in SUFFIXES}
    found = []
    for flag in map(str, raw.variables):
        dims = set(raw[flag].dims)
        if flag == name or not dims or not dims <= set(raw[name].dims):
            continue
        mine = flag in attribute(name) or _own(raw, name, flag)
        general = flag.lower() in ("mask", "quality_level", "l2p_flags", "qc", "flags")
        if mine or ((general or "flag_meanings" in raw[flag].attrs) and flag not in theirs):
            found.append(flag)
    return found


def _named(found: xr.Variable, said: list[bool]) -> Test | None:
    """The test whether flags have a meaning of those `said`; None if their coding is not told."""
    values, bits = (
        np.atleast_1d(found.attrs.get(f"flag_{kind}", ())).astype(np.float64).astype(np.int64)
        for kind in CODES
    )
    count, wanted = len(said), np.flatnonzero(said)
    if not {values.size, bits.size} & {count}:
        return None
    whole = lambda flags: np.nan_to_num(flags).astype(np.int64)
    # MUR states masks beside values that are whole numbers, not parts of its masks.
    parts = values.size == bits.size == count and not (values & ~bits).any()
    if values.size == count and not parts:
        return lambda flags: np.isin(whole(flags), values[wanted])
    chosen = values[wanted] if parts else None
    return lambda flags: _has_bits(whole(flags), bits[wanted], chosen)


def _has_bits(flags: NDArray, bits: NDArray, values: NDArray | None) -> NDArray[np.bool_]:
    """Where flags have any of `bits`, or in those bits the value that belongs to them."""
    if values is None:
        return (flags & np.bitwise_or.reduce(bits, initial=0)) != 0
    result = np.zeros(flags.shape, dtype=bool)
    for mask, value in zip(bits, values, strict=True):
        result |= (flags & mask) == value
    return result
