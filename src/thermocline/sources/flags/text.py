"""Quality flags that are text: digits, or words such as good and bad."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.flags.meanings import is_bad, is_good, meanings

GOOD, BAD = 1, 4
"""The codes of words that speak for a value, and against it."""
SAID = {"flag_values": np.array([GOOD, BAD]), "flag_meanings": "good bad"}
"""What such codes mean, as attributes."""
NONE = {"", "nan", "none", "na", "n/a", "null", "--", "-"}
"""Texts, in small letters, that are no flag."""
NUMBER = re.compile(r"([+-]?\d{1,9})(?:\.0*)?")


def codes_of(
    texts: NDArray[np.str_], flag: str, where: str, *, ice: bool = False
) -> tuple[NDArray[np.int64], bool]:
    """Flags as integers, −1 where there is none, and whether they were words.

    A single letter is none: Argo's only sum up the flags of the levels.

    Args:
        ice: of sea ice, for which ice is no reason to reject a value.

    Raises:
        BadData: for words that are known neither as good nor as bad, and words beside digits.
    """
    distinct, place = np.unique(texts, return_inverse=True)
    codes, spoken, counted = np.full(distinct.size, -1, np.int64), False, False
    for k, text in enumerate(distinct.tolist()):
        if _is_none(text):
            continue
        if number := NUMBER.fullmatch(text):
            codes[k], counted = int(number[1]), True
        else:
            codes[k], spoken = _of_word(text, ice), True
        if spoken and (counted or codes[k] == 0):
            raise BadData(
                f"the flags {flag} hold {shown(repr(text))}, which is not understood",
                where=where,
                fix="write numbers, or words such as good and bad, or take the flags away",
            )
    return codes[place].reshape(texts.shape), spoken


def told(texts: Iterable[str]) -> bool:
    """Whether any of some texts says something."""
    return not all(map(_is_none, texts))


def understood(texts: Iterable[str]) -> bool:
    """Whether any of some texts is a flag: digits, or words that are known; no list of words."""
    said = [text for text in texts if not _is_none(text) and not re.search("[,;]", text)]
    return any(NUMBER.fullmatch(text) or _of_word(text, ice=False) for text in said)


def _is_none(text: str) -> bool:
    return text.lower() in NONE or re.fullmatch("[A-Za-z]", text) is not None


def _of_word(text: str, ice: bool) -> int:
    """The code of a word or a few; 0 of one that is not known."""
    (word,) = meanings({"flag_meanings": "_".join(text.split())})
    return BAD if is_bad(word, ice=ice) else GOOD if is_good(word, ice=ice) else 0
