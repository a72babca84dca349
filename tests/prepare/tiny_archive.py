"""A tiny archive in memory: what the store tests are made from."""

import netCDF4
import numpy as np
import xarray as xr

from thermocline.config import DataConfig, GridConfig, Period
from thermocline.ocean.latlon import LatLonGrid

GRID = GridConfig(rows=6, columns=8, depth=(5, 50, 200))
DATA = DataConfig(
    train=Period(members=("r1", "r2"), first=1990, last=1992),
    validation=Period(members=("r1", "r2"), first=1993, last=1993),
    test=Period(members=("truth",), first=1993, last=1993),
)
MEMBERS = ("r1", "r2", "truth")


def land() -> np.ndarray:
    """A mask [C, H, W] whose sea narrows with depth."""
    mask = np.zeros((3, 6, 8), bool)
    mask[:, 2, 3:5] = True
    mask[2, 4] = True
    return mask


def member(name: str, years: range = range(1989, 1995), seed: int = 0) -> xr.Dataset:
    """A canonical dataset of monthly states with a seasonal cycle and noise, °C."""
    grid = LatLonGrid.regular(GRID.rows, GRID.columns)
    rng = np.random.default_rng([seed, MEMBERS.index(name)])
    months = np.tile(np.arange(12), len(years))
    season = 5 * np.cos(2 * np.pi * months / 12)[:, None, None, None]
    depth = np.array(GRID.depth)
    mean = (20 - depth / 20)[:, None, None] + grid.latitude[:, None] / 30
    noise = rng.standard_normal((months.size, 3, 6, 8)) * np.exp(-depth / 150)[:, None, None]
    field = (mean + season * np.exp(-depth / 50)[:, None, None] + noise).astype(np.float32)
    field[:, land()] = np.nan
    stamps = [
        np.datetime64(f"{year}-{month:02d}-15", "ns") for year in years for month in range(1, 13)
    ]
    attributes = {"units": "degree_Celsius", "standard_name": "sea_water_potential_temperature"}
    return xr.Dataset(
        {"thetao": (("time", "depth", "latitude", "longitude"), field, attributes)},
        coords={
            "time": stamps,
            "depth": depth,
            "latitude": grid.latitude,
            "longitude": grid.longitude,
        },
        attrs={"member": name, "source": f"thetao_{name}.nc"},
    )


def archive() -> list[xr.Dataset]:
    """All three members, more years than the splits ask for."""
    return [member(name) for name in MEMBERS]


def rewrite(source, target) -> None:
    """A store copied, chunked and compressed otherwise."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w") as new:
        _copy(old, new)


def _copy(old, new) -> None:
    new.setncatts({name: old.getncattr(name) for name in old.ncattrs()})
    for name, dimension in old.dimensions.items():
        new.createDimension(name, dimension.size)
    for name, variable in old.variables.items():
        variable.set_auto_maskandscale(False)
        attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
        fill = attributes.pop("_FillValue", None)
        chunks = [min(5, size) for size in variable.shape] or None
        copy = new.createVariable(
            name, variable.dtype, variable.dimensions, fill_value=fill, chunksizes=chunks
        )
        copy.set_auto_maskandscale(False)
        copy.setncatts(attributes)
        copy[...] = variable[...]
    for name, group in old.groups.items():
        _copy(group, new.createGroup(name))
