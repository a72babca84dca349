"""The flags of a depth or a pressure that all casts share: only what they call bad drops a level.

What they say nothing of is used, as EN4's depths are: 0 is not checked, 7 a nominal depth.
"""

import numpy as np

from thermocline.sources.casts.flag_codes import Flagged, stated
from thermocline.sources.casts.flag_variables import flags_of
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.flags import text as text_flags
from thermocline.sources.flags.meanings import having, is_bad, unclear
from thermocline.sources.flags.schemes import BAD, MISSING, WOD, good_codes


def coordinate(file: NetCDF, name: str, unit: str) -> tuple[Quantity, tuple[str, ...]]:
    """A coordinate of the levels in a unit, and notes of its flags that are neither good nor bad.

    Args:
        unit: also where the file states none.
    """
    found, notes = file.quantity(name, unit, unit), []
    for flag in flags_of(file, name):
        bad, codes = _condemned(file, flag), file.flags(flag)
        absent = np.isnan(found.values) & np.isin(codes, MISSING)
        found.flagged = found.flagged | (bad(codes) & ~absent)
        told = _unjudged(file, flag, bad)
        notes += [f"values that {flag} calls {', '.join(told)} are used"] if told else []
    return found, tuple(notes)


def _condemned(file: NetCDF, flag: str) -> Flagged:
    """Which codes of a flag variable call a value bad: by its meanings, else by its name.

    Without either 3 and 4, which are probably bad and bad in most schemes.
    """
    if file.in_words(flag):
        return lambda flags: flags == text_flags.BAD
    words, values, bits = stated(file, flag)
    rejected = having(values, bits, [is_bad(word) for word in words]) if words else None
    if rejected is not None:
        return rejected
    good = good_codes(flag, set(), file.name)
    if good == WOD:
        return lambda flags: flags > 0
    return lambda flags: np.isin(flags, sorted(set(BAD) - good))


def _unjudged(file: NetCDF, flag: str, bad: Flagged) -> list[str]:
    """What flags say that is neither good nor bad: words, or codes if they have none."""
    if file.in_words(flag):
        return []
    codes = np.unique(file.flags(flag))
    words, values, bits = stated(file, flag)
    if words and having(values, bits, [True] * len(words)) is not None:
        tests = {one: having(values, bits, [word == one for word in words])
                 for one in unclear(words)}  # fmt: skip
        return [word for word, test in tests.items() if test and test(codes[codes >= 0]).any()]
    known = bad(codes) | (codes < 0) | np.isin(codes, sorted(good_codes(flag, set(), file.name)))
    return [str(code) for code in codes[~known].tolist()]
