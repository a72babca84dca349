"""Finding the variable of a gridded file that is asked for, by standard name, then by name."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import xarray as xr

from thermocline.errors import BadData, BadFile, shown
from thermocline.sources.common.attributes import advice, derived
from thermocline.sources.common.temperature import (
    CONSERVATIVE,
    IN_SITU,
    KINDS,
    POTENTIAL,
    SKIN,
    SURFACE,
    refused,
    temperature_kind,
)

SEA_WATER = {POTENTIAL: 0, IN_SITU: 1, CONSERVATIVE: 2}
ACCEPTED = {
    "thetao": SEA_WATER,
    "tos": {SURFACE: 0, SKIN: 1, POTENTIAL: 2, IN_SITU: 2, CONSERVATIVE: 3},
}
"""Kinds of temperature that are read as a variable; the lowest number goes first."""

STANDARD_NAMES = {
    "thetao": tuple(name for name, kind in KINDS.items() if kind in SEA_WATER),
    "tos": tuple(name for name, kind in KINDS.items() if kind in (SURFACE, SKIN)),
    "so": ("sea_water_salinity", "sea_water_practical_salinity", "sea_surface_salinity"),
    "sos": ("sea_surface_salinity",),
    "zos": ("sea_surface_height_above_geoid",),
    "siconc": ("sea_ice_area_fraction",),
    "sithick": ("sea_ice_thickness",),
    "simass": ("sea_ice_amount",),
    "siu": ("sea_ice_x_velocity", "eastward_sea_ice_velocity"),
    "siv": ("sea_ice_y_velocity", "northward_sea_ice_velocity"),
}
ALIASES = {
    "thetao": ("thetao", "votemper", "ptm", "temp", "t_an", "to"),
    "tos": ("tos", "sst", "analysed_sst", "surface_temperature", "sea_surface_temperature"),
    "so": ("so", "vosaline", "salt", "psal", "sal", "s_an", "sos"),
    "sos": ("sos", "sss"),
    "zos": ("zos", "adt", "ssh", "sossheig"),
    "siconc": ("siconc", "sic", "ice_conc", "aice", "fice"),
    "sithick": ("sivol", "sithick", "sit", "cdr_sea_ice_thickness", "hice"),
    "siu": ("siu", "usi", "uice"),
    "siv": ("siv", "vsi", "vice"),
}
"""Names of a variable in providers' files, in any case; the first is preferred."""
RESULT = r"(?:cdr|analys[ie]s|analy[sz]ed)_"
"""Beginning of the name of a product's result, in a file that also has its input."""
NO_RESULT = (
    r"(?<![a-z])(?:err|errors?(?![ _](?:corrected|adjusted|free))|uncertaint(?:y|ies)|increments?|"
    r"std(?:dev|ev)?|standard[ _]deviations?|flags?|masks?|counts?)(?![a-z])"
)
"""Words of a name or long name that is about a result, and not the result itself."""
BESIDE = r"^(?:anc|ancillary|background|first_guess|clim|climatology|ref|reference)_|_(?:ref|anc)$"
"""Part of the name of other products' values, given for comparison."""


