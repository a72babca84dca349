"""A store of fine SST as the table of statistics that Great Expectations is given."""

import numpy as np
import pandas as pd

from thermocline.ocean.blocks import block_mean
from thermocline.prepare.sst_store import SstStore
from thermocline.prepare.table import Tally

DEPARTURE = "tos_departure"
"""Coarse value minus block mean of the fine field, over its stated error."""


def sst_table(store: SstStore) -> pd.DataFrame:
    """Fine and coarse temperatures and their scaled difference, by split, box and member.

    Columns are those of the other tables; `departure_mean` and `departure_std` are of all
    departures of a row's split, box and member, NaN in rows of other variables.
    """
    tallies: dict[tuple[str, str, str], list[Tally]] = {}
    areas = {box: grid.cell_area() for box, grid in store.grids.items()}
    for split, day, (problem, truth) in store.states():
        key = (split, day.box, day.member)
        if key not in tallies:
            tallies[key] = _tallies(store, *key)
        mean = block_mean(truth, areas[day.box], store.factor)
        departure = (problem.value - mean) / problem.s_y
        year, month = (int(part) for part in str(day.date).split("-")[:2])
        for tally, values in zip(tallies[key], (truth, problem.value, departure), strict=True):
            tally.add([(year, month)], values[None, None])
    rows = [row for group in tallies.values() for tally in group for row in tally.rows()]
    table = pd.DataFrame(rows)
    spread = _spread(table[table.variable == DEPARTURE])
    return table.join(spread, on=["file", "variable"])


def _tallies(store: SstStore, split: str, box: str, member: str) -> list[Tally]:
    """Of fine temperatures, coarse ones and departures."""
    grid, place = store.grids[box], f"[{split}, {box}, {member}]"
    common = {
        "latitude_min": float(grid.latitude[0]),
        "latitude_max": float(grid.latitude[-1]),
        "longitude_min": float(grid.longitude[0]),
        "longitude_max": float(grid.longitude[-1]),
    }
    kinds = (("fine", "tos", "degree_Celsius"), ("coarse", "tos", "degree_Celsius"))
    return [
        Tally(f"{store.path.name}: {kind} {place}", variable, unit, np.zeros(1), common)
        for kind, variable, unit in (*kinds, ("coarse", DEPARTURE, "1"))
    ]


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation of the departures of each file, over its months."""
    n = rows["count"]
    sums = pd.DataFrame(
        {
            "file": rows.file,
            "variable": rows.variable,
            "n": n,
            "s": n * rows["mean"],
            "q": n * (rows["std"] ** 2 + rows["mean"] ** 2),
        }
    )
    sums = sums.groupby(["file", "variable"]).sum()
    mean = sums.s / sums.n
    deviation = np.sqrt(np.maximum(sums.q / sums.n - mean**2, 0))
    return pd.DataFrame({"departure_mean": mean, "departure_std": deviation})
