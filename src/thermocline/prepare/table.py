"""Raw files as a table of statistics by file × variable × depth × calendar month.

Great Expectations knows tables, not N-dimensional arrays: this is the table it is given. Data
are read once, a few time steps at a time.
"""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.variables import CELSIUS, Variable
from thermocline.prepare.blocks import block_values, time_blocks
from thermocline.prepare.dates import require_dates
from thermocline.prepare.tally import Tally

BANDS = np.array([0.0, 10, 50, 100, 200, 500, 1000, 2000])
"""Upper edges of the depths, in metres, that measurements of profiles are counted at."""


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
        "depth_ascending": ascending(depth),
    }
    tally = Tally(common, depth, bounds_at(variable, depth), continuous)
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
        **positions(profiles["latitude"].values, profiles["longitude"].values),
    }
    rows = []
    for month in np.unique(months):
        for number, (upper_edge, bounds) in enumerate(
            zip(BANDS, bounds_at(variable, BANDS), strict=True)
        ):
            here = value[good & (band == number) & (months == month)[:, None]].astype(np.float64)
            if here.size:
                row = {"depth": upper_edge, "month": int(month), "count": here.size}
                row |= {"lower": bounds[0], "upper": bounds[1]}
                row |= {"minimum": here.min(), "maximum": here.max(), "mean": here.mean()}
                rows.append(common | row)
    return pd.DataFrame(rows)


def bounds_at(variable: Variable, depth: NDArray) -> NDArray:
    """Lowest and highest possible value at each depth [S, 2]."""
    return np.array([variable.bounds(float(each)) for each in depth])


def _unit(data: xr.DataArray) -> str:
    unit = str(data.attrs.get("units", ""))
    return "degree_Celsius" if unit.lower() in CELSIUS else unit


def ascending(values: NDArray) -> bool:
    """Whether every value is larger than the one before it."""
    return bool(np.all(np.diff(values) > 0))


def _axes(latitude: NDArray, longitude: NDArray) -> dict[str, Any]:
    """Of a grid: its extent, and whether its axes ascend, if it has any."""
    ordered = {"latitude_ascending": ascending(latitude)} if latitude.ndim == 1 else {}
    if longitude.ndim == 1:
        ordered["longitude_ascending"] = ascending(longitude)
    return positions(latitude, longitude) | ordered


def positions(latitude: NDArray, longitude: NDArray) -> dict[str, Any]:
    """Extent of some places, by the table's names of columns."""
    return {
        "latitude_min": float(np.nanmin(latitude)),
        "latitude_max": float(np.nanmax(latitude)),
        "longitude_min": float(np.nanmin(longitude)),
        "longitude_max": float(np.nanmax(longitude)),
    }
