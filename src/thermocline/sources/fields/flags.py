"""The flags of a gridded variable: low quality, clouds, land, lakes, rivers and ice reject values.

Flags are understood by CF's `flag_meanings`, and without these by their name: GHRSST's
`quality_level` is from 0 to 5, and names that end in `qc` have the codes of Argo.
"""

import re
from collections.abc import Iterator

import numpy as np
import xarray as xr

from thermocline.errors import BadData
from thermocline.netcdf import values_wanted
from thermocline.sources.fields.land_masks import land_masks, masks_of
from thermocline.sources.files.integers import stored_type_of, with_same_bits
from thermocline.sources.files.texts import is_text, texts
from thermocline.sources.flags.meanings import (
    KEPT,
    Test,
    codes,
    is_bad,
    meaning_test,
    meanings,
    unclear,
    values_and_masks,
)
from thermocline.sources.flags.schemes import GOOD_FLAGS
from thermocline.sources.flags.text import SAID, codes_of, understood

LEAST_QUALITY = 4
"""GHRSST quality levels that are used: 4, acceptable, and 5, best; 3 is low."""

SUFFIXES = ("qc", "flag", "flags", "quality", "quality_flag", "quality_level", "status")
WORDS = ("qc", "qf", "flag", "flags", "quality", "qual")
"""Suffixes of a variable's name, and words in the name of flags."""
GENERAL = ("mask", "quality_level", "l2p_flags", "qc", "flags")
"""Names of flags of all variables on a map."""
SILENT = ("quality_flag", "rejection_flag", "confidence_flag", "cloud_flag", "qc_flag", "qa_flag",
          "flag", "quality", "qa")  # fmt: skip
"""Other such names, of flags that are not understood without meanings."""
STATUS = ("status", "rejection", "rejected", "cloudiness", *WORDS)
"""Words in the name of flags that are listed in `ancillary_variables`."""
BESIDE = "no_input_data"
"""NSIDC's meaning among the names of processing steps, which is no verdict on a value."""
MOST_SEEN = 2**20
"""Most flags that are read to find their scheme; of more, only those of the first time step."""


