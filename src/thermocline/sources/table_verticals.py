"""Columns of pressure or depth that are not those of the levels: of the air, or the sea floor."""

import pandas as pd

from thermocline.sources.column_names import split
from thermocline.sources.columns import Columns, leave
from thermocline.sources.table_cells import filled

AIR = {"hpa", "hectopascal", "hectopascals", "mbar", "mb", "millibar", "millibars"}
"""Units of the air's pressure; those of the sea are in dbar, or in Pa, by far the most."""
PLACE = ("latitude", "longitude", "time", "clock", "platform")


def leave_others(table: pd.DataFrame, columns: Columns) -> None:
    """Leave unused what is no vertical of the levels beside one that is.

    A pressure in hPa beside a depth is left, and DEPTH beside CTDPRS, as CCHDO has it, if it is
    the same at all levels of each cast.
    """
    if not {"depth", "pressure"} <= set(columns.index):
        return
    deep, pressed = filled(table, "depth"), filled(table, "pressure")
    names = {name: split(columns.titles[name])[0] for name in ("depth", "pressure")}
    if columns.units["pressure"].strip().lower() in AIR:
        if not (pressed & ~deep).any():
            leave(columns, "pressure")
    elif names == {"depth": "depth", "pressure": "ctdprs"} and not (deep & ~pressed).any():
        place = [table[name] for name in PLACE if name in table]
        different = table[["depth", "pressure"]].groupby(place).nunique()
        if (different["depth"] == 1).all() and (different["pressure"] > 1).any():
            title = leave(columns, "depth")
            columns.notes.append(f"{title} is taken for the depth of the sea floor")
