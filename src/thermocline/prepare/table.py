"""Datasets as a table of statistics by file × variable × depth × calendar month.

Great Expectations knows tables, not N-dimensional arrays: this is the table it is given. Data
are read once, a few time steps at a time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from thermocline.ocean.variables import CELSIUS, VARIABLES
from thermocline.prepare.blocks import time_blocks
from thermocline.prepare.store import Store


def bounds_at(variable: str, depth: float) -> tuple[float, float]:
    """What a variable may be at a depth (m). The warmest deep water is the Red Sea's, 22 °C."""
    if variable == "thetao_anomaly":  # standard deviations
        return -40.0, 40.0
    known = VARIABLES.get(variable)
    if known is None:
        return -np.inf, np.inf
    if variable != "thetao":
        return known.lower, known.upper
    return known.lower, float(np.interp(depth, [0, 100, 500, 1000, 2000], [40, 36, 30, 26, 24]))


@dataclass
class Tally:
    """Running statistics of one variable by depth [C] and calendar month."""

    file: str
    variable: str
    unit: str
    depth: NDArray
    common: dict[str, Any]
    stamps: list[tuple[int, int]] = field(default_factory=list)
    parts: list[dict[str, NDArray]] = field(default_factory=list)

    def add(self, stamps: list[tuple[int, int]], block: NDArray) -> None:
        """Add steps [T, C, ...] with their (year, month)."""
        valid = np.isfinite(block)
        axes = tuple(range(2, block.ndim))
        filled = np.where(valid, block, 0).astype(np.float64)
        self.stamps += stamps
        self.parts.append(
            {
                "count": valid.sum(axes),
                "total": filled.sum(axes),
                "squares": (filled**2).sum(axes),
                "minimum": np.where(valid, block, np.inf).min(axes),
                "maximum": np.where(valid, block, -np.inf).max(axes),
                "fill": valid.mean(axes),
            }
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row per depth and calendar month seen."""
        all_ = {name: np.concatenate([p[name] for p in self.parts]) for name in self.parts[0]}
        years, months = np.array(self.stamps).T
        usual = np.median(all_["fill"], axis=0)
        steps = np.diff(years * 12 + months)
        common = self.common | {
            "time_gaps": int((steps > 1).sum()),
            "time_ascending": bool((steps > 0).all()),
        }
        rows = []
        for level, depth in enumerate(self.depth):
            lower, upper = bounds_at(self.variable, float(depth))
            for month in np.unique(months):
                here = months == month
                part = {name: values[here, level] for name, values in all_.items()}
                empty = np.flatnonzero(part["count"] == 0)
                rows.append(
                    {
                        "file": self.file,
                        "variable": self.variable,
                        "depth": float(depth),
                        "month": int(month),
                        "unit": self.unit,
                        "steps": int(here.sum()),
                        "lower": lower,
                        "upper": upper,
                        **_moments(part),
                        "fill_fraction": float(part["fill"].mean()),
                        "fill_change": float(np.abs(part["fill"] - usual[level]).max()),
                        "empty_steps": int(empty.size),
                        "first_empty": f"{years[here][empty[0]]}-{month:02d}" if empty.size else "",
                        **common,
                    }
                )
        return rows


def _moments(part: dict[str, NDArray]) -> dict[str, Any]:
    count = int(part["count"].sum())
    if count == 0:
        return {"count": 0} | dict.fromkeys(("minimum", "maximum", "mean", "std"), np.nan)
    mean = part["total"].sum() / count
    variance = max(part["squares"].sum() / count - mean**2, 0.0)
    return {
        "count": count,
        "minimum": float(part["minimum"].min()),
        "maximum": float(part["maximum"].max()),
        "mean": float(mean),
        "std": float(np.sqrt(variance)) if count > 1 else np.nan,
    }


def field_table(dataset: xr.Dataset, file: str, variable: str = "thetao") -> pd.DataFrame:
    """The table of one canonical field (time, depth, latitude, longitude), rectilinear or not."""
    data = dataset[variable].transpose("time", "depth", ...)
    latitude, longitude = dataset["latitude"].values, dataset["longitude"].values
    common = _positions(latitude, longitude) | {
        "depth_ascending": _ascending(dataset["depth"].values),
        "latitude_ascending": latitude.ndim > 1 or _ascending(latitude),
        "longitude_ascending": longitude.ndim > 1 or _ascending(longitude),
    }
    tally = Tally(file, variable, _unit(data), dataset["depth"].values, common)
    times = dataset["time"].dt
    stamps = [(int(y), int(m)) for y, m in zip(times.year.values, times.month.values, strict=True)]
    for part in time_blocks(data):
        tally.add(stamps[part], data.isel(time=part).values)
    return pd.DataFrame(tally.rows())


def store_table(store: Store) -> pd.DataFrame:
    """The table of a training store: temperatures and normalised anomalies by split and member."""
    common = _positions(store.grid.latitude, store.grid.longitude) | {
        "depth_ascending": _ascending(store.depth),
        "latitude_ascending": _ascending(store.grid.latitude),
        "longitude_ascending": _ascending(store.grid.longitude),
    }
    tallies: dict[tuple[str, str], tuple[Tally, Tally]] = {}
    statistics = store.statistics
    for split, samples, block in store.blocks():
        for sample, celsius in zip(samples, block, strict=True):
            key = (split, sample.member)
            if key not in tallies:
                name = f"{store.path.name} [{split}, {sample.member}]"
                tallies[key] = (
                    Tally(name, "thetao", "degree_Celsius", store.depth, common),
                    Tally(name, "thetao_anomaly", "1", store.depth, common),
                )
            anomaly = statistics.normalise(celsius, sample.month)
            anomaly[~statistics.ocean] = np.nan
            for tally, values in zip(tallies[key], (celsius, anomaly), strict=True):
                tally.add([(sample.year, sample.month)], values[None])
    table = pd.DataFrame(
        [row for pair in tallies.values() for tally in pair for row in tally.rows()]
    )
    return table.join(_training_spread(table), on=["variable", "depth"])


def _training_spread(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of the training anomalies by depth, over members and months."""
    rows = table[
        (table.variable == "thetao_anomaly") & table.file.str.contains("[train", regex=False)
    ]
    n = rows["count"]
    sums = pd.DataFrame(
        {
            "variable": rows.variable,
            "depth": rows.depth,
            "n": n,
            "s": n * rows["mean"],
            "q": n * (rows["std"] ** 2 + rows["mean"] ** 2),
        }
    )
    sums = sums.groupby(["variable", "depth"]).sum()
    mean = sums.s / sums.n
    spread = np.sqrt(np.maximum(sums.q / sums.n - mean**2, 0))
    return pd.DataFrame({"anomaly_mean": mean, "anomaly_std": spread})


def profile_table(profiles: xr.Dataset, file: str, levels: NDArray) -> pd.DataFrame:
    """The table of canonical profiles: measurements grouped by the nearest of `levels` (m)."""
    middle = (np.asarray(levels[1:], float) + np.asarray(levels[:-1], float)) / 2
    edges = np.concatenate([[0.0], middle])
    value, depth = profiles["thetao"].values, profiles["depth"].values
    good = np.isfinite(value) & np.isfinite(depth)
    months = profiles["time"].dt.month.values
    common = _positions(profiles["latitude"].values, profiles["longitude"].values)
    unit = _unit(profiles["thetao"])
    band = np.searchsorted(middle, np.where(good, depth, 0), side="right")
    rows = []
    for month in np.unique(months):
        for number, level in enumerate(levels):
            here = value[good & (band == number) & (months == month)[:, None]].astype(np.float64)
            if here.size == 0:
                continue
            lower, upper = bounds_at("thetao", float(edges[number]))
            rows.append(
                {
                    "file": file,
                    "variable": "thetao",
                    "depth": float(level),
                    "month": int(month),
                    "unit": unit,
                    "lower": lower,
                    "upper": upper,
                    "count": int(here.size),
                    "minimum": here.min(),
                    "maximum": here.max(),
                    "mean": here.mean(),
                    "std": here.std() if here.size > 1 else np.nan,
                    **common,
                }
            )
    return pd.DataFrame(rows)


def join(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other, renumbered."""
    return pd.concat(list(tables), ignore_index=True)


def _unit(data: xr.DataArray) -> str:
    unit = str(data.attrs.get("units", ""))
    return "degree_Celsius" if unit.lower() in CELSIUS else unit


def _ascending(values: NDArray) -> bool:
    return bool(np.all(np.diff(values) > 0))


def _positions(latitude: NDArray, longitude: NDArray) -> dict[str, Any]:
    return {
        "latitude_min": float(np.nanmin(latitude)),
        "latitude_max": float(np.nanmax(latitude)),
        "longitude_min": float(np.nanmin(longitude)),
        "longitude_max": float(np.nanmax(longitude)),
    }
