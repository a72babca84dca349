"""What the columns of a table are: by their names, with a unit in brackets if there is one."""

import re
from dataclasses import dataclass, field

from thermocline.errors import BadFile
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

WHOLE_ROW = {"", "position", "profile", "sample", "row", "record", "overall"}
FLAG = re.compile(r"(?:^|(?<=[_ .:-]))(?:qc|qf|qa|qv|flags?|quality)(?:$|[_ .:-].*)")

ARGO = {1, 2, 5, 8}
WOCE = {2, 6}
WOD = {0}
UNDISPUTED = {1, 2}
"""Codes that are good, or at least not bad, in the schemes of Argo, SeaDataNet and IODE."""
REJECTED = {3, 4, 9}
"""Codes that mean doubtful, bad and missing in every scheme."""


@dataclass
class Columns:
    """Indices of a table's columns by quantity.

    Attributes:
        index: of each quantity that the table has.
        units: in brackets behind the names; "" where there are none.
        kind: of temperature.
        flags: quantity ("" for the whole row), name and index of each column of flags.
        unused: names of those that are not used.
    """

    index: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    kind: str = POTENTIAL
    flags: list[tuple[str, str, int]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def find_columns(header: list[str], where: str) -> Columns:
    """Which quantity each column of a table holds.

    Raises:
        BadFile: for two columns of one quantity, none of a needed one, an anomaly.
    """
    found = Columns()
    stems = []
    for index, title in enumerate(header):
        name, unit = _split(title)
        flag = FLAG.search(name)
        if flag is not None:
            stems.append((name[: flag.start()].strip("_ .:-"), name, index))
            continue
        if re.match(r"(temp|temperature|thetao|sst)\w*_(anomaly|anom)$", name):
            raise BadFile(
                f"has the column {title.strip()!r:.60}, which are anomalies, not temperatures",
                where=where,
                fix="give temperatures, or rename the column if it is not to be used",
            )
        quantity = quantity_of(name) or quantity_of(name.removesuffix("_adjusted"))
        if quantity is None:
            found.unused.append(title.strip())
        elif quantity in found.index:
            raise BadFile(
                f"has two columns of {quantity}: {header[found.index[quantity]].strip()!r:.40} and "
                f"{title.strip()!r:.40}",
                where=where,
                fix="keep the one that is meant",
            )
        else:
            found.index[quantity], found.units[quantity] = index, unit
            if quantity == "temperature":
                found.kind = KINDS.get(name, POTENTIAL)
    for stem, name, index in stems:
        quantity = quantity_of(stem) or ("" if stem in WHOLE_ROW else None)
        if quantity is None:
            found.unused.append(header[index].strip())
        else:
            found.flags.append((quantity, name, index))
    _check_needed(found, where)
    return found


def good_codes(name: str, codes: set[int], where: str) -> set[int]:
    """The codes of a column of flags that are good, by the scheme that its name says.

    `*_FLAG_W` are WOCE's, `*_WODflag` the World Ocean Database's, `*_QC` those of Argo and
    SeaDataNet. Others may hold only codes on which the schemes agree.

    Raises:
        BadFile: for codes whose meaning the name does not say.
    """
    if re.search(r"flag_w\b", name):
        return WOCE
    if "wod" in name and "flag" in name:
        return WOD
    if re.search(r"(^|[_ .:-])q[cv]($|[_ .:-])", name):
        return ARGO
    unclear = sorted(codes - UNDISPUTED - REJECTED)
    if unclear:
        raise BadFile(
            f"the column {name!r:.40} holds the flag {unclear[0]}, which is good in one scheme and "
            "bad in another",
            where=where,
            fix="name the column after its scheme: X_QC (Argo, SeaDataNet), X_FLAG_W (WOCE) or "
            "X_WODflag; or remove the bad rows and the column",
        )
    return UNDISPUTED


def quantity_of(name: str) -> str | None:
    """The quantity that a name in small letters means."""
    return next((quantity for quantity, names in ALIASES.items() if name in names), None)


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
