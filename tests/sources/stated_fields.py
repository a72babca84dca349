"""A small day of sea surface temperature, as a provider would write it."""

import numpy as np
import xarray as xr

from thermocline.sources import read_field

LAT, LON = np.arange(30.5, 38), np.arange(-50.5, -42)
TRUTH = (18 + LAT[:, None] / 10 + LON / 100).astype(np.float32)


def sst(values=TRUTH, name="sst", **attributes) -> xr.Dataset:
    """A day of the surface; attributes are the variable's, with degC if they do not say."""
    return xr.Dataset(
        {name: (("time", "lat", "lon"), np.array(values, ndmin=3), {"units": "degC"} | attributes)},
        coords={
            "time": ("time", [2995.0], {"units": "days since 2000-01-01"}),
            "lat": ("lat", LAT, {"units": "degrees_north"}),
            "lon": ("lon", LON, {"units": "degrees_east"}),
        },
    )


def flagged(dataset: xr.Dataset, flag: str, values, **attributes) -> xr.Dataset:
    return dataset.assign({flag: (("time", "lat", "lon"), np.array(values, ndmin=3), attributes)})


def read(tmp_path, dataset, variable="tos", **encoding):
    dataset.to_netcdf(tmp_path / "f.nc", encoding=encoding or None)
    with read_field(tmp_path / "f.nc", variable) as found:
        return found.load()
