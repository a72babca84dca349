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

from thermocline.sources.files.integers import with_same_bits

Test = Callable[[NDArray], NDArray[np.bool_]]
"""Where flags, or numbers of a mask, reject their values."""

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
"""Negations of words that speak against a value: `no_ice`, `cloud_not_detected`.

A negation that is negated itself does not match: `not_free_of_cloud`, `not_cloud_free`.
"""
ICE_REJECTED = re.compile(r"(?:^|_)(?:coast|coastal|coastline|pole_hole)(?:_|$)")
"""Other words that reject values of sea ice; ice itself does not."""
ICE_NO_REASON = re.compile(r"(?:^|_)(?:ice(?=_|$)|(?:land_spill|invalid_ice_mask)\w*)")
"""Words that do not reject values of sea ice: ice, and corrections near land or where there is
never ice."""
KEPT = re.compile(r"(?:^|_)(?:water|ocean|sea|ice|good|valid|nominal)(?:_|$)")
"""Meanings of `flag_values` that are values of the variable, and no codes in place of them."""
GOOD = re.compile(
    r"(?:^|_)(?:good|best|excellent|acceptable|accept|accepts|accepted|pass|passes|passed|ok|okay|"
    r"usable|useable|use|used|valid|fine|nominal|correct|corrected|changed|interpolated|estimated|"
    r"high|reliable|clear|clean|normal|water|ocean|sea|applied)(?:_|$)"
)
"""Words that speak for a value, unless another word speaks against it."""


def meanings(attributes: Mapping[Any, Any]) -> list[str]:
    """The words of `flag_meanings`, in lower case with _; `0:good` becomes `good`."""
    words = str(attributes.get("flag_meanings", "")).lower().split()
    return [re.sub(r"[^a-z0-9+]+", "_", re.sub(r"^\d+\W+", "", word)).strip("_") for word in words]


def codes(attributes: Mapping[Any, Any], kind: str) -> NDArray[np.float64]:
    """The numbers of `flag_values` or `flag_masks`, also of text such as `0b, 1b`.

    Args:
        kind: `values` or `masks`.
    """
    found = np.atleast_1d(attributes.get(f"flag_{kind}", ()))
    if found.dtype.kind in "SUO":
        text = " ".join(s.decode() if isinstance(s, bytes) else str(s) for s in found.tolist())
        return np.array(re.findall(r"[-+]?\d+", text), dtype=np.float64)
    return found.astype(np.float64)


def is_bad(meaning: str, *, ice: bool = False) -> bool:
    """Whether a meaning speaks against a value.

    Args:
        ice: whether the value is of sea ice, which ice does not speak against.
    """
    meaning = DENIED.sub("_", meaning)
    if ice and ICE_REJECTED.search(meaning):
        return True
    meaning = ICE_NO_REASON.sub("_", meaning) if ice else meaning
    return REJECTED.search(meaning) is not None


def is_good(meaning: str, *, ice: bool = False) -> bool:
    """Whether a meaning is known to speak for a value; `ice` as in `is_bad`."""
    of_ice = ice and re.search("ice|melt", meaning)
    known = GOOD.search(meaning) or DENIED.search(meaning) or of_ice
    return bool(known) and not is_bad(meaning, ice=ice)


def unclear(words: list[str], *, ice: bool = False) -> list[str]:
    """Meanings that are known neither as good nor as bad; `ice` as in `is_bad`."""
    return [w for w in words if not is_bad(w, ice=ice) and not is_good(w, ice=ice)]


def values_and_masks(
    attributes: Mapping[Any, Any], kind: np.dtype[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`flag_values` and `flag_masks` as integers of the type of the flags, whatever their sign.

    Args:
        kind: from `integers.stored_type`.
    """
    values, bits = (with_same_bits(codes(attributes, key), kind) for key in ("values", "masks"))
    return values.astype(np.int64), bits.astype(np.int64)


def from_ascii_digits(
    numbers: NDArray[np.int64], attributes: Mapping[Any, Any]
) -> NDArray[np.int64]:
    """Flags that are ASCII codes of digits, as SeaDataNet stores them, as these digits.

    Others are returned as they are; so are all flags if they are bits, or if `flag_values` has both
    digits and ASCII codes.
    """
    ascii_code = lambda them: (them >= 48) & (them <= 57)
    values = codes(attributes, "values")
    plain = (values >= 0) & (values <= 9)
    if codes(attributes, "masks").size or (plain.any() and ascii_code(values).any()):
        return numbers
    return np.where(ascii_code(numbers), numbers - 48, numbers)


def are_masked_values(values: NDArray[np.int64], bits: NDArray[np.int64], count: int) -> bool:
    """Whether each of `count` meanings is a value in the bits of a mask.

    It is not in MUR, whose `flag_values` are whole numbers beside unrelated masks.
    """
    return values.size == bits.size == count and not (values & ~bits).any()


def meaning_test(
    values: NDArray[np.int64], bits: NDArray[np.int64], said: list[bool]
) -> Test | None:
    """The test whether flags have one of the wanted meanings.

    Args:
        values, bits: from `values_and_masks`.
        said: for each meaning, whether it is wanted.

    Returns:
        None if the numbers of values and bits do not fit that of the meanings.
    """
    count, wanted = len(said), np.flatnonzero(said)
    if not {values.size, bits.size} & {count}:
        return None
    whole = lambda flags: np.nan_to_num(flags).astype(np.int64)
    parts = are_masked_values(values, bits, count)
    if values.size == count and not parts:
        return lambda flags: np.isin(whole(flags), values[wanted])
    chosen = values[wanted] if parts else None
    return lambda flags: _has_bits(whole(flags), bits[wanted], chosen)


def _has_bits(flags: NDArray, bits: NDArray, values: NDArray | None) -> NDArray[np.bool_]:
    """Where flags have any of `bits`; with `values`, where they have a value in its bits."""
    if values is None:
        return (flags & np.bitwise_or.reduce(bits, initial=0)) != 0
    result = np.zeros(flags.shape, dtype=bool)
    for mask, value in zip(bits, values, strict=True):
        result |= (flags & mask) == value
    return result
