"""The Southern Ocean Database's climatology: a MATLAB file with a grid of temperatures."""

import os

import xarray as xr

from thermocline.errors import BadFile
from thermocline.sources.fields.reader import canonical
from thermocline.sources.files.matlab import load

GRID = ("ptm", "lat", "lon", "d")
"""The arrays that such a file has: temperature, latitude, longitude and depth."""


def read_matlab_field(path: str | os.PathLike[str], variable: str = "thetao") -> xr.Dataset:
    """The canonical field of a climatology with ptm[lat, lon, d]; its only date is NaT."""
    values = load(path, GRID)
    where, sizes = os.fspath(path), tuple(values[axis].size for axis in GRID[1:])
    if values["ptm"].shape != sizes:
        raise BadFile(
            "ptm is {} for {} lat, {} lon, {} d".format(values["ptm"].shape, *sizes),
            where=where,
            fix="give a complete file of the database",
        )
    units = dict(zip(GRID, ("degree_Celsius", "degrees_north", "degrees_east", "m"), strict=True))
    of = lambda name: (name, values[name].ravel(), {"units": units[name]})
    said = {"units": units["ptm"], "standard_name": "sea_water_potential_temperature"}
    raw = xr.Dataset(
        {"ptm": (GRID[1:], values["ptm"], said)}, {name: of(name) for name in GRID[1:]}
    )
    raw.attrs["institution"] = "Southern Ocean Database"
    return canonical(raw, variable, where)
