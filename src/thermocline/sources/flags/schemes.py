"""Quality flags by the name of their variable or column: what they flag, and which codes are good.

Each scheme of codes (Argo, WOCE, World Ocean Database, GHRSST) has its words in such names.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile, shown
from thermocline.sources.common.column_names import LONGEST, quantity_of
from thermocline.sources.flags.meanings import are_masked_values, is_bad, is_good

WHOLE_ROW = {"", "position", "profile", "cast", "station", "sample", "bottle", "row", "record"}
WHOLE_ROW |= {"overall", "data", "observation", "measurement", "pos", "nav"}
WHOLE_ROW |= {"navigation", "location", "gps"}
"""Words in the name of flags that are of a whole row or cast."""

FLAG_WORDS = {"flag", "flags", "quality", "qual", "qc", "qf", "qa", "qv"}
SCHEME_WORDS = {"w", "wod", "woce", "iquod", "odv", "argo", "seadatanet", "iode", "gtspp"}
FILLERS = {"of", "for", "code", "codes", "value", "values", "level", "levels", "control"}
"""Words in the name of flags that are not of the quantity: for a flag, for a scheme, and others."""
ABOUT = {"comment", "comments", "note", "notes", "remark", "remarks", "description", "method"}
ABOUT |= {"history", "operator", "source", "version", "by", "date", "procedure", "procedures"}
ABOUT |= {"tests", "institution"}
"""Words in the name of a text about flags, which is not itself a flag."""

GOOD_FLAGS = (1, 2, 5, 8)
"""Good, probably good, changed, estimated (Argo reference table 2 and its descendants)."""
BAD = (3, 4)
"""Probably bad, and bad, in the same table."""
MISSING = (-1, 9)
"""No flag, and the flag of a missing value: neither says anything of a value that is there."""

ARGO = set(GOOD_FLAGS)
WOCE = {2, 6}
WOD = {0}
LEVELS = {4, 5}
"""The good codes of each scheme; SeaDataNet's are those of Argo, GHRSST's are `LEVELS`."""
UNDISPUTED = {1, 2}
"""Codes that are good, or at least not bad, in the schemes of Argo, SeaDataNet and IODE."""
REJECTED = {3, 4, 9}
"""Codes that mean doubtful, bad and missing in every scheme."""


@dataclass
class FlagColumn:
    """A column of quality flags.

    Attributes:
        quantity: the quantity that it flags; "" for the whole row.
        title: the column's title in the table.
        index: the column's index in the table.
    """

    quantity: str
    title: str
    index: int


@lru_cache(maxsize=4096)
def flagged_name(title: str) -> str | None:
    """The rest of the name of flags, without words for a flag; None if it has no such word.

    "" if nothing is left. The word for a flag may be at either end, separate or not: `TEMP_QC`,
    `QF temp`, `temp_WODflag`, `TempQuality`, `qctemp`.
    """
    words = words_of(title)
    if not FLAG_WORDS & set(words):
        return None
    return "_".join(w for w in words if w not in FLAG_WORDS | SCHEME_WORDS | FILLERS)


def flagged_quantity(stem: str) -> str | None:
    """The quantity that flags with a name from `flagged_name` belong to.

    Words for a whole row beside a quantity do not count: `profile_temp` is of the temperature.

    Returns:
        "" for the whole row; None if the name is of no known quantity.
    """
    if stem in WHOLE_ROW:
        return ""
    rest = [word for word in stem.split("_") if word not in WHOLE_ROW]
    return quantity_of(stem) or (quantity_of("_".join(rest)) if rest else "")


def good_codes(title: str, codes: set[int], where: str) -> set[int]:
    """The good codes of flags, by the scheme that their name says.

    `*_FLAG_W` is of WOCE, `*_WODflag` of the World Ocean Database, `QV:ODV` of Ocean Data View,
    `*_QC` of Argo and SeaDataNet, `*quality_level` of GHRSST. Flags of any other name may only have
    codes on which the schemes agree.

    Args:
        codes: all codes that the flags have.

    Raises:
        BadFile: for a code that needs a scheme, under a name that says none.
    """
    words = set(words_of(title))
    if {"w", "woce"} & words:
        return WOCE
    if {"wod", "odv"} & words:
        return WOD
    if {"quality", "level"} <= words:
        return LEVELS
    if {"qc", "qv", "argo", "seadatanet"} & words:
        return ARGO
    unclear = sorted(codes - UNDISPUTED - REJECTED)
    if unclear:
        raise BadFile(
            f"the column {shown(repr(title))} holds the flag {shown(unclear[0])}, "
            "which is good in one scheme and bad in another",
            where=where,
            fix="name the column after its scheme: X_QC (Argo, SeaDataNet), X_FLAG_W (WOCE) or "
            "X_WODflag; or remove the bad rows and the column",
        )
    return UNDISPUTED


def as_argo(meant: list[str], values: NDArray[np.int64], bits: NDArray[np.int64]) -> bool:
    """Whether the meanings of codes agree with Argo's scheme, in which 0 is `not checked`.

    Args:
        meant: words of `flag_meanings`.
        values, bits: from `values_and_masks`.
    """
    if len(meant) != values.size or are_masked_values(values, bits, len(meant)):
        return False
    words = dict(zip(values.tolist(), meant, strict=True))
    fits = lambda code, test: code not in words or not test(words[code])
    return (
        is_good(words.get(1, ""))
        and fits(0, is_good)
        and all(fits(code, is_bad) for code in ARGO)
        and all(fits(code, is_good) for code in REJECTED)
    )


def words_of(title: str) -> list[str]:
    """The words of a title, in lower case, without a unit in brackets; `TempQC` is two words."""
    plain = re.sub(r"[\[(].*?[\])]", " ", title[:LONGEST])
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).lower()
    return [part for word in re.split(r"[\W_]+", apart) if word for part in _parts(word)]


@lru_cache(maxsize=4096)
def _parts(word: str) -> tuple[str, ...]:
    """The parts of words written as one, such as `wodflag`, `qctemp` and `tempqcflag`."""
    if _known(word) or len(word) > LONGEST // 4:
        return (word,)
    for flag in FLAG_WORDS:
        for begun in (True, False):
            rest = word.removeprefix(flag) if begun else word.removesuffix(flag)
            parts = _parts(rest) if rest not in ("", word) else ()
            if len(parts) > 1 or (parts and _known(rest)):
                return (flag, *parts) if begun else (*parts, flag)
    return (word,)


def _known(word: str) -> bool:
    return word in FLAG_WORDS | SCHEME_WORDS or quantity_of(word) is not None
