"""Which cells of a table say something."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NOTHING = {"", "nan", "na", "n/a", "#n/a", "<na>", "none", "null", "-", "--", "---"}
"""What stands for a missing value, in small letters."""


def filled(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Rows that say something in a column; none where there is no such column."""
    if name not in table:
        return np.zeros(len(table), dtype=bool)
    return ~table[name].str.strip().str.lower().isin(NOTHING).to_numpy()
