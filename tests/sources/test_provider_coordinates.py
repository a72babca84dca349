"""What a gridded file says of places, depths and times is honoured, or the file is refused."""

import cftime
import gsw
import numpy as np
import pytest
import xarray as xr
from stated_fields import LAT, LON, TRUTH, read, sst

from thermocline.errors import BadData, ThermoclineError


def column(depth, values, units="m", name="depth", index=None, **attributes) -> xr.Dataset:
    """A field of levels; their coordinate is `name`, with a dimension k that `index` may count."""
    depth, values = np.asarray(depth, float), np.asarray(values, float)
    field = values[:, None, None] + np.zeros((1, *map(len, (depth, LAT, LON))))
    said = {"units": "degC", "standard_name": "sea_water_potential_temperature"}
    dataset = xr.Dataset(
        {"thetao": (("time", "k", "lat", "lon"), field.astype("f4"), said)},
        coords=sst().coords | {name: ("k", depth, {"units": units} | attributes)},
    )
    return (
        dataset if index is None else dataset.assign_coords(k=("k", np.arange(len(depth)), index))
    )


@pytest.mark.parametrize("index", [{"axis": "Z"}, {"long_name": "model level number"}, {}])
@pytest.mark.parametrize("sign", [1, -1])
def test_an_index_of_levels_is_no_depth(tmp_path, index, sign):
    depth, values = np.array([5.0, 100, 1000]), [20, 15, 5]
    dataset = column(
        sign * depth, values, name="Z", index=index, positive="down" if sign > 0 else "up"
    )
    found = read(tmp_path, dataset.rename(k="lev") if index != {"axis": "Z"} else dataset, "thetao")
    assert found.depth.values.tolist() == depth.tolist()
    assert found.thetao.values[0, :, 0, 0].tolist() == values
    with pytest.raises(BadData, match="counts levels and is no depth"):
        read(tmp_path, dataset.drop_vars("Z").rename(k="lev"), "thetao")


@pytest.mark.parametrize(
    ("depth", "units", "attributes", "says"),
    [
        ([5, 100, 1000], "m", {"positive": "up"}, "positive up.*above the surface"),
        ([500, 10_000, 1_500_000], "m", {}, "no depths of the sea"),
        ([5, 100, 1000], "dbar", {}, "another quantity, 'dbar'"),
        ([5, -100, 1000], "m", {}, "no depths of the sea"),
        ([5, 100, 100], "m", {}, "has 100.0 2 times"),
        ([5, np.nan, 100], "m", {}, "1 missing or impossible values"),
        ([0, 1, 2], "1", {}, "counts levels"),
    ],
)
def test_depths_that_cannot_be(tmp_path, depth, units, attributes, says):
    with pytest.raises(BadData, match=says):
        read(tmp_path, column(depth, [20, 15, 5], units, **attributes), "thetao")


def test_the_bounds_of_depths_are_looked_at(tmp_path):
    dataset = column([5, 15, 30], [20, 15, 5], name="k", bounds="edges")
    edges = np.array([[0, 10], [10, 20], [20, 40]], float)
    assert read(tmp_path, dataset.assign(edges=(("k", "b"), edges)), "thetao").sizes["depth"] == 3
    with pytest.raises(BadData, match="k 15 contradicts its bounds, 20 to 40"):
        read(tmp_path, dataset.assign(edges=(("k", "b"), 2 * edges)), "thetao")


@pytest.mark.parametrize(
    ("lat", "lon", "says"),
    [
        (LAT, np.r_[LON[:-1], LON[0]], "lon has -50.5 2 times"),
        (np.r_[LAT[:-1], np.nan], LON, "lat has 1 missing"),
        (LAT, np.r_[LON[:-1], 1e30], "lon has 1 missing or impossible"),
        (LAT + 60, LON, "leaves the globe"),
    ],
)
def test_duplicate_and_missing_places_are_named(tmp_path, lat, lon, says):
    dataset = sst().assign_coords(
        lat=("lat", lat, {"units": "degrees_north"}), lon=("lon", lon, {"units": "degrees_east"})
    )
    with pytest.raises(BadData, match=says):
        read(tmp_path, dataset)


def test_a_pole_that_is_rounded_is_a_pole(tmp_path):
    lat = np.linspace(55, 90, LAT.size)
    lat[-1] = 90.0000025
    found = read(tmp_path, sst().assign_coords(lat=("lat", lat, {"units": "degrees_north"})))
    assert found.latitude.values.max() == 90


def test_degrees_west_are_negative(tmp_path):
    west = sst().assign_coords(lon=("lon", -LON, {"units": "degrees_west"}))
    found = read(tmp_path, west)
    assert found.longitude.values.tolist() == LON.tolist()
    np.testing.assert_allclose(found.tos.values[0, 0], TRUTH, atol=0.01)
    west.lon.attrs = {"units": "degrees_north", "standard_name": "longitude"}
    with pytest.raises(BadData, match="unit of latitude"):
        read(tmp_path, west)


def test_unstructured_grids_are_refused_as_such(tmp_path):
    flat = sst().stack(cell=("lat", "lon")).reset_index("cell")
    flat.lat.attrs, flat.lon.attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    with pytest.raises(BadData, match="an unstructured grid"):
        read(tmp_path, flat)


