"""A store as a table of statistics by split, series, variable, depth and calendar month.

It is the table that Great Expectations is given; samples are read one at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thermocline.prepare.sample import Group, Sample
from thermocline.prepare.split import SPLITS, Split
from thermocline.prepare.store import Store
from thermocline.prepare.table import ascending, bounds_at, positions
from thermocline.prepare.tally import Tally


@dataclass(frozen=True)
class Standardised:
    """A quantity made of samples that should have mean 0 and variance 1.

    Attributes:
        name: what it is called, such as `tos_departure`.
        field: the field that it is shaped like; only groups with that field have it.
        values: of a sample, NaN where there is none.
        bounds: of each value.
        mean, std: bounds of these, over all values of a group's split at a depth.
        splits: in which mean and standard deviation are asked for.
    """

    name: str
    field: str
    values: Callable[[Sample], NDArray]
    bounds: tuple[float, float]
    mean: tuple[float, float]
    std: tuple[float, float]
    splits: tuple[Split, ...] = SPLITS


def store_table(store: Store, standardised: Sequence[Standardised] = ()) -> pd.DataFrame:
    """The table of a store: its fields, and what else is made of its samples, by split and series.

    Of fields with statistics, normalised anomalies are among it.
    """
    standardised = [*anomalies(store), *standardised]
    tallies: dict[tuple[str, str, str], Tally] = {}
    places = {
        (name, field): positions(*layout.grid.centres())
        for name, group in store.groups.items()
        for field, layout in group.fields.items()
    }
    for sample in store.samples():
        fields = sample.group.fields
        made: list[tuple[str, NDArray, Standardised | None]] = [
            (field, values, None) for field, values in sample.fields.items()
        ]
        made += [(each.field, each.values(sample), each) for each in standardised
                 if each.field in fields]  # fmt: skip
        for field, values, extra in made:
            key = (sample.split, sample.series, extra.name if extra else field)
            if key not in tallies:
                place = places[sample.group.name, field]
                tallies[key] = _tally(store, sample, field, extra, place)
            levels = values if fields[field].depth is not None else values[None]
            tallies[key].add([sample.serial], levels[None])
    table = pd.DataFrame([row for tally in tallies.values() for row in tally.rows()])
    if not standardised:
        return table
    return table.join(_pooled(table), on=["pool", "variable", "depth"])


def anomalies(store: Store) -> list[Standardised]:
    """Normalised anomalies of the fields that have statistics."""
    names = dict.fromkeys(field for _, field in store.climates)
    return [_anomaly(store, field) for field in names]


def _anomaly(store: Store, field: str) -> Standardised:
    def values(sample: Sample) -> NDArray:
        statistics = store.climates[sample.group.name, field]
        anomaly = statistics.normalise(sample.fields[field], sample.month)
        anomaly[~statistics.ocean] = np.nan
        return anomaly

    return Standardised(
        f"{field}_anomaly", field, values, (-40, 40), (-1e-2, 1e-2), (0.05, 1.5), ("train",)
    )


def _tally(
    store: Store, sample: Sample, field: str, extra: Standardised | None, place: dict[str, Any]
) -> Tally:
    """The tally of a sample's series: of a field, or of what is shaped like it."""
    group: Group = sample.group
    layout = group.fields[field]
    depth = layout.levels
    kind = f": {field}" if len(group.fields) > 1 else ""
    common: dict[str, Any] = {
        "file": f"{store.path.name}{kind} [{sample.split}, {sample.series}]",
        "variable": layout.variable.name,
        "unit": layout.variable.units,
        "expected_unit": layout.variable.units,
        **place,
        "depth_ascending": ascending(depth),
        "pool": "",
    }
    if extra is None:
        return Tally(common, depth, bounds_at(layout.variable, depth), group.continuous)
    common |= {"variable": extra.name, "unit": "1", "expected_unit": "1"}
    if sample.split in extra.splits:
        common["pool"] = f"{sample.split} {group.name}"
        common |= {"mean_lower": extra.mean[0], "mean_upper": extra.mean[1]}
        common |= {"std_lower": extra.std[0], "std_upper": extra.std[1]}
    return Tally(common, depth, np.array([extra.bounds] * depth.size), group.continuous)


def _pooled(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over the series and months of a pool, by depth."""
    rows = table[(table.pool != "") & (table["count"] > 0)]
    n = rows["count"]
    sums = rows[["pool", "variable", "depth"]].assign(
        n=n, s=n * rows["mean"], q=n * (rows["std"].fillna(0) ** 2 + rows["mean"] ** 2)
    )
    sums = sums.groupby(["pool", "variable", "depth"]).sum()
    mean = sums.s / sums.n
    spread = np.sqrt(np.maximum(sums.q / sums.n - mean**2, 0))
    return pd.DataFrame({"pooled_mean": mean, "pooled_std": spread})