def find_variable(raw: xr.Dataset, variable: str, where: str) -> tuple[str, str]:
    """Name of the variable in the file, and its kind of temperature ("" if it is not one).

    A variable whose standard name fits is read, whatever its name. Of several, the order is: that
    with CMIP6's name, an adjusted one, potential before in situ, that with a known name, a
    product's result before its input. If no standard name fits, the first known name whose
    attributes do not contradict it is read.

    Raises:
        BadFile: if there is none, or several of equal rank.
        BadData: for another quantity under a known name, such as an anomaly.
    """
    aliases = ALIASES.get(variable, (variable,))
    rank = lambda name: next((k for k, a in enumerate(aliases) if a == name.lower()), len(aliases))
    known = sorted((str(n) for n in raw.variables if rank(str(n)) < len(aliases)), key=rank)
    kinds = ACCEPTED.get(variable)
    stated: dict[str, str] = {}
    for name, found in raw.variables.items():
        standard = str(found.attrs.get("standard_name", "")).strip().lower()
        if standard not in STANDARD_NAMES.get(variable, (standard,) if name == variable else ()):
            continue
        kind = _kind(found.attrs, variable)
        if kind in (kinds or ("",)):
            stated[str(name)] = kind
    chosen = _best(raw, stated, variable, where, rank, kinds or {}) if stated else None
    for name in [chosen] if chosen else known:
        kind = _kind(raw[name].attrs, variable)
        if kind and kind not in (kinds or ()):
            continue
        _refuse_text(raw.variables[name], name, where)
        if raw[name].dtype.kind not in "fiu":
            raise BadFile(f"{name} holds no numbers", where=where)
        if raw[name].size == 0:
            raise BadData(f"{name} has no values: {dict(raw[name].sizes)}", where=where)
        return name, kind
    if known:
        kind = _kind(raw[known[0]].attrs, variable)
        if kinds:
            raise refused(f"{kind}, by the attributes of {known[0]}", where, wanted=variable)
        raise BadData(
            f"{known[0]} is {kind}, by its attributes",
            where=where,
            fix=advice(kind, variable),
        )
    raise _absent(raw, variable, aliases, where)


def _refuse_text(found: xr.Variable, name: str, where: str) -> None:
    """Raise BadFile for a scale or offset that is text, with which xarray does not unpack."""
    for key in ("scale_factor", "add_offset"):
        if isinstance(said := found.encoding.get(key), str):
            raise BadFile(
                f"the {key} of {name} is text, {shown(repr(said))}, and not a number",
                where=where,
                fix=f"write {key} as a number",
            )


def _kind(attributes: Mapping[Any, Any], variable: str) -> str:
    """What a variable is by its attributes: a kind of temperature, or something else; or "".

    It is "" for a variable that is asked for by its name in the file, such as OISST's `err`.
    """
    if variable not in ALIASES:
        return ""
    if variable not in ACCEPTED:
        return derived(attributes)
    kind = temperature_kind(attributes)
    return kind if kind and kind not in ACCEPTED[variable] else derived(attributes) or kind


def _best(
    raw: xr.Dataset, stated: dict[str, str], variable: str, where: str, rank: Any, kinds: dict
) -> str:
    """The first, in the order of `find_variable`, of variables with a fitting standard name."""
    names = list(stated)
    for key in (
        lambda name: rank(name) > 0,
        lambda name: not re.search("adjusted|bias_corrected", name.lower()),
        lambda name: kinds.get(stated[name], 0),
        rank,
        lambda name: _place(name, str(raw[name].attrs.get("long_name", ""))),
        lambda name: -raw[name].ndim,
    ):
        names = [name for name in names if key(name) == min(map(key, names))]
    adjusted = (f"adjusted_{names[0]}", f"{names[0]}_adjusted", f"{names[0]}_bias_corrected")
    names = [name for name in adjusted if name in raw.variables and names[1:] == []] or names
    if len(names) == 1:
        return names[0]
    raise BadFile(
        f"several variables may be {variable}: {', '.join(names)}",
        where=where,
        fix=f"keep one of them, or name it {variable}",
    )


def _place(name: str, described: str) -> int:
    """0 for a product's result, 2 for values for comparison or about a result, 1 for others."""
    if re.match(RESULT, name.lower()):
        return 2 if re.search(NO_RESULT, f"{name} {described}".lower()) else 0
    return 2 if re.search(BESIDE, name.lower()) else 1


def _absent(raw: xr.Dataset, variable: str, aliases: Iterable[str], where: str) -> BadFile:
    standard = ", ".join(STANDARD_NAMES.get(variable, ()))
    looked = f"a variable with the standard name {standard}, or called " if standard else ""
    has = []
    for name in list(raw.data_vars)[:8]:
        said = str(raw[name].attrs.get("standard_name", ""))[:60]
        has.append(repr(str(name)[:40])[1:-1] + (f" ({shown(repr(said))})" if said else ""))
    return BadFile(
        f"has no variable {variable}",
        where=where,
        fix=f"expected {looked}one of {', '.join(aliases)}; the file has {', '.join(has)}",
    )
