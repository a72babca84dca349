"""Write simulated sea-surface temperature in the formats of OSTIA (fine) and OISST (coarse).

OSTIA as the Copernicus Marine toolbox cuts out a box: kelvin in 16 bits, the mask's bits named by
flag_meanings. OISST as several days of NOAA's daily files one after the other: °C in 16
bits at the height `zlev`, longitudes 0…360, with the stated error.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.files import atomic_path
from thermocline.ocean.latlon import LatLonGrid

FILL, COARSE_FILL = np.int16(-32768), np.int16(-999)
SCALE, KELVIN = 0.01, 273.15
WATER, LAND = 1, 2
SMALLEST: dict[str, Any] = {"compression": "bzip2", "complevel": 9}  # for fine values
COMPRESSED: dict[str, Any] = {"compression": "zlib", "complevel": 9, "shuffle": True}


def ostia_name(grid: LatLonGrid, days: NDArray, variant: str) -> str:
    """As the toolbox names a subset: data set, variable, box and days."""
    west, east = (_degrees(x, "EW") for x in _bounds(grid.longitude))
    south, north = (_degrees(x, "NS") for x in _bounds(grid.latitude))
    product = "METOFFICE-GLO-SST-L4-REP-OBS-SST"
    return f"{product}_analysed_sst_{west}-{east}_{south}-{north}_{days[0]}-{days[-1]}_{variant}.nc"


def oisst_name(grid: LatLonGrid, days: NDArray, variant: str) -> str:
    """As NOAA names a day, with the last day, the box's corner and the variant added."""
    first, last = (str(day).replace("-", "") for day in (days[0], days[-1]))
    south, west = (_bounds(x)[0] for x in (grid.latitude, grid.longitude))
    corner = f"{_degrees(south, 'NS')}-{_degrees(west, 'EW')}"
    return f"oisst-avhrr-v02r01.{first}-{last}.{corner}.{variant}.nc"


def write_ostia(
    path: Path,
    sst: NDArray,
    grid: LatLonGrid,
    days: NDArray,
    step: float,
    attributes: dict[str, str],
) -> None:
    """Temperatures [T, H, W] (°C, NaN on land) of `days` [T] (datetime64), rounded to `step` °C."""
    import netCDF4

    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as nc:
        since = (days - np.datetime64("1981-01-01")).astype(np.int64)
        seconds = 86400 * since + 43200
        _axis(nc, "time", "i4", seconds, "seconds since 1981-01-01 00:00:00")
        nc["time"].setncatts({"standard_name": "time", "calendar": "gregorian", "axis": "T"})
        _axis(nc, "lat", "f4", grid.latitude, "degrees_north")
        _axis(nc, "lon", "f4", grid.longitude, "degrees_east")
        dims, land = ("time", "lat", "lon"), np.isnan(sst)
        counts = np.rint(sst / step) * round(step / SCALE)
        temperature = _variable(nc, "analysed_sst", "i2", dims, FILL, counts, SMALLEST)
        temperature.setncatts(
            {
                "standard_name": "sea_surface_foundation_temperature",
                "long_name": "analysed sea surface temperature",
                "units": "kelvin",
                "scale_factor": SCALE,
                "add_offset": KELVIN,
                "comment": f"rounded to multiples of {step:g} K",
            }
        )
        mask = _variable(
            nc, "mask", "i1", dims, np.int8(-128), np.where(land, LAND, WATER), COMPRESSED
        )
        mask.setncatts(
            {
                "long_name": "land sea ice lake bit mask",
                "flag_masks": np.array([1, 2, 4, 8], np.int8),
                "flag_meanings": "water land optional_lake_surface sea_ice",
            }
        )
        nc.setncatts({"Conventions": "CF-1.4", "processing_level": "L4", **attributes})


def write_oisst(
    path: Path,
    sst: NDArray,
    error: NDArray,
    grid: LatLonGrid,
    days: NDArray,
    attributes: dict[str, str],
) -> None:
    """Temperatures and their stated errors [T, h, w] (°C, NaN on land) of `days` [T]."""
    import netCDF4

    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as nc:
        since = (days - np.datetime64("1978-01-01")).astype(np.int64)
        _axis(nc, "time", "f4", since, "days since 1978-01-01 12:00:00")
        _axis(nc, "zlev", "f4", np.zeros(1), "meters")
        nc["zlev"].setncatts({"long_name": "Sea surface height", "positive": "down"})
        east = np.argsort(grid.longitude % 360, kind="stable")
        _axis(nc, "lat", "f4", grid.latitude, "degrees_north")
        _axis(nc, "lon", "f4", (grid.longitude % 360)[east], "degrees_east")
        names = {
            "sst": (sst, "Daily sea surface temperature"),
            "err": (error, "Estimated error standard deviation of analysed_sst"),
        }
        for name, (values, meaning) in names.items():
            counts = np.rint(values / SCALE)[:, None][..., east]
            dims = ("time", "zlev", "lat", "lon")
            variable = _variable(nc, name, "i2", dims, COARSE_FILL, counts, COMPRESSED)
            variable.setncatts(
                {"long_name": meaning, "units": "Celsius", "add_offset": 0.0, "scale_factor": SCALE}
            )
        nc.setncatts({"Conventions": "CF-1.6, ACDD-1.3", "processing_level": "L4", **attributes})


def _bounds(centres: NDArray) -> tuple[float, float]:
    half = (centres[1] - centres[0]) / 2
    return float(centres[0] - half), float(centres[-1] + half)


def _degrees(value: float, letters: str) -> str:
    return f"{abs(value):.2f}{letters[value < 0]}"


def _axis(nc: Any, name: str, kind: str, values: NDArray, units: str) -> None:
    nc.createDimension(name, len(values))
    axis = nc.createVariable(name, kind, (name,))
    axis.units = units
    axis[:] = values


def _variable(
    nc: Any, name: str, kind: str, dims: tuple[str, ...], fill: Any, values: NDArray, packing: dict
) -> Any:
    """A packed variable of whole numbers, NaN where missing, all in one chunk."""
    variable = nc.createVariable(
        name, kind, dims, fill_value=fill, chunksizes=values.shape, **packing
    )
    variable.set_auto_maskandscale(False)
    variable[:] = np.where(np.isnan(values), fill, values).astype(kind)
    return variable
