"""Quality flags that are text: digits, or words such as good and bad."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.flags.meanings import is_bad, is_good, meanings

GOOD, BAD = 1, 4
"""The codes that words get: of those that speak for a value, and against it."""
SAID = {"flag_values": np.array([GOOD, BAD]), "flag_meanings": "good bad"}
"""CF attributes that say what these codes mean."""
NONE = {"", "nan", "none", "na", "n/a", "null", "--", "-"}
"""Texts, in lower case, that mean that there is no flag."""
NUMBER = re.compile(r"([+-]?\d{1,9})(?:\.0*)?")


def codes_of(
    texts: NDArray[np.str_], flag: str, where: str, *, ice: bool = False
) -> tuple[NDArray[np.int64], bool]:
    """Flags as integers (−1 where there is none), and whether they were words.

    A single letter is not a flag: those of Argo only summarise the flags of the levels.

    Args:
        texts: of any shape.
        flag: name of the variable, for messages.
        ice: whether the values are of sea ice, which ice does not speak against.

    Raises:
        BadData: for words known neither as good nor as bad, and for words mixed with digits.
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
                fix="write numbers, or words such as good and bad, or remove the flags",
            )
    return codes[place].reshape(texts.shape), spoken


def any_stated(texts: Iterable[str]) -> bool:
    """Whether any text may be a flag, understood or not."""
    return not all(map(_is_none, texts))


def understood(texts: Iterable[str]) -> bool:
    """Whether any text is a flag: digits or known words, but not a list of words."""
    said = [text for text in texts if not _is_none(text) and not re.search("[,;]", text)]
    return any(NUMBER.fullmatch(text) or _of_word(text, ice=False) for text in said)


def _is_none(text: str) -> bool:
    return text.lower() in NONE or re.fullmatch("[A-Za-z]", text) is not None


def _of_word(text: str, ice: bool) -> int:
    """The code of one word or several; 0 if it is not known."""
    (word,) = meanings({"flag_meanings": "_".join(text.split())})
    return BAD if is_bad(word, ice=ice) else GOOD if is_good(word, ice=ice) else 0
