"""Cells of a curvilinear grid that are written at 0° N 0° E have no place."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from thermocline.sources import read_field


@pytest.mark.parametrize(("cells", "without"), [((3, 2), 6), ((2, 2), 0)])
def test_processors_on_land(tmp_path: Path, cells: tuple[int, int], without: int) -> None:
    """As NEMO writes them; a few cells may lie there."""
    north, east = np.meshgrid(np.arange(-3.0, 4), np.arange(-4.0, 5), indexing="ij")
    places = [north + 0.1 * np.sin(east), east + 0.1 * np.cos(north)]
    values = (20 + north / 10 + east / 100)[None]
    for each in (*places, values[0]):
        each[: cells[0], : cells[1]] = 0
    values[0, : cells[0], : cells[1]] = np.nan
    said = {"units": "degC", "coordinates": "nav_lat nav_lon"}
    xr.Dataset(
        {
            "sst": (("time", "y", "x"), values, said),
            "nav_lat": (("y", "x"), places[0], {"units": "degrees_north"}),
            "nav_lon": (("y", "x"), places[1], {"units": "degrees_east"}),
        },
        {"time": ("time", [0.0], {"units": "days since 2000-01-01"})},
    ).to_netcdf(tmp_path / "f.nc")
    with read_field(tmp_path / "f.nc", "tos") as found:
        for name in ("latitude", "longitude"):
            assert np.isnan(found[name].values).sum() == without
        assert np.isfinite(found.tos.values).sum() == values[0].size - cells[0] * cells[1]
