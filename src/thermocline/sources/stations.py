"""Ocean Data View's spreadsheets: a station's first row alone has its place, date and name."""

import pandas as pd

from thermocline.sources.column_names import split
from thermocline.sources.table_cells import NOTHING

HEADER = {"cruise", "station", "type"}
"""Columns of every such table."""
OF_STATION = ("latitude", "longitude", "time", "clock", "platform")


def is_spreadsheet(names: list[str]) -> bool:
    """Whether columns of these names are those of Ocean Data View."""
    return {split(name)[0] for name in names} >= HEADER


def filled_down(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows with the place, date and name of the row above where they have none of these, and how
    many such rows there are.
    """
    columns = [name for name in OF_STATION if name in table]
    said = ~table[columns].apply(lambda cells: cells.str.strip().str.lower().isin(NOTHING))
    alone = ~said.any(axis=1)
    first = table[columns].where(~alone, axis=0).ffill().fillna("")
    return table.assign(**{name: first[name] for name in columns}), int(alone.sum())
