"""Flags of a depth or pressure that all casts share: only bad ones reject a level.

Levels with any other flag are used, such as 0 (not checked) and 7 (nominal).
"""

import numpy as np

from thermocline.sources.casts.flag_codes import Rejects, stated_meanings
from thermocline.sources.casts.flag_variables import flags_of
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.flags import text as text_flags
from thermocline.sources.flags.meanings import is_bad, meaning_test, unclear
from thermocline.sources.flags.schemes import BAD, MISSING, WOD, good_codes


def coordinate(file: NetCDF, name: str, unit: str) -> tuple[Quantity, tuple[str, ...]]:
    """A depth or pressure [n_level], and notes on flags that are neither good nor bad.

    Args:
        unit: of the result, and of the file where it states none.
    """
    found, notes = file.quantity(name, unit, unit), []
    for flag in flags_of(file, name):
        bad, codes = _bad_codes(file, flag), file.flags(flag)
        absent = np.isnan(found.values) & np.isin(codes, MISSING)
        found.flagged = found.flagged | (bad(codes) & ~absent)
        if doubtful := _unclear_codes(file, flag, bad):
            notes.append(f"values that {flag} calls {', '.join(doubtful)} are used")
    return found, tuple(notes)


def _bad_codes(file: NetCDF, flag: str) -> Rejects:
    """The test which flags call a value bad, by their meanings, else by their scheme.

    Without meanings that is: 3 and 4, probably bad and bad in most schemes, unless the scheme calls
    them good; in the World Ocean Database, any above 0.
    """
    if file.in_words(flag):
        return lambda flags: flags == text_flags.BAD
    words, values, bits = stated_meanings(file, flag)
    rejected = meaning_test(values, bits, [is_bad(word) for word in words]) if words else None
    if rejected is not None:
        return rejected
    good = good_codes(flag, set(), file.name)
    if good == WOD:
        return lambda flags: flags > 0
    return lambda flags: np.isin(flags, sorted(set(BAD) - good))


def _unclear_codes(file: NetCDF, flag: str, bad: Rejects) -> list[str]:
    """Meanings of flags that are neither good nor bad, or their codes if they have no meanings."""
    if file.in_words(flag):
        return []
    codes = np.unique(file.flags(flag))
    words, values, bits = stated_meanings(file, flag)
    if words and meaning_test(values, bits, [True] * len(words)) is not None:
        tests = {one: meaning_test(values, bits, [word == one for word in words])
                 for one in unclear(words)}  # fmt: skip
        return [word for word, test in tests.items() if test and test(codes[codes >= 0]).any()]
    known = bad(codes) | (codes < 0) | np.isin(codes, sorted(good_codes(flag, set(), file.name)))
    return [str(code) for code in codes[~known].tolist()]
