"""The numbers of a table, converted to our units, and the bounds of possible values."""

import re
from contextlib import suppress

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thermocline.errors import BadData, BadObservations
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.casts.vertical import MAX_DEPTH
from thermocline.sources.common import units
from thermocline.sources.common.salinity import practical
from thermocline.sources.tables.text import filled

UNITS = {"depth": "m", "pressure": "dbar", "temperature": "degC"}
BOUNDS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-360.0, 360.0),
    "depth": (0.0, MAX_DEPTH),
    "pressure": (0.0, MAX_DEPTH),
    "temperature": (VARIABLES["thetao"].lower, VARIABLES["thetao"].upper),
    "salinity": (VARIABLES["so"].lower, VARIABLES["so"].upper),
    "error": (0.0, 20.0),
}


def numbers(
    table: pd.DataFrame,
    name: str,
    unit: str,
    needed: NDArray[np.bool_],
    optional: bool,
    where: str,
) -> NDArray[np.float64]:
    """The values of a column [n_row]; NaN where they are missing or impossible, but not needed.

    Args:
        needed: rows that must have a possible value.
        optional: whether a missing value is allowed in these rows, too.

    Raises:
        BadObservations: for a value that is needed and is missing or impossible.
        BadData: for a unit of another quantity.
    """
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
    to = UNITS.get(name, "degC" if name == "error" else "degrees")
    if unit and name == "error":
        scale, _ = units.linear(unit, to, where=where, what=name)
        values = values * scale
    elif unit and name in ("latitude", "longitude"):
        values = units.degrees(values, unit, axis=name, where=where)
    elif name == "salinity":
        values = _salinities(values, unit, needed, where)
    elif unit:
        values = units.convert(values, unit, to, where=where, what=name)
    low, high = BOUNDS[name]
    with np.errstate(invalid="ignore"):
        possible = (values >= low) & (values <= high)
    wrong = needed & ~possible
    if optional:
        wrong &= filled(table, name)
    rows = np.flatnonzero(wrong)
    if rows.size:
        first, fix = values[rows[0]], f"correct or remove the {rows.size} row(s) concerned"
        hint = " (kelvin?)" if name == "temperature" and first > 200 else ""
        if name == "temperature" and not unit and first > high:
            other = "K" if first > 200 else "degF"
            fix = f"if they are not °C, say so in the header: `temperature ({other})`; else {fix}"
        if name == "depth" and (values[rows] < 0).all():
            fix = f"depths are positive down: leave out the minus, if it means that; else {fix}"
        if re.fullmatch(r"\s*[+-]?\d+,\d+\s*", table[name].iloc[rows[0]]):
            hint = " (a decimal comma, where a point is read)"
        raise BadObservations(
            f"{name}{hint} in line {table.index[rows[0]]} is not a number "
            f"between {low:g} and {high:g}",
            where=where,
            fix=fix,
        )
    return np.where(possible, values, np.nan)


def _salinities(
    values: NDArray[np.float64], unit: str, needed: NDArray[np.bool_], where: str
) -> NDArray[np.float64]:
    """Practical salinities; if those that are not needed are impossible, they become NaN."""
    found = np.full(values.shape, np.nan)
    if needed.any():
        found[needed] = practical(values[needed], unit, where=where, what="salinity")
    with suppress(BadData):
        found[~needed] = practical(values[~needed], unit, where=where, what="salinity")
    return found
