"""Write simulated regions in the forms of GLORYS, of satellite products, and of EN4's profiles.

Names are those that the Copernicus Marine toolbox gives a subset, with the variant added.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.files import atomic_path
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.variables import VARIABLES
from thermocline.simulate.mesoscale.configuration import LEVELS
from thermocline.simulate.mesoscale.run import State
from thermocline.simulate.profiles import GOOD, Profiles

FILL = np.int16(-32767)
PACKED = {  # scale, offset, multiple of the scale that values are rounded to
    "thetao": (0.01, 10.0, 2), "so": (0.002, 35.0, 3), "zos": (0.001, 0.0, 5),
    "sos": (0.005, 35.0, 4), "adt": (0.001, 0.0, 5),
}  # fmt: skip
SMALLEST: dict[str, Any] = {"compression": "bzip2", "complevel": 9}
WATER = ("thetao", "so", "zos")
"""Variables of a model's file, as `State` names them."""
MODEL = "cmems_mod_glo_phy_my_0.083deg_P1D-m"
SALINITY = "cmems_obs-mob_glo_phy-sss_my_multi_P1D"
ALTIMETRY = "c3s_obs-sl_glo_phy-ssh_my_twosat-l4-duacs-0.25deg_P1D"


def write_grid(
    path: Path,
    fields: Mapping[str, NDArray],
    grid: LatLonGrid,
    days: NDArray,
    attributes: dict[str, str],
    depth: Sequence[float] = LEVELS,
) -> None:
    """Fields by their name in the file, [T, C, H, W] at `depth` or [T, H, W]; NaN on land."""
    import netCDF4

    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as nc:
        hours = 24 * (days - np.datetime64("1950-01-01")).astype(np.float64) + 12
        axes = {
            "time": (hours, "hours since 1950-01-01", "time"),
            "latitude": (grid.latitude, "degrees_north", "latitude"),
            "longitude": (grid.longitude, "degrees_east", "longitude"),
        }
        if any(each.ndim == 4 for each in fields.values()):
            axes["depth"] = (np.array(depth, float), "m", "depth")
        for name, (values, units, standard) in axes.items():
            nc.createDimension(name, len(values))
            axis = nc.createVariable(name, "f8", (name,))
            axis.setncatts({"units": units, "standard_name": standard})
            axis[:] = values
        if "depth" in axes:
            nc["depth"].positive = "down"
        for name, values in fields.items():
            _field(nc, name, values)
        nc.setncatts({"Conventions": "CF-1.6", **attributes})


def _field(nc: Any, name: str, values: NDArray) -> None:
    scale, offset, step = PACKED[name]
    dims = ("time", *(("depth",) if values.ndim == 4 else ()), "latitude", "longitude")
    stored = nc.createVariable(
        name, "i2", dims, fill_value=FILL, chunksizes=values.shape, **SMALLEST
    )
    about = VARIABLES["zos" if name == "adt" else name]
    stored.setncatts({**about.attributes, "scale_factor": scale, "add_offset": offset})
    stored.set_auto_maskandscale(False)
    counts = step * np.rint((values - offset) / (scale * step))
    stored[:] = np.where(np.isnan(values), FILL, counts).astype(np.int16)


def subset_name(product: str, variables: str, grid: LatLonGrid, days: NDArray, variant: str) -> str:
    """As the toolbox names a subset of a product."""
    half = (grid.latitude[1] - grid.latitude[0]) / 2
    west, east = (f"{abs(x):.2f}{'EW'[x < 0]}" for x in _ends(grid.longitude, half))
    south, north = (f"{abs(x):.2f}{'NS'[x < 0]}" for x in _ends(grid.latitude, half))
    place = f"{west}-{east}_{south}-{north}"
    return f"{product}_{variables}_{place}_{days[0]}-{days[-1]}_{variant}.nc"


def _ends(centres: NDArray, half: float) -> tuple[float, float]:
    return float(centres[0] - half), float(centres[-1] + half)


def profiles_of(
    states: Sequence[State], grid: LatLonGrid, count: int, random: np.random.Generator
) -> Profiles:
    """So many profiles of each of a month's states: temperature and salinity, with errors.

    Errors are 0.01 °C and 0.005 of the instrument, and 0.1 °C and 0.015 of what cells do not hold.
    """
    parts = []
    for state in states:
        rows, columns = np.divmod(
            random.choice(np.flatnonzero(np.isfinite(state.zos)), count, replace=False),
            grid.shape[1],
        )
        day = int(
            (state.day - state.day.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
        )
        parts.append(
            (
                grid.latitude[rows], grid.longitude[columns], np.full(count, day + 0.5),
                state.thetao[:, rows, columns].T, state.so[:, rows, columns].T,
            )
        )  # fmt: skip
    latitude, longitude, days, temperature, salinity = map(np.concatenate, zip(*parts, strict=True))
    shape = temperature.shape
    temperature = temperature + np.hypot(0.01, 0.1) * random.standard_normal(shape)
    salinity = salinity + np.hypot(0.005, 0.015) * random.standard_normal(shape)
    depth = np.broadcast_to(np.array(LEVELS, float), shape)
    good = np.full(len(latitude), GOOD)
    platform = [f"59{random.integers(10000, 99999)}" for _ in latitude]
    return Profiles(
        latitude, longitude, days, depth, temperature, salinity, np.full(shape, GOOD), good, good,
        platform, ["831"] * len(latitude),
    )  # fmt: skip
