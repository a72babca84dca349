"""Values that a file's own flags reject: low quality, clouds, land, lakes, rivers, ice.

CF 3.5: `flag_meanings` names each of `flag_values` (one of them at a time), or of `flag_masks`
(bits), or of both (a number in some of the bits). GHRSST: `quality_level` from 0 to 5.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from thermocline.errors import BadData
from thermocline.sources.coding import coding, having
from thermocline.sources.integers import kind_in, wrapped
from thermocline.sources.land_masks import land_masks
from thermocline.sources.meanings import KEPT, Test, codes, is_bad, meanings, unclear
from thermocline.sources.parameters import GOOD_FLAGS

LEAST_QUALITY = 4
"""GHRSST quality levels that are used: 4, acceptable, and 5, best; 3 is low."""

SUFFIXES = ("qc", "flag", "flags", "quality", "quality_flag", "quality_level", "status")
WORDS = ("qc", "qf", "flag", "flags", "quality", "qual")
"""Words of a name that is one of flags."""
GENERAL = ("mask", "quality_level", "l2p_flags", "qc", "flags")
"""Names of flags of the whole map."""


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
    on_land = list(land_masks(raw, name))
    yield from on_land
    masks = {flag for _, flag, _ in on_land}
    for flag in _belonging(raw, name):
        found, own = raw.variables[flag], _own(raw, name, flag)
        if found.dtype.kind not in "fiub" or flag in masks:
            continue
        words = meanings(found.attrs)
        if not words and found.dtype.kind == "b":
            continue  # numbers of flags are no truth values
        if words:
            said = [is_bad(word, ice=ice) for word in words]
            names = ", ".join(w for w, bad in zip(words, said, strict=True) if bad)
            if own and not any(said) and unclear(words, ice=ice):
                raise _silent(name, flag, where)
            rejected = having(*coding(found.attrs, kind_in(found)), said)
            if rejected is not None and any(said):
                yield f"flagged by {flag} ({names})", flag, rejected
            if rejected is None and own:
                sizes = [them.size for them in coding(found.attrs, kind_in(found))]
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
            raise _silent(name, flag, where)


def unclear_flags(raw: xr.Dataset, name: str, *, ice: bool = False) -> list[str]:
    """Notes of meanings of a variable's own flags that nothing is known of: their values stay."""
    notes = []
    for flag in _belonging(raw, name):
        words = unclear(meanings(raw.variables[flag].attrs), ice=ice)
        if words and _own(raw, name, flag):
            notes.append(f"values that {flag} calls {', '.join(words)} are used")
    return notes


def _silent(name: str, flag: str, where: str) -> BadData:
    return BadData(
        f"the flags {flag} of {name} do not say what they mean",
        where=where,
        fix="add flag_values and flag_meanings, such as 'good bad', or take the flags away",
    )


def _codes(found: xr.Variable, name: str, ice: bool) -> Iterator[tuple[str, str, Test]]:
    """Codes that stand in place of values, such as 254 for land, by the variable's own flags."""
    values, words = codes(found.attrs, "values"), meanings(found.attrs)
    if values.size != len(words):
        return
    of = lambda key, default: float(np.asarray(found.encoding.get(key, default)).flat[0])
    scale, offset = of("scale_factor", 1.0), of("add_offset", 0.0)
    values = wrapped(values, kind_in(found))
    for code, meaning in zip(values, words, strict=True):
        if is_bad(meaning, ice=ice) or not KEPT.search(meaning):
            yield f"{meaning} ({code:g})", name, _near(code * scale + offset, abs(scale) / 2)


def _near(value: float, slack: float) -> Test:
    return lambda values: np.abs(values - value) < slack


def _own(raw: xr.Dataset, name: str, flag: str) -> bool:
    """Whether flags are named as a variable's own, such as `tos_flag`, or it names them so."""
    plain, stem = flag.lower(), name.lower()
    mine = {f"{stem}_{suffix}" for suffix in SUFFIXES} | {f"{word}_{stem}" for word in WORDS}
    said = str(raw[name].attrs.get("ancillary_variables", "")).split()
    named = set(WORDS) & set(plain.split("_")) and plain not in GENERAL
    return plain in mine or bool(flag in said and named)


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
        general = flag.lower() in GENERAL
        if mine or ((general or "flag_meanings" in raw[flag].attrs) and flag not in theirs):
            found.append(flag)
    return found
