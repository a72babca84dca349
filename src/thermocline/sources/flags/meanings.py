"""CF flags (section 3.5): what the words of `flag_meanings` say, and which numbers have them.

`flag_meanings` has one word for each of `flag_values` (the flag is equal to it), of `flag_masks`
(the flag has one of these bits), or of both (the flag has this value in these bits). A word speaks
against a value, for it, or is not known.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.sources.files.integers import wrapped

Test = Callable[[NDArray], NDArray[np.bool_]]
"""Which numbers of a flag or a mask reject the values beside them."""

REJECTED = re.compile(
    r"(?:^|_)(?:no_(?:data|value|retrieval)|not_(?:valid|processed|passed|used|good|usable|acceptable|"
    r"accepted|available|observed|ok)|unprocessed|notprocessed|invalid|missing|fill|bad|worst|"
    r"low(?:_quality|_confidence)?$|poor|fail|fails|failed|failure|suspect|suspicious|"
    r"questionable|doubtful|dubious|wrong|erroneous|incorrect|spike|outlier|out_of_range|"
    r"reject|rejects|rejected|unusable|unacceptable|unreliable|unavailable|implausible|corrupt|"
    r"corrupted|faulty|defective|discard|discarded|(?:do|dont|never)_(?:not_)?use|"
    r"cloud|clouds|cloudy|rain|contaminated|land|lake|river|ice)(?:_|$)|low_quality"
)
_WORSE = (
    r"(?:(?:sea_|known_|any_|an?_|over_)?(?:clouds?|cloudy|rain|raining|land|ice|lake|"
    r"river|coast|coastal|pole_hole|bad|poor|worst|missing|fill|low_(?:quality|confidence)|"
    r"suspect|suspicious|questionable|doubtful|dubious|wrong|erroneous|incorrect|spike|outlier|"
    r"out_of_range|fail|failed|failure|rejected|unreliable|implausible|corrupt|corrupted|faulty|"
    r"defective|contaminated|discarded))"
)
_ABSENT = (
    r"(?:free|absent|(?:tests?|checks?|filter)_passed|not_(?:detected|present|found|suspected))"
)
DENIED = re.compile(
    rf"(?<![^_])(?<!not_)(?<!no_)(?<!non_)(?<!never_)(?:"
    rf"(?:no|not|non|without|free_of|absence_of)_{_WORSE}(?:_(?:or|and|nor)_{_WORSE})*(?!_{_ABSENT})|"
    rf"pass(?:ed|es)?_(?!fail){_WORSE}(?:_and_(?!fail){_WORSE})*(?:_(?:test|check|filter)s?)?|"
    rf"{_WORSE}_{_ABSENT})(?![^_])"
)
"""What denies a word that would speak against a value: `no_ice`, `cloud_not_detected`.

Not what is denied itself: `not_free_of_cloud`, `not_cloud_free`.
"""
ICE_REJECTED = re.compile(r"(?:^|_)(?:coast|coastal|coastline|pole_hole)(?:_|$)")
"""What beside these rejects values of sea ice, for which ice is none of the reasons."""
ICE_NO_REASON = re.compile(r"(?:^|_)(?:ice(?=_|$)|(?:land_spill|invalid_ice_mask)\w*)")
"""What is no reason to reject sea ice: ice, and corrections for land near it, and for ice where
there never is any."""
KEPT = re.compile(r"(?:^|_)(?:water|ocean|sea|ice|good|valid|nominal)(?:_|$)")
"""Meanings of codes among a variable's own values that are values nevertheless."""
GOOD = re.compile(
    r"(?:^|_)(?:good|best|excellent|acceptable|accept|accepts|accepted|pass|passes|passed|ok|okay|"
    r"usable|useable|use|used|valid|fine|nominal|correct|corrected|changed|interpolated|estimated|"
    r"high|reliable|clear|clean|normal|water|ocean|sea|applied)(?:_|$)"
)
"""Words that are known to speak for a value, of those that do not speak against it."""


def meanings(attributes: Mapping[Any, Any]) -> list[str]:
    """The words of `flag_meanings`, in small letters and _; `0:good` says good."""
    words = str(attributes.get("flag_meanings", "")).lower().split()
    return [re.sub(r"[^a-z0-9+]+", "_", re.sub(r"^\d+\W+", "", word)).strip("_") for word in words]


def codes(attributes: Mapping[Any, Any], kind: str) -> NDArray[np.float64]:
    """The numbers of `flag_values` or `flag_masks`; those of a text such as `0b, 1b` too."""
    found = np.atleast_1d(attributes.get(f"flag_{kind}", ()))
    if found.dtype.kind in "SUO":
        text = " ".join(s.decode() if isinstance(s, bytes) else str(s) for s in found.tolist())
        return np.array(re.findall(r"[-+]?\d+", text), dtype=np.float64)
    return found.astype(np.float64)


def is_bad(meaning: str, *, ice: bool = False) -> bool:
    """Whether a meaning speaks against a value.

    Args:
        ice: of sea ice, for which ice is no reason.
    """
    meaning = DENIED.sub("_", meaning)
    if ice and ICE_REJECTED.search(meaning):
        return True
    meaning = ICE_NO_REASON.sub("_", meaning) if ice else meaning
    return REJECTED.search(meaning) is not None


def is_good(meaning: str, *, ice: bool = False) -> bool:
    """Whether a meaning is known to speak for a value."""
    of_ice = ice and re.search("ice|melt", meaning)
    known = GOOD.search(meaning) or DENIED.search(meaning) or of_ice
    return bool(known) and not is_bad(meaning, ice=ice)


def unclear(words: list[str], *, ice: bool = False) -> list[str]:
    """Meanings that are known neither as good nor as bad."""
    return [w for w in words if not is_bad(w, ice=ice) and not is_good(w, ice=ice)]


def coding(
    attributes: Mapping[Any, Any], kind: np.dtype[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`flag_values` and `flag_masks` as flags of a type have them, whatever sign they are given in.

    Args:
        kind: from `integers.kind_of`.
    """
    values, bits = (wrapped(codes(attributes, key), kind) for key in ("values", "masks"))
    return values.astype(np.int64), bits.astype(np.int64)


def digits(numbers: NDArray[np.int64], attributes: Mapping[Any, Any]) -> NDArray[np.int64]:
    """Flags with the ASCII codes of digits as those digits, as SeaDataNet stores them.

    Not where the flags are bits, or where `flag_values` has digits beside such codes.
    """
    ascii_code = lambda them: (them >= 48) & (them <= 57)
    values = codes(attributes, "values")
    plain = (values >= 0) & (values <= 9)
    if codes(attributes, "masks").size or (plain.any() and ascii_code(values).any()):
        return numbers
    return np.where(ascii_code(numbers), numbers - 48, numbers)


def in_parts(values: NDArray[np.int64], bits: NDArray[np.int64], count: int) -> bool:
    """Whether each of `count` meanings is a value in some of the bits.

    MUR states masks beside values that are whole numbers, not parts of its masks.
    """
    return values.size == bits.size == count and not (values & ~bits).any()


def having(values: NDArray[np.int64], bits: NDArray[np.int64], said: list[bool]) -> Test | None:
    """The test whether flags have a meaning of those `said`; None if their coding is not told."""
    count, wanted = len(said), np.flatnonzero(said)
    if not {values.size, bits.size} & {count}:
        return None
    whole = lambda flags: np.nan_to_num(flags).astype(np.int64)
    parts = in_parts(values, bits, count)
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
