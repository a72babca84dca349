"""Gridded fields: every provider's conventions end in the same canonical one."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from provider_files import cmip6, value_at

from thermocline.errors import BadData, BadFile
from thermocline.sources import read_field, read_levitus_mitgcm, sniff
from thermocline.sources.fields import values

DIMS = ("time", "depth", "latitude", "longitude")


def saved(dataset: xr.Dataset, path, **encoding) -> str:
    dataset.to_netcdf(path, encoding=encoding or None)
    return str(path)


def check_places(field: xr.DataArray) -> None:
    """Every value is the one that belongs to its coordinates, wherever it has been moved."""
    first = field.isel(time=0)
    expected = value_at(first.latitude.values[:, None], first.longitude.values,
                        first.depth.values[:, None, None])  # fmt: skip
    known = np.isfinite(first.values)
    assert known.mean() > 0.9
    assert first.values[known] == pytest.approx(expected[known], abs=0.02)
    for name in ("depth", "latitude", "longitude"):
        assert (np.diff(field[name]) > 0).all()
    assert field.longitude.min() >= -180 and field.longitude.max() < 180


def test_cmip6_member_calendar_and_places(tmp_path):
    path = saved(cmip6(), tmp_path / "thetao_Omon_MODEL-1_historical_r12i1p1f2_gn_185001.nc")
    assert sniff(path) == "field"
    read = read_field(path)
    assert read.thetao.dims == DIMS and read.thetao.dtype == np.float32
    check_places(read.thetao)
    assert np.isnan(read.thetao.sel(latitude=-60, longitude=0.5)).all()
    assert read.time.dt.calendar == "noleap"
    assert read.attrs["member"] == "r12" and read.attrs["source"] == "MODEL-1"
    assert read.thetao.attrs["units"] == "degree_Celsius"


def test_member_falls_back_to_the_file_name(tmp_path):
    dataset = cmip6()
    del dataset.attrs["variant_label"]
    path = saved(dataset, tmp_path / "thetao_Omon_X_historical_r3i1p1f1_gn_185001-185002.nc")
    assert read_field(path).attrs["member"] == "r3"
    truth = cmip6().assign_attrs(variant_label="truthi1p1f1")
    assert read_field(saved(truth, tmp_path / "t.nc")).attrs["member"] == "truth"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.isel(lat=slice(None, None, -1)),
        lambda d: d.isel(lev=slice(None, None, -1)),
        lambda d: d.isel(lon=[2, 3, 0, 1]),
        lambda d: d.assign_coords(lon=d.lon - 360),
        lambda d: d.rename(thetao="votemper", lat="nav_lat", lon="nav_lon", lev="deptht"),
        lambda d: d.transpose("lon", "time", "lat", "lev"),
        lambda d: d.expand_dims(ensemble=1),
        # The first meridian again at the end, as cyclic files have it.
        lambda d: xr.concat(
            [d, d.isel(lon=[0]).assign_coords(lon=("lon", [360.5], d.lon.attrs))], "lon"
        ),
    ],
)
def test_order_convention_and_names_do_not_matter(tmp_path, change):
    read = read_field(saved(change(cmip6()), tmp_path / "f.nc"))
    assert read.thetao.dims == DIMS and dict(read.sizes) == {
        "time": 2, "depth": 3, "latitude": 4, "longitude": 4,
    }  # fmt: skip
    check_places(read.thetao)


@pytest.mark.parametrize(
    ("scale", "attributes"),
    [
        (100.0, {"units": "centimeters", "positive": "down"}),
        (100.0, {"units": "cm", "positive": "down"}),
        (-1.0, {"units": "m", "positive": "up"}),
        (1.0, {"units": "METERS"}),
    ],
)
def test_depth_units_and_direction(tmp_path, scale, attributes):
    dataset = cmip6()
    dataset = dataset.assign_coords(lev=("lev", dataset.lev.values * scale, attributes))
    read = read_field(saved(dataset, tmp_path / "f.nc"))
    assert read.depth.values == pytest.approx([5, 50, 500])
    check_places(read.thetao)


def test_depth_in_another_unit_and_sigma_levels_are_refused(tmp_path):
    dataset = cmip6()
    dataset.lev.attrs["units"] = "dbar"
    with pytest.raises(BadData, match="depth has a unit of another quantity"):
        read_field(saved(dataset, tmp_path / "f.nc"))
    dataset.lev.attrs = {"standard_name": "ocean_sigma_coordinate", "axis": "Z"}
    with pytest.raises(BadData, match="follow the sea floor"):
        read_field(saved(dataset, tmp_path / "g.nc"))


def test_kelvin_is_converted_and_mislabelled_kelvin_refused(tmp_path):
    dataset = cmip6(units="K")
    dataset["thetao"] = (dataset.thetao + 273.15).assign_attrs(units="K")
    check_places(read_field(saved(dataset, tmp_path / "k.nc")).thetao)
    dataset.thetao.attrs["units"] = "degC"
    with pytest.raises(BadData, match=r"k2\.nc.*kelvin"):
        read_field(saved(dataset, tmp_path / "k2.nc"))
    dataset.thetao.attrs["units"] = "furlong"
    with pytest.raises(BadData, match=r"another quantity.*degree_Celsius or K"):
        read_field(saved(dataset, tmp_path / "k3.nc"))


def test_packed_integers_are_unpacked(tmp_path):
    encoding = {"dtype": "int16", "scale_factor": 0.01, "add_offset": 5.0, "_FillValue": -32767}
    path = saved(cmip6(), tmp_path / "f.nc", thetao=encoding)
    check_places(read_field(path).thetao)
    assert np.isnan(read_field(path).thetao).sum() == 2 * 3


def test_undeclared_fill_values_are_missing_and_all_of_them_an_error(tmp_path):
    dataset = cmip6()
    dataset["thetao"] = dataset.thetao.fillna(9.96921e36)
    path = saved(dataset, tmp_path / "f.nc", thetao={"_FillValue": -9999.0})
    check_places(read_field(path).thetao)
    dataset["thetao"] = dataset.thetao * 0 + np.float32(9.96921e36)
    with pytest.raises(BadData, match="every value of thetao is missing"):
        read_field(saved(dataset, tmp_path / "g.nc", thetao={"_FillValue": -9999.0}))


@pytest.mark.parametrize(
    ("units", "calendar", "first"),
    [
        ("days since 1850-01-01", "360_day", "1850-01-16"),
        ("days since 1850-01-01", "julian", "1850-01-16"),
        ("days since 1850-01-01", "gregorian", "1850-01-16"),
        ("months since 1980-01-01", "standard", "1981-04-16"),
    ],
)
def test_calendars(tmp_path, units, calendar, first):
    dataset = cmip6()
    dataset.time.attrs.update(units=units, calendar=calendar)
    time = read_field(saved(dataset, tmp_path / "f.nc")).time
    assert str(time.values[0])[:10] == first
    if calendar in ("360_day", "julian"):
        assert time.dt.calendar == calendar


@pytest.mark.parametrize("units", ["days since 0", "days", ""])
def test_times_that_cannot_be_decoded_stay_numbers(tmp_path, units):
    dataset = cmip6()
    dataset.time.attrs.update(units=units)
    assert read_field(saved(dataset, tmp_path / "f.nc")).time.values.tolist() == [15.5, 45.5]


def test_a_time_whose_date_is_not_understood_is_refused(tmp_path):
    """Not taken for none: the map would be dated by whoever asks."""
    dataset = cmip6()
    dataset.time.attrs.update(units="days since 2008-01-01 at noon")
    with pytest.raises(BadFile, match="name no date"):
        read_field(saved(dataset, tmp_path / "f.nc"))


def test_curvilinear_grids_keep_their_positions(tmp_path):
    dataset = cmip6()
    lon, lat = np.meshgrid(dataset.lon, dataset.lat)
    lat = lat + np.linspace(0, 3, 4)  # parallels that bend
    curved = dataset.drop_vars(["lat", "lon"]).rename(lat="j", lon="i")
    curved = curved.assign_coords(
        latitude=(("j", "i"), lat, {"units": "degrees_north"}),
        longitude=(("j", "i"), lon, {"units": "degrees_east"}),
    )
    read = read_field(saved(curved, tmp_path / "f.nc"))
    assert read.attrs["grid"] == "curvilinear" and read.thetao.dims == ("time", "depth", "y", "x")
    assert read.latitude.values == pytest.approx(lat)
    assert read.longitude.values == pytest.approx((lon + 180) % 360 - 180)
    assert (read.thetao.values[0] == dataset.thetao.values[0])[np.isfinite(dataset.thetao[0])].all()


def test_two_dimensional_coordinates_of_a_regular_grid_are_reduced(tmp_path):
    dataset = cmip6()
    lon, lat = np.meshgrid(dataset.lon, dataset.lat)
    flat = dataset.drop_vars(["lat", "lon"]).assign_coords(
        nav_lat=(("lat", "lon"), lat, {"units": "degrees_north"}),
        nav_lon=(("lat", "lon"), lon, {"units": "degrees_east"}),
    )
    flat = flat.rename_dims(lat="y", lon="x")
    read = read_field(saved(flat, tmp_path / "f.nc"))
    assert read.attrs["grid"] == "rectilinear"
    check_places(read.thetao)


def test_surface_fields_lie_at_zero_metres(tmp_path):
    dataset = cmip6().isel(lev=0, drop=True).rename(thetao="analysed_sst")
    dataset["analysed_sst"] = dataset.analysed_sst + 273.15
    dataset.analysed_sst.attrs = {"units": "kelvin", "standard_name": "sea_surface_temperature"}
    read = read_field(saved(dataset, tmp_path / "sst.nc"), "tos")
    assert read.tos.dims == DIMS and read.depth.values.tolist() == [0]
    with pytest.raises(BadFile, match="has no variable thetao"):
        read_field(tmp_path / "sst.nc")


def test_scalar_depth_and_absent_time(tmp_path):
    dataset = cmip6().isel(lev=1, time=0).drop_vars("time")
    read = read_field(saved(dataset, tmp_path / "f.nc"))
    assert read.depth.values.tolist() == [50] and np.isnat(read.time.values).all()
    check_places(read.thetao)
    with pytest.raises(BadData, match="at which depth"):
        read_field(saved(dataset.drop_vars("lev"), tmp_path / "g.nc"))


def test_a_dimension_that_is_no_axis_is_refused(tmp_path):
    dataset = cmip6().expand_dims(lead=3)
    with pytest.raises(BadData, match="dimension lead"):
        read_field(saved(dataset, tmp_path / "f.nc"))


def test_zonal_means_keep_basins_and_have_no_longitude(tmp_path):
    dataset = cmip6().isel(lon=1, drop=True).expand_dims(basins=2)
    read = read_field(saved(dataset, tmp_path / "f.nc"))
    assert read.attrs["grid"] == "zonal"
    assert read.thetao.dims == ("basins", "time", "depth", "latitude")


def test_in_situ_temperature_becomes_potential(tmp_path):
    dataset = cmip6(depth=(0.0, 2000.0, 4000.0))
    dataset["thetao"] = dataset.thetao * 0 + 2.0
    dataset.thetao.attrs = {"units": "degC", "standard_name": "sea_water_temperature"}
    path = saved(dataset.rename(thetao="t_an"), tmp_path / "f.nc")
    read = read_field(path).thetao.sel(latitude=20, longitude=90.5).isel(time=0)
    # UNESCO technical paper 44 at the 2022 and 4063 dbar of these depths.
    assert read.values == pytest.approx([2.0, 1.8604, 1.6579], abs=0.005)
    dataset.thetao.attrs["standard_name"] = "sea_water_potential_temperature"
    read = read_field(saved(dataset, tmp_path / "g.nc")).thetao
    assert (read.values[np.isfinite(read.values)] == 2).all()


def test_long_series_are_not_refused_for_their_length(tmp_path):
    path = tmp_path / "long.nc"
    with netCDF4.Dataset(path, "w") as handle:
        sizes = {"time": 2000, "lev": 60, "lat": 180, "lon": 360}  # 7.8e9 values, unwritten
        for name, size in sizes.items():
            handle.createDimension(name, size)
            first = -80 if name in ("lat", "lon") else 0
            handle.createVariable(name, "f8", (name,))[:] = np.linspace(first, 80, size)
        handle["lev"].units = "m"
        dims = tuple(sizes)
        stored = handle.createVariable("thetao", "f4", dims, chunksizes=(1, 60, 180, 360))
        stored[0] = 15.0
    read = read_field(path)
    assert read.thetao.shape == (2000, 60, 180, 360) and float(read.thetao[0].mean()) == 15.0
    read.close()


def test_large_fields_are_read_lazily(tmp_path):
    read = read_field(saved(cmip6(), tmp_path / "f.nc"))
    assert read.thetao.chunks is not None
    read.close()


def test_levitus_binaries(tmp_path):
    shape = (12, 15, 40, 90)
    temperature = np.full(shape, 10.0, dtype=">f4")
    temperature[:, :, 20, 0] = 25.0
    temperature[0, 0, 1, 1] = -5.6
    salinity = np.full(shape, 35.0, dtype=">f4")
    salinity[..., :10] = 0
    temperature[..., 5] = 0
    temperature[..., 30] = 0  # sea water of 0 °C
    (tmp_path / "lev_t.bin").write_bytes(temperature.tobytes())
    (tmp_path / "lev_s.bin").write_bytes(salinity.tobytes())
    read = read_levitus_mitgcm(tmp_path)
    assert read.thetao.dims == DIMS and read.sizes["depth"] == 15
    assert read.depth.values[:3].tolist() == [25, 85, 170]
    assert read.longitude.values[[0, -1]].tolist() == [-178, 178]
    assert (
        np.isnan(read.thetao.sel(longitude=2)).all() and np.isnan(read.so.sel(longitude=22)).all()
    )
    assert (read.thetao.sel(longitude=122) == 0).all()
    assert float(read.thetao.min()) >= -2.5
    (tmp_path / "lev_t.bin").write_bytes(temperature.tobytes()[:-4])
    with pytest.raises(BadFile, match=r"lev_t\.bin"):
        read_levitus_mitgcm(tmp_path)


def test_absurd_sizes_are_refused_before_anything_is_read(tmp_path):
    path = tmp_path / "huge.nc"
    with netCDF4.Dataset(path, "w") as handle:
        for name in ("time", "depth", "lat", "lon"):
            handle.createDimension(name, 10_000)
        handle.createVariable(
            "thetao", "f4", ("time", "depth", "lat", "lon"), chunksizes=(1, 1, 9, 9)
        )
    with pytest.raises(BadFile, match="claims"):
        read_field(path)


ORDERS = {"descending": [2, 1, 0], "mixed": [1, 2, 0]}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize(
    "time",
    [
        {"units": "days since 2000-01-01"},
        {"units": "days since 2000-01-01", "calendar": "360_day"},
        {"units": "months since 0000-01-01"},
        {"units": "month"},
    ],
)
def test_times_are_put_in_order(tmp_path, monkeypatch, order, blocks, time):
    """Lazily where a file is large; months of a climatology too."""
    monkeypatch.setattr(values, "SMALL", 0 if blocks else values.SMALL)
    sst = 15 + np.arange(3.0)[:, None, None] + np.linspace(0, 1, 20).reshape(4, 5)
    plain = xr.Dataset(
        {"tos": (("time", "lat", "lon"), sst, {"units": "degC"})},
        coords={
            "time": ("time", [1.0, 2.0, 3.0], time | {"axis": "T"}),
            "lat": ("lat", np.arange(4.0), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(5.0), {"units": "degrees_east"}),
        },
    )
    expected = read_field(saved(plain, tmp_path / "f.nc"), "tos")
    chunks = {"tos": {"chunksizes": (1, 4, 5)}}
    given = plain.isel(time=ORDERS[order])
    found = read_field(saved(given, tmp_path / "g.nc", **chunks), "tos")
    assert found.tos.chunks is not None
    assert (found.time.values == expected.time.values).all()
    assert (np.diff(found.time.values) > (found.time.values[0] - found.time.values[0])).all()
    np.testing.assert_array_equal(found.tos, expected.tos)
    np.testing.assert_array_equal(found.tos_status, expected.tos_status)
