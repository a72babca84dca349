"""The quality flags of a variable of casts: which variables they are.

They are found by CF's `ancillary_variables`, by their names (`TEMP_QC`, `temp_qc`, `QF_temp`,
`temperature_quality_flag`, `temperature_qc_agg`), or by their standard name.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.casts.flag_codes import rejection, stated
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.files.texts import is_spelled, rank_of
from thermocline.sources.flags.meanings import is_bad, is_good, meanings, unclear
from thermocline.sources.flags.schemes import (
    ABOUT,
    WHOLE_ROW,
    as_argo,
    flagged_name,
    quantity_of,
)
from thermocline.sources.flags.text import told, understood

POSITION = "position not flagged good"
PLACES = {
    POSITION: {"position", "pos", "location", "latitude", "longitude", "lat", "lon"},
    "date not flagged good": {"time", "juld", "date", "datetime"},
}
"""What a flag of a cast is named after, by the reason for which it rejects the cast."""


def flags_of(file: NetCDF, name: str) -> list[str]:
    """The flags of a variable's values: on its dimensions, or called `<name>_QC`."""
    name = file.variables.named(name) or name
    dims = file.variables[name].dimensions
    found = [flag for flag in _flags_on(file, dims) if _owner(file, flag, name) == name]
    plain = file.variables.named(f"{name}_QC")
    return found if plain is None or plain in found else [*found, plain]


def refuse_unclaimed(file: NetCDF, name: str) -> None:
    """Raise BadData for flags on the dimensions of a variable, or its casts, that are nobody's."""
    dims = file.variables[name].dimensions
    lost = [flag for flag in _flags_on(file, dims) if _owner(file, flag, name) is None]
    lost += [
        flag for flag in _flags_on(file, dims[:1])
        if not _reason(file, flag) and _owner(file, flag, name) is None
    ]  # fmt: skip
    if lost:
        raise BadData(
            f"has flags that are not understood: {shown(', '.join(lost))}",
            where=file.name,
            fix=f"name them in ancillary_variables of what they flag, such as {name}, or take "
            "them away",
        )


def rejected_casts(file: NetCDF, name: str) -> dict[str, NDArray[np.bool_]]:
    """Casts [n_prof] of the variable that flags of the casts reject, by reason."""
    count = file.variables[name].shape[0]
    result: dict[str, NDArray[np.bool_]] = {}
    for flag, found in file.variables.items():
        if rank_of(found) != 1 or found.shape[0] not in (1, count) or not _is_flag(file, flag):
            continue
        reason, given = _reason(file, flag), file.flags(flag)
        if not reason and _owner(file, flag, name) == name:
            reason = "profile not flagged good"
        if reason and (given >= 0).any():  # Argo's letters only sum up the flags of the levels
            rejects = rejection(file, flag, nominal=reason == POSITION)
            bad = np.broadcast_to(rejects(given), count)
            result[reason] = result.get(reason, np.zeros(count, bool)) | bad
    return result


def unclear_flags(file: NetCDF, name: str) -> tuple[str, ...]:
    """Notes of meanings of a variable's flags that nothing is known of, and of text that may be
    flags of it or its casts and says nothing: their values stay.
    """
    dims = file.variables[name].dimensions
    notes = [
        f"{text} is not used: it says neither good nor bad"
        for text, found in file.variables.items()
        if is_spelled(found) and found.dimensions[: rank_of(found)] in (dims, dims[:1])
        and _may_be_flag(file, text) and not _is_flag(file, text) and told(file.words(text))
    ]  # fmt: skip
    for flag in flags_of(file, name):
        words, values, bits = stated(file, flag)
        doubtful = unclear(words)
        if doubtful and not as_argo(words, values, bits):
            notes.append(f"values that {flag} calls {', '.join(doubtful)} are used")
    return tuple(notes)


def _is_flag(file: NetCDF, name: str) -> bool:
    """Whether a variable is one of flags; text is if it says so, or is called after a variable."""
    if not _may_be_flag(file, name) or not is_spelled(file.variables[name]):
        return _may_be_flag(file, name)
    name_of = flagged_name(name)
    if name_of is None or understood(file.words(name)):
        return True
    stem = _of_values(name_of)
    values = [n for n in file.variables if flagged_name(n) is None]
    quantity = quantity_of(stem)
    return stem not in WHOLE_ROW and (
        _namesake(stem, values) is not None
        or (quantity is not None and quantity in map(quantity_of, map(str.lower, values)))
    )


def _may_be_flag(file: NetCDF, name: str) -> bool:
    """Whether a variable is one of flags by its name or its meanings."""
    found = file.variables[name]
    if not is_spelled(found) and found.dtype.kind not in "iufS":
        return False
    stem = flagged_name(name)
    if stem is not None:
        return not (is_spelled(found) and ABOUT & set(stem.split("_")))
    words = meanings({"flag_meanings": file.attribute(name, "flag_meanings")})
    return any(is_bad(word) or is_good(word) for word in words)


def _flags_on(file: NetCDF, dims: tuple[str, ...]) -> list[str]:
    return [
        name for name, found in file.variables.items()
        if found.dimensions[: len(dims)] == dims and _is_flag(file, name)
        and (rank_of(found) == len(dims) or np.prod(found.shape[len(dims) :]) == 1)
    ]  # fmt: skip


def _reason(file: NetCDF, flag: str) -> str:
    """Why casts are rejected by a flag of their place or date; "" for any other."""
    stem = flagged_name(flag) or ""
    for reason, names in PLACES.items():
        if stem in names:
            return reason
        for other in file.variables:
            standard = file.attribute(other, "standard_name")
            if standard in names and flag.lower() in _ancillary(file, other):
                return reason
    return ""


def _ancillary(file: NetCDF, name: str) -> list[str]:
    return file.attribute(name, "ancillary_variables").lower().split()


def _owner(file: NetCDF, flag: str, wanted: str) -> str | None:
    """The variable that a flag belongs to; `wanted` if it may; None if nothing says which.

    "" for a quantity that is known, and that the file does not have.
    """
    values = [name for name in file.variables if not _is_flag(file, name)]
    claiming = [name for name in values if flag.lower() in _ancillary(file, name)]
    if claiming:
        return wanted if wanted in claiming else claiming[0]
    stem = flagged_name(flag)
    stem = _of_values(flag.lower() if stem is None else stem)
    named = _namesake(stem, values)
    if named is not None:
        return named
    standard = file.attribute(flag, "standard_name").split(" ")[0]
    if standard and standard == file.attribute(wanted, "standard_name"):
        return wanted
    quantity = quantity_of(stem)
    if stem in WHOLE_ROW or (quantity and quantity == quantity_of(wanted.lower())):
        return wanted
    alike = [n for n in values if (standard and standard == file.attribute(n, "standard_name"))
             or (quantity and quantity == quantity_of(n.lower()))]  # fmt: skip
    if alike:
        return alike[0]
    return "" if quantity else None


def _of_values(stem: str) -> str:
    """What flags are named after, without words for a whole cast before it."""
    words = stem.split("_")
    while len(words) > 1 and words[0] in WHOLE_ROW:
        words = words[1:]
    return "_".join(words)


def _namesake(stem: str, names: list[str]) -> str | None:
    """The variable that flags are named after; None if there is none."""
    fits = lambda name: (
        stem.replace("_", "") == name.lower().replace("_", "")
        or stem.startswith(f"{name.lower()}_")
    )
    return max(filter(fits, names), key=len, default=None)
