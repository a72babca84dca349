"""Grids that are regular whatever their coordinates look like: in two dimensions, or a turn on."""

import numpy as np
import pytest
import xarray as xr
from stated_fields import LAT, LON, TRUTH, read, sst


@pytest.mark.parametrize("step", [1 / 3, 1 / 12, 2.5])
@pytest.mark.parametrize("start", [0, -180, 1 / 7])
@pytest.mark.parametrize("extra", [1, 3])
@pytest.mark.parametrize("turned", [1, -1])
def test_columns_that_come_again_are_left_out_in_any_precision(
    tmp_path, step, start, extra, turned
):
    count = round(360 / step)
    lon = start + step * np.arange(count + extra)
    values = np.cos(np.radians(lon)) + 20 + 0 * np.array([[1], [2]])

    def field(kind, number):
        east = {"units": "degrees_east"}
        at = xr.Dataset(
            {"sst": (("lat", "lon"), values[:, :number].astype("f4"), {"units": "degC"})},
            {"lat": [0.0, 1.0], "lon": ("lon", lon[:number].astype(kind), east)},
        )
        return read(tmp_path, at.isel(lon=slice(None, None, turned)))

    plain = field("f8", count)
    for kind in ("f4", "f8"):
        found = field(kind, count + extra)
        assert found.sizes["longitude"] == count
        np.testing.assert_allclose(np.diff(found.longitude), step, atol=2e-4)
        np.testing.assert_allclose(found.longitude, plain.longitude, atol=1e-4)
        np.testing.assert_allclose(found.tos, plain.tos, atol=1e-3)


def test_columns_of_an_uneven_step_that_are_near_stay(tmp_path):
    lon = np.r_[0.0, 1, 1.0001, 2, 3, 359, 359.5, 359.95, 359.99]
    dataset = sst().assign_coords(lon=("lon", lon, {"units": "degrees_east"}))
    assert read(tmp_path, dataset).sizes["longitude"] == lon.size


@pytest.mark.parametrize("dims", [("lat", "lon"), ("lon", "lat")])
@pytest.mark.parametrize("missing", [0, 1, 9])
@pytest.mark.parametrize("shift", [0, 180 + 46.5])
def test_places_in_two_dimensions_by_any_order_and_with_gaps(tmp_path, dims, missing, shift):
    """The dimensions of the places name nothing: j and i may be x and y."""
    lat, lon = np.meshgrid(LAT, LON + shift, indexing="ij")
    rng = np.random.default_rng(missing)
    for values in (lat, lon):
        values.flat[rng.permutation(values.size)[:missing]] = np.nan
    places = {"phi": (("lat", "lon"), lat, {"units": "degrees_north"}),
              "lam": (("lat", "lon"), lon, {"units": "degrees_east"})}  # fmt: skip
    dataset = sst().drop_vars(["lat", "lon"]).assign_coords(places)
    dataset = dataset.transpose("time", *dims).rename(lat="j", lon="i")
    found = read(tmp_path, dataset)
    assert found.attrs["grid"] == "rectilinear"
    east = np.sort((LON + shift + 180) % 360 - 180)
    np.testing.assert_allclose(found.latitude, LAT)
    np.testing.assert_allclose(found.longitude, east)
    plain = np.take_along_axis(TRUTH, np.argsort((LON + shift + 180) % 360)[None], 1)
    np.testing.assert_allclose(found.tos.values[0, 0], plain)


def test_a_line_without_any_place_leaves_a_grid_curvilinear(tmp_path):
    lat, lon = np.meshgrid(LAT, LON, indexing="ij")
    lat[3] = np.nan
    places = {"phi": (("j", "i"), lat, {"units": "degrees_north"}),
              "lam": (("j", "i"), lon, {"units": "degrees_east"})}  # fmt: skip
    dataset = sst().drop_vars(["lat", "lon"]).rename(lat="j", lon="i").assign_coords(places)
    assert read(tmp_path, dataset).attrs["grid"] == "curvilinear"
