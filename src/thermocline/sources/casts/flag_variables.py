"""Finding the variables that are the quality flags of a variable of casts.

They are known by CF's `ancillary_variables`, by their names (`TEMP_QC`, `temp_qc`, `QF_temp`,
`temperature_quality_flag`, `temperature_qc_agg`), or by their standard name.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.casts.flag_codes import rejection, stated_meanings
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.files.texts import is_stored_text, rank_of
from thermocline.sources.flags.meanings import is_bad, is_good, meanings, unclear
from thermocline.sources.flags.schemes import (
    ABOUT,
    WHOLE_ROW,
    as_argo,
    flagged_name,
    quantity_of,
)
from thermocline.sources.flags.text import any_stated, understood

POSITION = "position not flagged good"
PLACES = {
    POSITION: {"position", "pos", "location", "latitude", "longitude", "lat", "lon"},
    "date not flagged good": {"time", "juld", "date", "datetime"},
}
"""Words in the name of a flag of casts, by the reason for which it rejects a cast."""


def flags_of(file: NetCDF, name: str) -> list[str]:
    """Names of the flags of a variable: those on its dimensions, and `<name>_QC`."""
    name = file.variables.named(name) or name
    dims = file.variables[name].dimensions
    found = [flag for flag in _flags_on(file, dims) if _owner(file, flag, name) == name]
    plain = file.variables.named(f"{name}_QC")
    return found if plain is None or plain in found else [*found, plain]


def refuse_unclaimed(file: NetCDF, name: str) -> None:
    """Raise BadData for flags of the levels or casts of a variable that belong to no variable."""
    dims = file.variables[name].dimensions
    lost = [flag for flag in _flags_on(file, dims) if _owner(file, flag, name) is None]
    lost += [
        flag for flag in _flags_on(file, dims[:1])
        if not _reason(file, flag) and _owner(file, flag, name) is None
    ]  # fmt: skip
    if lost:
        raise BadData(
            f"has flags that belong to no known variable: {shown(', '.join(lost))}",
            where=file.name,
            fix=f"list them in ancillary_variables of the variable that they flag, such as {name}, "
            "or remove them",
        )


def rejected_casts(file: NetCDF, name: str) -> dict[str, NDArray[np.bool_]]:
    """Casts [n_prof] of a variable that their own flags reject, by reason."""
    count = file.variables[name].shape[0]
    result: dict[str, NDArray[np.bool_]] = {}
    for flag, found in file.variables.items():
        if rank_of(found) != 1 or found.shape[0] not in (1, count) or not _is_flag(file, flag):
            continue
        reason, given = _reason(file, flag), file.flags(flag)
        if not reason and _owner(file, flag, name) == name:
            reason = "profile not flagged good"
        if reason and (given >= 0).any():  # Argo's letters only summarise the flags of the levels
            rejects = rejection(file, flag, nominal=reason == POSITION)
            bad = np.broadcast_to(rejects(given), count)
            result[reason] = result.get(reason, np.zeros(count, bool)) | bad
    return result


def unclear_flags(file: NetCDF, name: str) -> tuple[str, ...]:
    """Notes on flags of a variable that are not understood: their values are used.

    They are unknown meanings, and text that may be flags of its levels or casts.
    """
    dims = file.variables[name].dimensions
    notes = [
        f"{text} is not used: it says neither good nor bad"
        for text, found in file.variables.items()
        if is_stored_text(found) and found.dimensions[: rank_of(found)] in (dims, dims[:1])
        and _may_be_flag(file, text) and not _is_flag(file, text) and any_stated(file.words(text))
    ]  # fmt: skip
    for flag in flags_of(file, name):
        words, values, bits = stated_meanings(file, flag)
        doubtful = unclear(words)
        if doubtful and not as_argo(words, values, bits):
            notes.append(f"values that {flag} calls {', '.join(doubtful)} are used")
    return tuple(notes)


def _is_flag(file: NetCDF, name: str) -> bool:
    """Whether a variable holds flags."""
    if file.flags_among is None:
        file.flags_among = frozenset(n for n in file.variables if _holds_flags(file, n))
    return name in file.flags_among


def _holds_flags(file: NetCDF, name: str) -> bool:
    """Whether a variable holds flags, found from its attributes and texts.

    Text does if it has known words, or is named after a variable of the file.
    """
    if not _may_be_flag(file, name) or not is_stored_text(file.variables[name]):
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
    """Whether a variable may hold flags, by its name or its meanings."""
    found = file.variables[name]
    if not is_stored_text(found) and found.dtype.kind not in "iufS":
        return False
    stem = flagged_name(name)
    if stem is not None:
        return not (is_stored_text(found) and ABOUT & set(stem.split("_")))
    words = meanings({"flag_meanings": file.attribute(name, "flag_meanings")})
    return any(is_bad(word) or is_good(word) for word in words)


def _flags_on(file: NetCDF, dims: tuple[str, ...]) -> list[str]:
    return [
        name for name, found in file.variables.items()
        if found.dimensions[: len(dims)] == dims and _is_flag(file, name)
        and (rank_of(found) == len(dims) or np.prod(found.shape[len(dims) :]) == 1)
    ]  # fmt: skip


def _reason(file: NetCDF, flag: str) -> str:
    """Why a flag of the position or date of casts rejects them; "" for any other flag."""
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
    """The variable that a flag belongs to: `wanted` if possible; None if it belongs to none.

    "" if it is named after a known quantity that the file does not have.
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
    """The name after which flags are named, without leading words for a whole cast."""
    words = stem.split("_")
    while len(words) > 1 and words[0] in WHOLE_ROW:
        words = words[1:]
    return "_".join(words)


def _namesake(stem: str, names: list[str]) -> str | None:
    """The variable after which flags are named; None if there is none."""
    fits = lambda name: (
        stem.replace("_", "") == name.lower().replace("_", "")
        or stem.startswith(f"{name.lower()}_")
    )
    return max(filter(fits, names), key=len, default=None)
