"""Write simulated sea ice in the forms of CMIP6 (SIday) and of neXtSIM's moorings.

Values are 16-bit integers: thickness in steps of 1 cm, shares in steps of 0.5 %, drift in steps of
4 mm/s. Zeros and ones stay exact, and thin ice is never rounded to none.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from thermocline.files import atomic_path
from thermocline.simulate.arctic.geography import Arctic
from thermocline.simulate.arctic.run import Archive

FILL = np.int16(-32767)
STEPS = {"sithick": 0.01, "siconc": 0.005, "damage": 0.005, "siu": 0.004, "siv": 0.004}
COMPRESSED: dict[str, Any] = {"compression": "bzip2", "complevel": 9}  # a fifth less than zlib
DAYS_A_CHUNK = 147
CMIP6 = {  # name: standard name, long name, units, values per unit of ours
    "siconc": ("sea_ice_area_fraction", "Sea-Ice Area Percentage (Ocean Grid)", "%", 100.0),
    "sithick": ("sea_ice_thickness", "Sea-Ice Volume per Area of the Cell", "m", 1.0),
    "damage": ("", "Sea-Ice Damage", "1", 1.0),
    "siu": ("sea_ice_x_velocity", "X-Component of Sea-Ice Velocity", "m s-1", 1.0),
    "siv": ("sea_ice_y_velocity", "Y-Component of Sea-Ice Velocity", "m s-1", 1.0),
}
MOORINGS = {  # neXtSIM's name: ours, standard name, long name, units
    "sic": ("siconc", "sea_ice_area_fraction", "Sea Ice Concentration", "1"),
    "sit": ("sithick", "sea_ice_thickness", "Sea Ice Thickness, mean of the cell", "m"),
    "damage": ("damage", "", "Damage", "1"),
    "siu": ("siu", "sea_ice_x_velocity", "Sea Ice X Velocity", "m s-1"),
    "siv": ("siv", "sea_ice_y_velocity", "Sea Ice Y Velocity", "m s-1"),
}
GRID_MAPPING = "Polar_Stereographic_Grid"


def cmip6_name(variable: str, source: str, variant: str, days: NDArray) -> str:
    """As CMIP6 names a file of daily values."""
    first, last = (str(day).replace("-", "") for day in (days[0], days[-1]))
    return f"{variable}_SIday_{source}_historical_{variant}_gn_{first}-{last}.nc"


def moorings_name(variant: str, days: NDArray) -> str:
    """As neXtSIM names its output on a regular grid, with the variant added."""
    return f"Moorings_{str(days[0])[:4]}-{str(days[-1])[:4]}_{variant}.nc"


def write_cmip6(path: Path, archive: Archive, variable: str, attributes: dict[str, str]) -> None:
    """One variable of an archive as a SIday file."""
    import netCDF4

    standard, long_name, units, factor = CMIP6[variable]
    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as nc:
        _frame(nc, archive, ("lat", "lon"), "days since 1850-01-01")
        stored = _variable(nc, variable, archive.fields[variable], STEPS[variable], factor)
        named = {"standard_name": standard} if standard else {}
        stored.setncatts(
            {
                **named,
                "long_name": long_name,
                "units": units,
                "cell_methods": "area: mean where sea time: point",
                "coordinates": "lat lon",
                "grid_mapping": GRID_MAPPING,
                "missing_value": FILL,
            }
        )
        nc.setncatts({"Conventions": "CF-1.7 CMIP-6.2", "variable_id": variable, **attributes})


def write_moorings(path: Path, archive: Archive, attributes: dict[str, str]) -> None:
    """All variables of an archive in one file, as neXtSIM writes them."""
    import netCDF4

    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as nc:
        _frame(nc, archive, ("latitude", "longitude"), "days since 1900-01-01 00:00:00")
        for name, (variable, standard, long_name, units) in MOORINGS.items():
            stored = _variable(nc, name, archive.fields[variable], STEPS[variable], 1.0)
            named = {"standard_name": standard} if standard else {}
            stored.setncatts(
                {
                    **named,
                    "long_name": long_name,
                    "units": units,
                    "cell_methods": "area: mean time: point",
                    "coordinates": "latitude longitude",
                    "grid_mapping": GRID_MAPPING,
                }
            )
        nc.setncatts({"Conventions": "CF-1.6", **attributes})


def _frame(nc, archive: Archive, names: tuple[str, str], since: str) -> None:
    """Dimensions, axes, latitude and longitude, and the grid mapping."""
    arctic: Arctic = archive.arctic
    for name, size in zip(("y", "x"), arctic.grid.shape, strict=True):
        nc.createDimension(name, size)
    nc.createDimension("time", None)
    time = nc.createVariable("time", "f8", ("time",))
    time.setncatts({"units": since, "calendar": "standard", "standard_name": "time", "axis": "T"})
    epoch = np.datetime64(since.split()[2], "D")
    time[:] = (archive.days - epoch).astype(np.float64) + 0.5
    for name, values in (("y", arctic.grid.y), ("x", arctic.grid.x)):
        axis = nc.createVariable(name, "f8", (name,))
        axis.setncatts(
            {"units": "m", "standard_name": f"projection_{name}_coordinate", "axis": name.upper()}
        )
        axis[:] = values
    for name, values, units in zip(
        names,
        (arctic.latitude, arctic.longitude),
        ("degrees_north", "degrees_east"),
        strict=True,
    ):
        place = nc.createVariable(name, "f4", ("y", "x"), **COMPRESSED)
        standard = "latitude" if units == "degrees_north" else "longitude"
        place.setncatts({"units": units, "standard_name": standard})
        place[:] = values
    mapping = nc.createVariable(GRID_MAPPING, "i4")
    mapping.setncatts(
        {key: value for key, value in CRS(arctic.grid.crs).to_cf().items() if value is not None}
    )


def _variable(nc, name: str, field: NDArray, step: float, factor: float) -> Any:
    """A packed variable [T, H, W]; `step` in our unit, `factor` of the file's units per ours."""
    days = min(DAYS_A_CHUNK, len(field))
    stored = nc.createVariable(
        name,
        "i2",
        ("time", "y", "x"),
        fill_value=FILL,
        chunksizes=(days, *field.shape[1:]),
        **COMPRESSED,
    )
    stored.setncatts({"scale_factor": step * factor, "add_offset": 0.0})
    stored.set_auto_maskandscale(False)
    stored[:] = packed(field, step)
    return stored


def packed(field: NDArray, step: float) -> NDArray[np.int16]:
    """Counts of steps; what is not nothing is at least one step; `FILL` where NaN."""
    counts = np.rint(np.nan_to_num(field) / step)
    counts = np.where((counts == 0) & (field > 0), 1, counts)
    return np.where(np.isnan(field), FILL, counts).astype(np.int16)
