"""A small sea ice field on a map, as different providers would write it."""

import numpy as np
import xarray as xr
from pyproj import CRS

from thermocline.ocean.projected import ProjectedGrid
from thermocline.sources import read_field

GRID = ProjectedGrid(1e5 * np.arange(-3.0, 4), 1e5 * np.arange(-4.0, 5), "EPSG:3413")
ICE = np.round(np.clip(0.5 + 0.1 * np.arange(9)[:, None] - 0.13 * np.arange(7), 0, 1) * 200).astype(
    np.float32
) / np.float32(200)
"""Concentrations [y, x] in steps of half a per cent, from exactly 0 to exactly 1."""
TIME = ("time", [10.5, 11.5], {"units": "days since 2005-01-01", "calendar": "noleap"})


def mooring(values=ICE, name="sic", units="1", **attributes) -> xr.Dataset:
    """Two days on the map in metres, with its mapping and the places of its cells."""
    latitude, longitude = GRID.centres()
    said = {"units": units, "grid_mapping": "Polar_Stereographic_Grid"} | attributes
    both = np.stack([values, values[::-1]]).astype(np.float32)
    axis = lambda a: {"units": "m", "standard_name": f"projection_{a}_coordinate"}
    return xr.Dataset(
        {
            name: (("time", "y", "x"), both, said),
            "Polar_Stereographic_Grid": ((), 0, CRS(GRID.crs).to_cf()),
        },
        {
            "time": TIME,
            "y": ("y", GRID.y, axis("y")),
            "x": ("x", GRID.x, axis("x")),
            "latitude": (("y", "x"), latitude, {"units": "degrees_north"}),
            "longitude": (("y", "x"), longitude, {"units": "degrees_east"}),
        },
        {"variant_label": "r2i1p1f1"},
    )


def read(folder, dataset, variable="siconc", encoding=None) -> xr.Dataset:
    dataset.to_netcdf(folder / "ice.nc", encoding=encoding)
    with read_field(folder / "ice.nc", variable) as found:
        return found.load()