MONTHS = np.cumsum([0, 31, 29, 31, 30, 31, 30])


def monthly(times, edges=None) -> xr.Dataset:
    """Six months of 2008 whose value is the month's number, at `times` in days of that year."""
    edges = np.stack([MONTHS[:-1], MONTHS[1:]], axis=1) if edges is None else edges
    dataset = xr.concat([sst(TRUTH * 0 + month) for month in range(1, 7)], "time")
    said = {"units": "days since 2008-01-01", "bounds": "time_bnds"}
    return dataset.assign_coords(time=("time", np.asarray(times, float), said)).assign(
        time_bnds=(("time", "bnds"), np.asarray(edges, float))
    )


@pytest.mark.parametrize("times", [MONTHS[1:], MONTHS[:-1], (MONTHS[1:] + MONTHS[:-1]) / 2])
@pytest.mark.parametrize("turned", [1, -1])
def test_the_month_meant_is_that_of_the_interval(tmp_path, times, turned):
    dataset = monthly(times)
    dataset["time_bnds"] = dataset.time_bnds[:, ::turned]
    found = read(tmp_path, dataset)
    assert found.time.dt.month.values.tolist() == [1, 2, 3, 4, 5, 6]
    assert found.tos.values[:, 0, 0, 0].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
@pytest.mark.parametrize("way", ["ends", "starts", "middles"])
@pytest.mark.parametrize("years", [1, 10, 30])
def test_the_month_meant_is_that_of_the_interval_of_a_climatology(tmp_path, calendar, way, years):
    """Bounds of a climatology reach from a month of the first year to that of the last."""
    dates = xr.date_range("2001-01-01", periods=7, freq="MS", calendar=calendar, use_cftime=True)
    later = [date.replace(year=date.year + years - 1) for date in dates]
    number = lambda them: cftime.date2num(them, "days since 2001-01-01", calendar)
    first, last = number(list(dates)), number(later)
    middle = (first[:-1] + first[1:]) / 2
    times = {"ends": first[1:], "starts": first[:-1], "middles": middle}[way]
    dataset = monthly(times, np.stack([first[:-1], last[1:]], axis=1))
    said = {"units": "days since 2001-01-01", "calendar": calendar, "climatology": "time_bnds"}
    found = read(tmp_path, dataset.assign_coords(time=("time", times, said)))
    assert found.time.dt.month.values.tolist() == [1, 2, 3, 4, 5, 6]


def test_a_date_far_from_the_interval_of_a_climatology_is_refused(tmp_path):
    dataset = monthly(MONTHS[1:] + 100, np.stack([MONTHS[:-1], MONTHS[1:] + 3650], axis=1))
    dataset.time.attrs["climatology"] = dataset.time.attrs.pop("bounds")
    with pytest.raises(BadData, match=r"time 2008-0.-.. contradicts its bounds"):
        read(tmp_path, dataset)


def test_dates_far_from_their_interval_and_twice_there_are_refused(tmp_path):
    with pytest.raises(BadData, match=r"time 2008-0.-.. contradicts its bounds"):
        read(tmp_path, monthly(MONTHS[1:] + 60))
    with pytest.raises(BadData, match="time has 2008-01-11T00:00:00 2 times"):
        read(tmp_path, monthly([10, 10, 70, 100, 130, 160]).drop_vars("time_bnds"))


def test_conservative_temperature_is_converted_where_there_is_salinity(tmp_path):
    depth, potential = np.array([5.0, 1000, 4000]), np.array([20.0, 5, 1.5])
    absolute = gsw.SA_from_SP(36.0, gsw.p_from_z(-depth, 34), -46, 34)
    dataset = column(depth, gsw.CT_from_pt(absolute, potential))
    dataset.thetao.attrs["standard_name"] = "sea_water_conservative_temperature"
    with pytest.raises(BadData, match="conservative, without a salinity"):
        read(tmp_path, dataset, "thetao")
    dataset["salt"] = dataset.thetao * 0 + 36.0
    dataset.salt.attrs = {"units": "psu", "standard_name": "sea_water_practical_salinity"}
    found = read(tmp_path, dataset, "thetao").thetao.values[0, :, 4, 4]
    assert found == pytest.approx(potential, abs=2e-4)
    assert abs(found - dataset.thetao.values[0, :, 4, 4]).max() > 0.01


def test_every_refusal_is_of_our_own_kind(tmp_path):
    """Whatever is wrong with the axes of a file, the message is not an inner library's."""
    for change in (
        lambda d: d.drop_vars(["lat", "lon", "time"]),
        lambda d: d.drop_vars("lon"),
        lambda d: d.assign_coords(time=("time", [np.nan], {"units": "days since 2000-01-01"})),
        lambda d: d.isel(lat=[], lon=[]),
        lambda d: d.isel(lat=0),
        lambda d: d.expand_dims(lead=2),
    ):
        try:
            read(tmp_path, change(sst()))
        except ThermoclineError as problem:
            assert "does not hold together" not in str(problem), problem
