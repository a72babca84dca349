"""Levels that nobody asks for are not read, and change nothing of those that are."""

import netCDF4
import numpy as np
import pytest

from thermocline.prepare.vertical import interpolate_depth
from thermocline.sources import read_field
from thermocline.sources.coordinates.levels import down_to

DEPTH = np.array([5.0, 20, 60, 150, 400, 900])


@pytest.fixture(params=["downward", "upward"])
def file(request, tmp_path):
    """A month of water, with levels from either end."""
    order = slice(None) if request.param == "downward" else slice(None, None, -1)
    path = tmp_path / "thetao.nc"
    with netCDF4.Dataset(path, "w") as made:
        axes = {
            "time": (np.array([15.0]), "days since 2000-01-01"),
            "lev": (DEPTH[order], "m"),
            "lat": (np.arange(-20.0, 21, 10), "degrees_north"),
            "lon": (np.arange(0.0, 360, 60), "degrees_east"),
        }
        for name, (values, units) in axes.items():
            made.createDimension(name, len(values))
            made.createVariable(name, "f8", (name,))[:] = values
            made[name].units = units
        made["lev"].positive = "down"
        field = made.createVariable("thetao", "f4", tuple(axes))
        field.units = "degC"
        shape = (1, 6, 5, 6)
        field[:] = (20 - DEPTH[:, None, None] / 100 + np.random.default_rng(0).random(shape))[
            :, order
        ]
    return path


@pytest.mark.parametrize(
    ("deepest", "count"), [(150, 4), (150.1, 5), (1, 2), (900, 6), (2000, 6), (np.inf, 6)]
)
def test_the_last_level_is_the_first_as_deep_as_is_asked_for(file, deepest, count):
    with down_to(deepest), read_field(file) as field:
        np.testing.assert_array_equal(field.depth, DEPTH[:count])
        assert field.thetao.sizes["depth"] == field.thetao_status.sizes["depth"] == count


def test_what_is_interpolated_from_them_is_as_from_all(file):
    levels = np.array([10.0, 20, 100, 299])
    with read_field(file) as field:
        whole = interpolate_depth(field.thetao.values, field.depth.values, levels)
    with down_to(levels[-1]), read_field(file) as field:
        np.testing.assert_array_equal(
            interpolate_depth(field.thetao.values, field.depth.values, levels), whole
        )