def rejections(
    raw: xr.Dataset, name: str, where: str, *, ice: bool = False
) -> Iterator[tuple[str, str, Test]]:
    """The flags that reject values of a variable: the reason, the name of the flags, and the test.

    The first are codes in place of values, such as 254 for land; their name is the variable's own.

    Args:
        ice: whether the variable is of sea ice, which ice does not speak against.

    Raises:
        BadData: for flags of this variable that are not understood.
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
            continue  # booleans are not codes of flags
        if words:
            said = [is_bad(word, ice=ice) for word in words]
            names = ", ".join(w for w, bad in zip(words, said, strict=True) if bad)
            doubtful = [word for word in unclear(words, ice=ice) if word != BESIDE]
            if own and not any(said) and doubtful:
                raise _silent(name, flag, where)
            rejected = meaning_test(*values_and_masks(found.attrs, stored_type_of(found)), said)
            if rejected is not None and any(said):
                yield f"flagged by {flag} ({names})", flag, rejected
            if rejected is None and own:
                sizes = [them.size for them in values_and_masks(found.attrs, stored_type_of(found))]
                raise BadData(
                    f"{flag} has {len(said)} flag_meanings for {max(sizes)} flags",
                    where=where,
                    fix="correct flag_values, flag_masks and flag_meanings, or remove the flags",
                )
        elif flag.lower().endswith("quality_level"):
            yield f"{flag} below {LEAST_QUALITY}", flag, lambda flags: ~(flags >= LEAST_QUALITY)
        elif re.search("(?:^|_)qc$", flag.lower()):
            if _of_no_scheme(flag, found):
                continue
            yield f"{flag} is none of {GOOD_FLAGS}", flag, lambda f: ~np.isin(f, GOOD_FLAGS)
        elif own:
            raise _silent(name, flag, where)


def unclear_flags(raw: xr.Dataset, name: str, *, ice: bool = False) -> list[str]:
    """Notes on flags that are not understood: their values are used.

    They are flags of the whole map without meanings, and unknown meanings of the variable's own
    flags.
    """
    notes = []
    masks = set(masks_of(raw, name))
    for flag in _belonging(raw, name):
        found, plain = raw.variables[flag], flag.lower()
        words = unclear(meanings(found.attrs), ice=ice)
        if words and _own(raw, name, flag):
            notes.append(f"values that {flag} calls {', '.join(words)} are used")
        if meanings(found.attrs) or not (found.dtype.kind in "fiu" or is_text(found)):
            continue
        silent = is_text(found) or _of_no_scheme(flag, found)
        used = re.search("(?:^|_)qc$|quality_level$", plain) and not silent
        if not used and flag not in masks and (
            plain in (*GENERAL, *SILENT) or set(STATUS) & set(plain.split("_"))
            or re.search(r"\b(?:status|quality)_flag$", str(found.attrs.get("standard_name", "")))
        ):  # fmt: skip
            notes.append(f"{flag} is not used: it does not say what its values mean")
    return notes


def as_numbers(raw: xr.Dataset, name: str, where: str, *, ice: bool = False) -> xr.Dataset:
    """The dataset with numbers in place of a variable's flags that are text.

    Raises:
        BadData: for text that is neither a number nor a word such as good or bad. Flags of the
            whole map may be no such text at all, but not in part.
    """
    numbers = {}
    for flag in _belonging(raw, name):
        found = raw.variables[flag]
        own = _own(raw, name, flag) or "flag_meanings" in found.attrs
        if not is_text(found) or not (own or flag.lower() in (*GENERAL, *SILENT)):
            continue
        said = texts(found, flag, where)
        if not own and not understood(set(said.flat)):
            continue
        codes, spoken = codes_of(said, flag, where, ice=ice)
        numbers[flag] = xr.Variable(found.dims, codes, found.attrs | (SAID if spoken else {}))
    axes = [dim for dim in raw.dims if dim in raw.variables]
    return raw.set_coords(axes).assign(numbers) if numbers else raw


def _silent(name: str, flag: str, where: str) -> BadData:
    return BadData(
        f"the flags {flag} of {name} do not say what they mean",
        where=where,
        fix="add flag_values and flag_meanings, such as 'good bad', or remove the flags",
    )


def _codes(found: xr.Variable, name: str, ice: bool) -> Iterator[tuple[str, str, Test]]:
    """Codes in place of values, such as 254 for land, by the attributes of the variable itself."""
    values, words = codes(found.attrs, "values"), meanings(found.attrs)
    if values.size != len(words):
        return
    of = lambda key, default: float(np.asarray(found.encoding.get(key, default)).flat[0])
    scale, offset = of("scale_factor", 1.0), of("add_offset", 0.0)
    values = with_same_bits(values, stored_type_of(found))
    for code, meaning in zip(values, words, strict=True):
        if is_bad(meaning, ice=ice) or not KEPT.search(meaning):
            yield f"{meaning} ({code:g})", name, _near(code * scale + offset, abs(scale) / 2)


def _of_no_scheme(flag: str, found: xr.Variable) -> bool:
    """Whether flags called just `qc` are mostly 0, which may mean good or not checked."""
    if flag.lower() != "qc" or not values_wanted():
        return False
    part = found[0] if found.ndim > 2 and found.size > MOST_SEEN else found
    codes, counts = np.unique(part.values, return_counts=True)
    known = np.isin(codes, range(10))
    return bool(known.any() and codes[known][counts[known].argmax()] == 0)


def _near(value: float, slack: float) -> Test:
    return lambda values: np.abs(values - value) < slack


def _own(raw: xr.Dataset, name: str, flag: str) -> bool:
    """Whether flags are of one variable: by their name, such as `tos_flag`, or by its attribute."""
    plain, stem = flag.lower(), name.lower()
    mine = {f"{stem}_{suffix}" for suffix in SUFFIXES} | {f"{word}_{stem}" for word in WORDS}
    said = str(raw.variables[name].attrs.get("ancillary_variables", "")).split()
    named = set(WORDS) & set(plain.split("_")) and plain not in GENERAL
    return plain in mine or bool(flag in said and named)


def _belonging(raw: xr.Dataset, name: str) -> list[str]:
    """Names of the flags of a variable: its own, and those of the whole map."""
    held = {str(each): variable for each, variable in raw.variables.items()}
    ancillary = lambda of: str(held[of].attrs.get("ancillary_variables", "")).split()
    of_map = set(held[name].dims)
    fields = map(str, raw.data_vars)
    others = [each for each in fields if each != name and set(held[each].dims) == of_map]
    theirs = {flag for other in others for flag in ancillary(other)}
    theirs |= {f"{other}_{suffix}" for other in others for suffix in SUFFIXES}
    found = []
    for flag, variable in held.items():
        if flag == name or not variable.dims or not set(variable.dims) <= of_map:
            continue
        if re.match("sources?_of_", flag.lower()):
            continue  # GHRSST: the source of each value; `no_data` is about that source
        mine = flag in ancillary(name) or _own(raw, name, flag)
        general = flag.lower() in (*GENERAL, *SILENT) or "flag_meanings" in variable.attrs
        if mine or (general and flag not in theirs):
            found.append(flag)
    return found
