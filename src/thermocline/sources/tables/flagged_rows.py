"""Which rows of a table its quality flags reject."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thermocline.errors import BadFile, shown
from thermocline.sources.flags.schemes import good_codes
from thermocline.sources.tables.column_choice import has_weak_salinity
from thermocline.sources.tables.columns import Columns
from thermocline.sources.tables.text import NOTHING


def rejected_rows(
    table: pd.DataFrame, columns: Columns, needed: NDArray[np.bool_], where: str
) -> dict[str, NDArray[np.bool_]]:
    """Rows [n_row] whose `temperature`, and rows whose `salinity`, a flag rejects.

    A flag of anything else, such as the depth or the whole row, rejects both.

    Args:
        needed: rows whose flags must be understood; in others, unknown flags reject.

    Raises:
        BadFile: for flags that are not numbers, or whose scheme is not known.
    """
    result = {name: np.zeros(len(table), dtype=bool) for name in ("temperature", "salinity")}
    weak = has_weak_salinity(columns.titles)
    for flag in columns.flags:
        strict = needed & (flag.quantity != "salinity" or not weak)
        text = table[flag.index].str.strip()
        codes = pd.to_numeric(text, errors="coerce").to_numpy(float)
        empty = text.str.lower().isin(NOTHING).to_numpy()
        odd = np.flatnonzero(
            strict & ~empty & ~((codes == np.floor(codes)) & (np.abs(codes) < 100))
        )
        if odd.size:
            raise BadFile(
                f"the flag {shown(repr(flag.title))} in line {table.index[odd[0]]} is not a "
                "number of a scheme",
                where=where,
                fix="give flags as numbers (Argo's in X_QC, WOCE's in X_FLAG_W), or remove the bad "
                "rows and the column",
            )
        # SeaDataNet writes the ASCII codes of digits.
        codes = np.where((codes >= 48) & (codes <= 57), codes - 48, codes)
        accepted = good_codes(flag.title, {int(code) for code in codes[strict & ~empty]}, where)
        rejects = ~np.isin(codes, list(accepted))
        for name in (flag.quantity,) if flag.quantity in result else result:
            result[name] |= rejects
    return result
