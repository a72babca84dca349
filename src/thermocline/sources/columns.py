"""What the columns of a table are: by their names, with a unit in brackets if there is one."""

import re
from dataclasses import dataclass, field

from thermocline.errors import BadFile, shown
from thermocline.sources.units import CONSERVATIVE, IN_SITU, POTENTIAL

ALIASES = {
    "latitude": {"latitude", "lat"},
    "longitude": {"longitude", "lon", "long"},
    "depth": {"depth", "depth_m", "deph"},
    "pressure": {"pressure", "pres", "sea_water_pressure", "ctdprs"},
    "temperature": {
        "temperature",
        "temp",
        "thetao",
        "potential_temperature",
        "sea_water_temperature",
        "sea_water_potential_temperature",
        "conservative_temperature",
        "sea_water_conservative_temperature",
        "ctdtmp",
    },
    "time": {"time", "date", "datetime", "juld"},
    "salinity": {"salinity", "so", "psal", "sea_water_salinity", "sea_water_practical_salinity"},
    "error": {"error", "temperature_error"},
    "platform": {"platform", "platform_number", "station"},
}
"""Names of each quantity, in small letters, with _ for spaces."""

KINDS = {
    "sea_water_temperature": IN_SITU,
    "ctdtmp": IN_SITU,
    "conservative_temperature": CONSERVATIVE,
    "sea_water_conservative_temperature": CONSERVATIVE,
}
"""Kinds of temperature that a name says; a temperature that says none is potential."""

WHOLE_ROW = {"", "position", "profile", "cast", "station", "sample", "bottle", "row", "record"}
WHOLE_ROW |= {"overall", "data", "observation", "measurement"}
"""What a column of flags is named after that rejects all of a row."""

FLAG_WORDS = {"flag", "flags", "quality", "qc", "qf", "qa", "qv"}
SCHEME_WORDS = {"w", "wod", "woce", "iquod", "odv", "argo", "seadatanet", "iode", "gtspp"}
FILLERS = {"of", "for", "code", "codes", "value", "values", "level", "levels", "control"}
"""Words of a column of flags that say nothing of which quantity it flags."""

ARGO = {1, 2, 5, 8}
WOCE = {2, 6}
WOD = {0}
LEVELS = {4, 5}
UNDISPUTED = {1, 2}
"""Codes that are good, or at least not bad, in the schemes of Argo, SeaDataNet and IODE."""
REJECTED = {3, 4, 9}
"""Codes that mean doubtful, bad and missing in every scheme."""


@dataclass
class FlagColumn:
    """A column of quality flags.

    Attributes:
        quantity: that it flags; "" for the whole row.
        title: as the table has it.
        index: of the column.
    """

    quantity: str
    title: str
    index: int


@dataclass
class Columns:
    """Indices of a table's columns by quantity.

    Attributes:
        index: of each quantity that the table has.
        units: in brackets behind the names; "" where there are none.
        kind: of temperature.
        flags: columns of quality flags of the quantities and of whole rows.
        unused: names of those that are not used.
    """

    index: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    kind: str = POTENTIAL
    flags: list[FlagColumn] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def find_columns(header: list[str], where: str) -> Columns:
    """Which quantity each column of a table holds.

    Raises:
        BadFile: for two columns of one quantity, none of a needed one, an anomaly.
    """
    found = Columns()
    for index, title in enumerate(header):
        if flagged_name(title) is not None:
            continue
        name, unit = _split(title)
        if re.match(r"(temp|temperature|thetao|sst)\w*_(anomaly|anom)$", name):
            raise BadFile(
                f"has the column {shown(repr(title.strip()))}, which are anomalies, "
                "not temperatures",
                where=where,
                fix="give temperatures, or rename the column if it is not to be used",
            )
        quantity = quantity_of(name)
        if quantity is None:
            found.unused.append(title.strip())
        elif quantity in found.index:
            raise BadFile(
                f"has two columns of {quantity}: "
                f"{shown(repr(header[found.index[quantity]].strip()))} and "
                f"{shown(repr(title.strip()))}",
                where=where,
                fix="keep the one that is meant",
            )
        else:
            found.index[quantity], found.units[quantity] = index, unit
            if quantity == "temperature":
                found.kind = KINDS.get(name.removesuffix("_adjusted"), POTENTIAL)
    _add_flags(found, header)
    _check_needed(found, where)
    return found


