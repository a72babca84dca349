"""Write a simulated ocean as a CMIP6 `thetao` file, packed to a stated precision.

Values are 16-bit integers of one scale; each level is rounded to a whole number of them, coarser
where the ocean varies more. The rounding error (step/√12) is recorded in the file.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.files import atomic_path
from thermocline.ocean.axes import cell_edges
from thermocline.ocean.latlon import LatLonGrid

SCALE = 0.04  # °C per integer
OFFSET = 0.0
FILL = np.int16(-32767)
STEPS = {0.0: 0.16, 120.0: 0.12, 400.0: 0.08, 600.0: 0.04}  # from this depth down, °C
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
EPOCH = 1850


def rounding_step(depth: NDArray) -> NDArray[np.float64]:
    """Distance between representable temperatures at each depth [C], °C."""
    starts = np.array(list(STEPS))
    return np.array(list(STEPS.values()))[np.searchsorted(starts, depth, side="right") - 1]


def quantise(field: NDArray, depth: NDArray) -> NDArray[np.int16]:
    """Packed integers [T, C, H, W] of temperatures in °C; `FILL` where NaN.

    Raises:
        BadData: if a value does not fit.
    """
    step = np.rint(rounding_step(depth) / SCALE)[None, :, None, None]
    whole = np.rint((field - OFFSET) / (step * SCALE)) * step
    if np.nanmax(np.abs(whole)) > 32000:
        raise BadData("temperature beyond the packed range", where="simulated ocean")
    return np.where(np.isnan(field), FILL, whole).astype(np.int16)


def file_name(source: str, experiment: str, variant: str, first: int, last: int) -> str:
    """CMIP6 data reference syntax, e.g. thetao_Omon_X_historical_r1i1p1f1_gn_198001-200912.nc."""
    return f"thetao_Omon_{source}_{experiment}_{variant}_gn_{first}01-{last}12.nc"


def write_cmip6(
    path: Path,
    field: NDArray[np.float32],
    grid: LatLonGrid,
    depth: NDArray,
    first_year: int,
    attributes: dict[str, str],
) -> None:
    """Write monthly temperatures [T, C, H, W] (°C, land NaN) starting in January `first_year`."""
    import netCDF4

    months, levels, rows, columns = field.shape
    east = np.argsort(grid.longitude % 360, kind="stable")
    longitude = (grid.longitude % 360)[east]
    packed = quantise(field, depth)[..., east]
    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as nc:
        sizes = {"time": months, "lev": levels, "lat": rows, "lon": columns, "bnds": 2}
        for name, size in sizes.items():
            nc.createDimension(name, None if name == "time" else size)
        ends = np.cumsum(np.tile(MONTH_DAYS, months // 12)) + 365.0 * (first_year - EPOCH)
        starts = ends - np.tile(MONTH_DAYS, months // 12)
        time = {
            "units": f"days since {EPOCH}-01-01 00:00:00",
            "calendar": "noleap",
            "standard_name": "time",
            "axis": "T",
        }
        lev = {
            "units": "m",
            "positive": "down",
            "standard_name": "depth",
            "long_name": "ocean depth coordinate",
            "axis": "Z",
        }
        lat = {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"}
        lon = {"units": "degrees_east", "standard_name": "longitude", "axis": "X"}
        _axis(nc, "time", (starts + ends) / 2, np.stack([starts, ends], 1), time)
        middle = (depth[1:] + depth[:-1]) / 2
        edges = np.concatenate([[0.0], middle, [2 * depth[-1] - middle[-1]]])
        _axis(nc, "lev", depth, np.stack([edges[:-1], edges[1:]], 1), lev)
        _axis(nc, "lat", grid.latitude, np.stack(cell_edges(grid.latitude, -90, 90), 1), lat)
        half = (longitude[1] - longitude[0]) / 2
        _axis(nc, "lon", longitude, np.stack([longitude - half, longitude + half], 1), lon)
        _temperature(nc, packed, depth)
        nc.setncatts(attributes)


def _axis(nc, name: str, values: NDArray, bounds: NDArray, attributes: dict[str, str]) -> None:
    axis = nc.createVariable(name, "f8", (name,))
    axis.setncatts({**attributes, "bounds": f"{name}_bnds"})
    axis[:] = values
    nc.createVariable(f"{name}_bnds", "f8", (name, "bnds"))[:] = bounds


def _temperature(nc, packed: NDArray[np.int16], depth: NDArray) -> None:
    variable = nc.createVariable(
        "thetao",
        "i2",
        ("time", "lev", "lat", "lon"),
        fill_value=FILL,
        chunksizes=(min(60, packed.shape[0]), 1, *packed.shape[2:]),
        **COMPRESSION,
    )
    steps = ", ".join(f"{s:g}" for s in rounding_step(depth))
    variable.setncatts(
        {
            "standard_name": "sea_water_potential_temperature",
            "long_name": "Sea Water Potential Temperature",
            "units": "degC",
            "cell_methods": "area: mean where sea time: mean",
            "missing_value": FILL,
            "scale_factor": SCALE,
            "add_offset": OFFSET,
            "comment": f"rounded level by level to multiples of {steps} degC",
        }
    )
    variable.set_auto_maskandscale(False)
    variable[:] = packed


COMPRESSION: dict = {"compression": "bzip2", "complevel": 9}
