"""Land masks of gridded files without `flag_meanings`: which of their values are land.

Masks are understood by their standard name, by words such as `1 = sea; 0 = land`, or by a name
with only one meaning. Others are not used, and a note says so.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from thermocline.sources.flags.meanings import Test, meanings

LAND, SEA = "land", "sea"
ONE_IS = {
    "land_binary_mask": LAND,
    "sea_binary_mask": SEA,
    "sea_mask": SEA,
    "ocean_mask": SEA,
    "oceanmask": SEA,
    "tmask": SEA,
    "tmaskutil": SEA,
    "wet": SEA,
    "wet_mask": SEA,
    "mask_rho": SEA,
}
"""What 1 means in a mask with this standard name or name; 0 means the other."""
NAME = re.compile(
    r"(?:mask|lsm|(?:land|ls|land_?sea|sea_?land|land_?ocean|ocean_?land|continent)_?mask)"
)
"""Other names of masks; in some files they are 1 on land, and in others at sea."""
TEXTS = ("long_name", "comment", "description", "definition", "note", "values", "title")
WORDS = {
    LAND: {"land", "continent", "island", "lake", "river", "dry", "terrestrial", "masked"},
    SEA: {"sea", "ocean", "water", "wet", "unmasked"},
}

NUMBER_FIRST = re.compile(r"(?<![\d.-])(\d)\s{0,9}(?:=|:|->|\bis\b|\bif\b|\bfor\b)\s{0,9}([a-z]+)")
DASHED = re.compile(r"(?<![\d.-])(?<![a-z][ \t])(\d)\s{0,9}-\s{1,9}([a-z]+)")
WORD_FIRST = re.compile(
    r"([a-z]+)\s{0,9}(?:=|:|->|\bis\b|\()\s{0,9}(\d)(?![\d.])(?!\s{0,9}(?:to\b|\.\.|[-–]\s{0,9}\d))"
)
"""A number and its meaning, such as `1 = sea`, `1 - sea` and `land (0)`; ranges do not match."""


def land_masks(raw: xr.Dataset, name: str) -> Iterator[tuple[str, str, Test]]:
    """The masks on the map of a variable: a reason, the name of the mask, and the test for land."""
    for mask in masks_of(raw, name):
        if (test := land_of(mask, raw.variables[mask].attrs)) is not None:
            yield f"land by {mask}", mask, test


def unclear_masks(raw: xr.Dataset, name: str) -> list[str]:
    """Notes on masks that do not say which of their values are land."""
    return [
        f"{mask} is not used: it does not say which of its values is land"
        for mask in masks_of(raw, name)
        if land_of(mask, raw.variables[mask].attrs) is None
    ]


def land_of(name: str, attributes: Mapping[Any, Any]) -> Test | None:
    """The test which values of a mask are land; None if it does not say.

    The standard name decides, else words in its attributes, else its name.
    """
    one = ONE_IS.get(str(attributes.get("standard_name", "")).lower())
    said = _codes(attributes) if one is None else {}
    land, sea = ([code for code, side in said.items() if side == which] for which in (LAND, SEA))
    if land:
        return lambda mask: np.isin(mask, land)
    if sea and 0 not in sea:  # other numbers may be ice, coast or other seas
        return lambda mask: (mask == 0) | np.isnan(mask)
    if sea:
        return None
    one = one or ONE_IS.get(name.lower())
    if one == LAND:
        return lambda mask: mask > 0.5
    # In a mask of the sea, land may be missing values.
    return None if one is None else lambda mask: ~(mask >= 0.5)


def masks_of(raw: xr.Dataset, name: str) -> list[str]:
    """Names of land masks on the map of a variable, without `flag_meanings`."""
    dims = set(raw.variables[name].dims)
    return [
        str(mask) for mask, found in raw.variables.items()
        if mask != name and found.dims and set(found.dims) <= dims and found.dtype.kind in "fiub"
        and not meanings(found.attrs)
        and (str(mask).lower() in ONE_IS or NAME.fullmatch(str(mask).lower())
             or str(found.attrs.get("standard_name", "")).lower() in ONE_IS)
    ]  # fmt: skip


def _codes(attributes: Mapping[Any, Any]) -> dict[int, str]:
    """Land or sea by number, of texts such as `1 = sea; 0 = land`; empty if they contradict."""
    text = "; ".join(str(attributes.get(key, ""))[:500] for key in TEXTS).lower()
    first = [*NUMBER_FIRST.findall(text), *DASHED.findall(text)]
    pairs = [(int(code), word) for code, word in first]
    pairs += [(int(code), word) for word, code in WORD_FIRST.findall(text)]
    options = {str(key).lower(): str(value) for key, value in attributes.items()}
    pairs += [
        (code, word)
        for code in range(10)
        for word in re.findall("[a-z]+", options.get(f"option_{code}", "").lower()[:100])
    ]
    said: dict[int, set[str]] = {}
    for code, word in pairs:
        for side, words in WORDS.items():
            if word in words:
                said.setdefault(code, set()).add(side)
    if any(len(sides) > 1 for sides in said.values()):
        return {}
    return {code: next(iter(sides)) for code, sides in said.items()}