def flagged_name(title: str) -> str | None:
    """What a column of flags is named after, "" if nothing; None if it is no column of flags.

    The word for a flag may stand before or behind, apart or not: `TEMP_QC`, `QF temp`,
    `temp_WODflag`, `TempQuality`, `qctemp`.
    """
    words = _words(title)
    if not FLAG_WORDS & set(words):
        return None
    return "_".join(w for w in words if w not in FLAG_WORDS | SCHEME_WORDS | FILLERS)


def good_codes(title: str, codes: set[int], where: str) -> set[int]:
    """The codes of a column of flags that are good, by the scheme that its name says.

    `*_FLAG_W` are WOCE's, `*_WODflag` the World Ocean Database's, `QV:ODV` Ocean Data View's,
    `*_QC` those of Argo and SeaDataNet, `*quality_level` those of GHRSST. Others may hold only
    codes on which the schemes agree.

    Raises:
        BadFile: for codes whose meaning the name does not say.
    """
    words = set(_words(title))
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


def _add_flags(found: Columns, header: list[str]) -> None:
    """Add the columns of flags that flag a quantity or the whole row.

    Of several that are named after nothing, each flags the column before it, as Ocean Data View
    writes them: `Temperature,QF,Salinity,QF`.
    """
    stems = [flagged_name(title) for title in header]
    bare = [index for index, stem in enumerate(stems) if stem == ""]
    beside = len(bare) > 1 and all(index > 0 and stems[index - 1] is None for index in bare)
    for index, stem in enumerate(stems):
        if stem is None:
            continue
        quantity = "" if stem in WHOLE_ROW else quantity_of(stem)
        if stem == "" and beside:
            quantity = next((q for q, i in found.index.items() if i == index - 1), None)
        title = header[index].strip()
        if quantity is None:
            found.unused.append(title)
        else:
            found.flags.append(FlagColumn(quantity, title, index))


def _words(title: str) -> list[str]:
    """Words of a title in small letters, without a unit in brackets; `TempQC` is two."""
    plain = re.sub(r"[\[(].*?[\])]", " ", title)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).lower()
    return [part for word in re.split(r"[\W_]+", apart) if word for part in _parts(word)]


def _parts(word: str) -> tuple[str, ...]:
    """A word, or the two that are written as one: `wodflag`, `qctemp`."""
    known = lambda rest: rest in SCHEME_WORDS or quantity_of(rest) is not None
    for flag in FLAG_WORDS:
        if word.endswith(flag) and known(word.removesuffix(flag)):
            return word.removesuffix(flag), flag
        if word.startswith(flag) and known(word.removeprefix(flag)):
            return flag, word.removeprefix(flag)
    return (word,)


def quantity_of(name: str) -> str | None:
    """The quantity that a name in small letters means, adjusted or not."""
    plain = name.removesuffix("_adjusted")
    return next((quantity for quantity, names in ALIASES.items() if plain in names), None)


def _split(title: str) -> tuple[str, str]:
    """A column's name, in small letters with _ for spaces, and the unit behind it."""
    match = re.fullmatch(r"(.*?)\s*(?:[\[(](.*)[\])])?", title.strip().strip('"'))
    assert match is not None
    return re.sub(r"\s+", "_", match[1].strip().lower()), (match[2] or "").strip()


def _check_needed(found: Columns, where: str) -> None:
    missing = [name for name in ("latitude", "longitude") if name not in found.index]
    missing += ["depth"] if not {"depth", "pressure"} & set(found.index) else []
    missing += ["temperature"] if "temperature" not in found.index else []
    if missing:
        raise BadFile(
            f"has no column {', '.join(missing)}",
            where=where,
            fix="the first line must name latitude, longitude, depth and temperature",
        )
    parts = {"year", "month"} & {name.lower() for name in found.unused}
    if "time" not in found.index and "year" in parts:
        raise BadFile(
            "gives dates in parts (a column year), not as one date",
            where=where,
            fix="write them in one column: time, such as 2008-03-15",
        )
