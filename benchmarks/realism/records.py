"""Monthly records of the nature run, and real fields brought to their grid."""

from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.errors import BadFile
from thermocline.ocean.latlon import LatLonGrid


class Record:
    """Monthly temperatures [T, C, H, W] on the model's grid, January first."""

    def __init__(self, name, field, grid, depth, first_year):
        self.name, self.field, self.grid, self.depth = name, field, grid, depth
        self.first_year = first_year
        self.climatology = np.stack([field[m::12].mean(axis=0) for m in range(12)])
        self.anomaly = field - np.tile(self.climatology, (len(field) // 12, 1, 1, 1))

    def box(self, south, north, west, east):
        """Rows and columns of a box in degrees; `east` may exceed 180."""
        lon = (self.grid.longitude - west) % 360
        rows = np.flatnonzero((self.grid.latitude >= south) & (self.grid.latitude <= north))
        columns = np.flatnonzero(lon <= east - west)
        return rows, columns[np.argsort(lon[columns])]


def open_nature(folder: Path) -> list[Record]:
    """The members and the truth."""
    records = []
    for path in sorted(folder.glob("*/thetao_*.nc")):
        with xr.open_dataset(path) as ds:
            ds = ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")
            grid = LatLonGrid(ds.lat.values, ds.lon.values)
            name = "truth" if "nature" in path.name else ds.attrs["variant_label"][:2]
            year = int(ds.time.dt.year[0])
            records.append(Record(name, ds.thetao.values, grid, ds.lev.values, year))
    if not records:
        raise BadFile("no nature run", where=str(folder), fix="run `dvc pull` or `make data`")
    return records


def to_grid(values, latitude, longitude, grid: LatLonGrid):
    """Mean [H, W] of the values in each cell; NaN where more than half of them are missing."""
    lat, lon = np.broadcast_arrays(latitude, longitude)
    row, column = grid.locate(lat.ravel(), lon.ravel())
    cell = row * grid.shape[1] + column
    good = np.isfinite(values.ravel())
    size = grid.shape[0] * grid.shape[1]
    count = np.bincount(cell[good], minlength=size)
    total = np.bincount(cell[good], values.ravel()[good], minlength=size)
    every = np.bincount(cell, minlength=size)
    mean = total / np.maximum(count, 1)
    return np.where((count > 0.5 * every) & (count > 0), mean, np.nan).reshape(grid.shape)
