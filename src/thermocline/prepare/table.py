"""Raw files and stores as a table of statistics by file × variable × depth × calendar month.

Great Expectations knows tables, not N-dimensional arrays: this is the table it is given. Data
are read once, a few time steps at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.variables import CELSIUS, Variable
from thermocline.prepare.blocks import block_values, time_blocks
from thermocline.prepare.dates import require_dates
from thermocline.prepare.sample import Group, Sample
from thermocline.prepare.split import SPLITS, Split
from thermocline.prepare.store import Store
from thermocline.prepare.tally import Tally

BANDS = np.array([0.0, 10, 50, 100, 200, 500, 1000, 2000])
"""Upper edges of the depths, in metres, that measurements of profiles are counted at."""


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


def field_table(
    dataset: xr.Dataset, file: str, variable: Variable, continuous: bool = True
) -> pd.DataFrame:
    """The table of one canonical field (time, depth, latitude, longitude), rectilinear or not.

    Raises:
        BadData: if a time is no date.
    """
    require_dates(dataset, file)
    data = dataset[variable.name].transpose("time", "depth", ...)
    depth = dataset["depth"].values
    common = {
        "file": file,
        "variable": variable.name,
        "unit": _unit(data),
        "expected_unit": variable.units,
        **_axes(dataset["latitude"].values, dataset["longitude"].values),
        "depth_ascending": _ascending(depth),
    }
    tally = Tally(common, depth, _bounds(variable, depth), continuous)
    times = dataset["time"].dt
    stamps = (12 * times.year + times.month - 1).values.tolist()
    for part in time_blocks(data):
        tally.add(stamps[part], block_values(data, part))
    return pd.DataFrame(tally.rows())


def profile_table(profiles: xr.Dataset, file: str, variable: Variable) -> pd.DataFrame:
    """The table of canonical profiles: measurements by the band of depths that they lie in.

    Raises:
        BadData: if there is no measurement, or a profile without a date.
    """
    value, depth = profiles[variable.name].values, profiles["depth"].values
    good = np.isfinite(value) & np.isfinite(depth)
    if not good.any():
        raise BadData(
            f"has no usable profile: every {variable.name} is missing, impossible or not flagged "
            "good",
            where=file,
            fix="give a file with measurements of good quality, or take it out of the data",
        )
    require_dates(profiles, file)
    months = profiles["time"].dt.month.values
    band = np.searchsorted(BANDS, np.where(good, depth, 0), side="right") - 1
    common = {
        "file": file,
        "variable": variable.name,
        "unit": _unit(profiles[variable.name]),
        "expected_unit": variable.units,
        **_positions(profiles["latitude"].values, profiles["longitude"].values),
    }
    rows = []
    for month in np.unique(months):
        for number, (upper_edge, bounds) in enumerate(
            zip(BANDS, _bounds(variable, BANDS), strict=True)
        ):
            here = value[good & (band == number) & (months == month)[:, None]].astype(np.float64)
            if here.size:
                row = {"depth": upper_edge, "month": int(month), "count": here.size}
                row |= {"lower": bounds[0], "upper": bounds[1]}
                row |= {"minimum": here.min(), "maximum": here.max(), "mean": here.mean()}
                rows.append(common | row)
    return pd.DataFrame(rows)


def store_table(store: Store, standardised: Sequence[Standardised] = ()) -> pd.DataFrame:
    """The table of a store: its fields, and what else is made of its samples, by split and series.

    Of fields with statistics, normalised anomalies are among it.
    """
    standardised = [*anomalies(store), *standardised]
    tallies: dict[tuple[str, str, str], Tally] = {}
    places = {
        (name, field): _positions(*layout.grid.centres())
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
        "depth_ascending": _ascending(depth),
        "pool": "",
    }
    if extra is None:
        return Tally(common, depth, _bounds(layout.variable, depth), group.continuous)
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


def _bounds(variable: Variable, depth: NDArray) -> NDArray:
    return np.array([variable.bounds(float(each)) for each in depth])


def _unit(data: xr.DataArray) -> str:
    unit = str(data.attrs.get("units", ""))
    return "degree_Celsius" if unit.lower() in CELSIUS else unit


def _ascending(values: NDArray) -> bool:
    return bool(np.all(np.diff(values) > 0))


def _axes(latitude: NDArray, longitude: NDArray) -> dict[str, Any]:
    """Of a grid: its extent, and whether its axes ascend, if it has any."""
    ascending = {"latitude_ascending": _ascending(latitude)} if latitude.ndim == 1 else {}
    if longitude.ndim == 1:
        ascending["longitude_ascending"] = _ascending(longitude)
    return _positions(latitude, longitude) | ascending


def _positions(latitude: NDArray, longitude: NDArray) -> dict[str, Any]:
    return {
        "latitude_min": float(np.nanmin(latitude)),
        "latitude_max": float(np.nanmax(latitude)),
        "longitude_min": float(np.nanmin(longitude)),
        "longitude_max": float(np.nanmax(longitude)),
    }
