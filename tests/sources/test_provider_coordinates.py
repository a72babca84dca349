"""What a gridded file says of places, depths and times is honoured, or the file is refused."""

import cftime
import gsw
import netCDF4
import numpy as np
import pytest
import xarray as xr
from stated_fields import LAT, LON, TRUTH, read, sst

from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.sources import read_field
from thermocline.sources.fields.reader import field_account


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
    with pytest.raises(BadData, match="numbers the levels and is not a depth"):
        read(tmp_path, dataset.drop_vars("Z").rename(k="lev"), "thetao")


@pytest.mark.parametrize(
    ("depth", "units", "attributes", "says"),
    [
        ([5, 100, 1000], "m", {"positive": "up"}, "positive up.*above the surface"),
        ([500, 10_000, 1_500_000], "m", {}, "impossible in the sea"),
        ([5, 100, 1000], "dbar", {}, "another quantity, 'dbar'"),
        ([5, -100, 1000], "m", {}, "impossible in the sea"),
        ([5, 100, 100], "m", {}, "has 100.0 2 times"),
        ([5, np.nan, 100], "m", {}, "1 missing or impossible values"),
        ([0, 1, 2], "1", {}, "numbers the levels"),
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
            assert "its parts contradict each other" not in str(problem), problem


@pytest.mark.parametrize("first", ["TU", "UT"])
def test_places_that_the_variable_names_are_its_own(tmp_path, first):
    """POP and CICE have the corners of their cells beside the centres."""
    north, east = np.meshgrid(LAT, LON, indexing="ij")
    bent = {"T": (north + east / 50, east + north / 50)}
    bent["U"] = (bent["T"][0] + 0.5, bent["T"][1] + 0.5)
    dataset = sst(coordinates="TLONG TLAT time").drop_vars(["lat", "lon"])
    for grid in first:
        for name, values, way in zip(("LAT", "LONG"), bent[grid], ("north", "east"), strict=True):
            dataset[grid + name] = (("lat", "lon"), values, {"units": f"degrees_{way}"})
    found = read(tmp_path, dataset)
    np.testing.assert_allclose(found.latitude.values, bent["T"][0])
    np.testing.assert_allclose(found.longitude.values, bent["T"][1])


def test_a_depth_and_a_time_that_the_variable_names_are_its_own(tmp_path):
    dataset = column([0, 10, 30], [20, 15, 5], name="depth_top")
    dataset["middle"] = ("k", np.array([5.0, 20, 40]), {"units": "m", "standard_name": "depth"})
    dataset = dataset.drop_vars("time").assign(
        reftime=((), 10.0, {"units": "days since 2008-01-01"}),
        valid_time=((), 45.0, {"units": "days since 2008-01-01", "standard_name": "time"}),
    )
    dataset.thetao.encoding["coordinates"] = "valid_time middle lat lon"
    found = read(tmp_path, dataset, "thetao")
    assert found.depth.values.tolist() == [5, 20, 40]
    assert found.time.values.tolist() == [np.datetime64("2008-02-15", "ns").item()]


WRITTEN = ["2008-03-14", "2008-03-14T06:30:00Z", "20080314", "2008-03-14 06:30", "2008-03",
           "2008-03-14_06:30:00", "2008-03-14T08:30+02:00"]  # fmt: skip


@pytest.mark.parametrize("kind", [str, "S1"])
@pytest.mark.parametrize("text", WRITTEN)
def test_times_that_are_text_are_dates(tmp_path, text, kind):
    xr.concat([sst(), sst(TRUTH + 1)], "time").drop_vars("time").to_netcdf(tmp_path / "f.nc")
    texts = np.array([text, text.replace("2008", "2009")])
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        file.createDimension("letters", len(text))
        dims = ("time",) if kind is str else ("time", "letters")
        given = texts.astype(object) if kind is str else netCDF4.stringtochar(texts.astype("S"))
        file.createVariable("time", kind, dims)[:] = given
    with read_field(tmp_path / "f.nc", "tos") as found:
        clock = "06:30" if len(text) > 10 else "00:00"
        day = "01" if text == "2008-03" else "14"
        assert [str(t)[:16] for t in found.time.values] == [
            f"{year}-03-{day}T{clock}" for year in (2008, 2009)
        ]
        assert float(found.tos[1, 0, 0, 0] - found.tos[0, 0, 0, 0]) == pytest.approx(1)


def test_text_of_another_calendar_is_of_it(tmp_path):
    dataset = sst().assign_coords(time=("time", ["2008-02-30"], {"calendar": "360_day"}))
    (time,) = read(tmp_path, dataset).time.values
    assert (time.calendar, time.month, time.day) == ("360_day", 2, 30)


@pytest.mark.parametrize(
    ("time", "said", "says"),
    [
        (["winter"], {}, "time holds text that is not a date: 'winter'"),
        (["2008-13-01"], {}, "text that is not a date"),
        (["200803"], {}, "text that is not a date"),
        (["2008-03-14-05"], {}, "text that is not a date"),
        ([20080314], {"units": "YYYYMMDD"}, "'YYYYMMDD', which do not say since when"),
        ([20080314], {}, "no units, which do not say since when"),
        ([200803], {"units": "1"}, "do not say since when"),
        ([2454539.5], {"units": "Julian days"}, "do not say since when"),
    ],
)
def test_times_that_are_no_dates_are_refused(tmp_path, time, said, says):
    """Not taken for none: the map would be dated by whoever asks."""
    with pytest.raises(BadFile, match=says):
        read(tmp_path, sst().assign_coords(time=("time", time, said)))


@pytest.mark.parametrize(
    ("time", "units", "note"),
    [
        ([3.0], "", False),
        ([3.5], "months since 0000-01-01", False),
        ([45.5], "", True),
        ([7300.0], "days", True),
    ],
)
def test_numbers_that_say_no_date_are_noted_unless_they_count_months(tmp_path, time, units, note):
    found = read(tmp_path, sst().assign_coords(time=("time", time, {"units": units})))
    assert found.time.values.tolist() == time
    notes = field_account(found, "tos").notes
    assert any("time is not understood as a date" in each for each in notes) == note


@pytest.mark.parametrize(
    ("levels", "name", "said", "refused"),
    [
        ([-0.9, -0.6, -0.05], "lev", {"axis": "Z"}, True),
        ([-0.9, -0.6, -0.05], "s_rho", {"axis": "Z"}, True),
        ([24.0, 25, 26], "sigma0", {"axis": "Z"}, True),
        ([24.0, 25, 26], "lev", {"long_name": "potential density", "axis": "Z"}, True),
        ([5.0, 15, 25], "lev", {"long_name": "layer", "axis": "Z"}, True),
        ([5.0, 15, 25], "lev", {"long_name": "depth of the layer", "axis": "Z"}, False),
        ([0.5, 1.5, 2.5], "depth", {}, False),
        ([0.5], "depth", {}, False),
    ],
)
def test_levels_without_units_are_depths_unless_something_speaks_against_it(
    tmp_path, levels, name, said, refused
):
    dataset = column(levels, np.arange(len(levels)) + 5.0, "", name, **said)
    if not refused:
        assert read(tmp_path, dataset, "thetao").depth.values.tolist() == levels
        return
    with pytest.raises(BadData, match=rf"{name} has no units and is not a depth"):
        read(tmp_path, dataset, "thetao")


@pytest.mark.parametrize("names", [("rlat", "rlon"), ("lat", "lon")])
def test_a_rotated_pole_is_read_with_true_places_alone(tmp_path, names):
    said = {"grid_mapping_name": "rotated_latitude_longitude", "grid_north_pole_latitude": 39.0}
    dataset = sst(grid_mapping="pole").rename(lat=names[0], lon=names[1])
    dataset = dataset.assign(pole=((), 0, said))
    with pytest.raises(BadData, match="of a rotated pole, without true latitudes"):
        read(tmp_path, dataset)
    north, east = np.meshgrid(LAT + 10, LON, indexing="ij")
    for name, values, unit in (
        ("y", north, "degrees_north"),
        ("x", east + north / 9, "degrees_east"),
    ):
        dataset[name] = (names, values, {"units": unit})
    np.testing.assert_allclose(read(tmp_path, dataset).latitude.values, north)


def test_what_cannot_be_converted_is_accounted_for(tmp_path):
    dataset = column([5, 1000], [15, 5])
    dataset.thetao.attrs["standard_name"] = "sea_water_conservative_temperature"
    salt = xr.where(dataset.depth < 100, 35.0, np.nan) + dataset.thetao * 0
    dataset["so"] = salt.transpose(*dataset.thetao.dims).assign_attrs(units="psu")
    found = read(tmp_path, dataset, "thetao")
    account = field_account(found, "thetao")
    assert account.used == np.isfinite(found.thetao.values).sum() == TRUTH.size
    assert account.dropped == {"without the salinity that its conversion needs": TRUTH.size}
