"""What a gridded file says of its values and coordinates is honoured, or the file is refused."""

import gsw
import netCDF4
import numpy as np
import pytest
import xarray as xr

from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.sources import read_field
from thermocline.sources.fields import field_account

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


def check(tmp_path, dataset, wild, **encoding):
    """Wild values are missing and the others the truth; the account agrees."""
    found = read(tmp_path, dataset, **encoding)
    np.testing.assert_allclose(found.tos.values[0, 0], np.where(wild, np.nan, TRUTH), atol=0.01)
    account = field_account(found, "tos")
    assert account.held == TRUTH.size and account.used == TRUTH.size - wild.sum()
    return account


WILD = np.zeros(TRUTH.shape, bool)
WILD[2:4, 1:5] = True
BAD = np.where(WILD, np.float32(4.5), TRUTH)
LEVELS = "no_data bad_data worst_quality low_quality acceptable_quality best_quality"


@pytest.mark.parametrize("bad", [0, 1, 2, 3])
@pytest.mark.parametrize("meanings", [True, False])
def test_quality_levels_below_4_are_missing(tmp_path, bad, meanings):
    said = {"flag_values": np.arange(6, dtype="i1"), "flag_meanings": LEVELS} if meanings else {}
    dataset = flagged(sst(BAD), "quality_level", np.where(WILD, bad, 5).astype("i1"), **said)
    account = check(tmp_path, dataset, WILD)
    (reason,) = account.dropped
    assert "quality level" in reason


@pytest.mark.parametrize(
    ("flag", "good", "bad", "attributes"),
    [
        ("l2p_flags", 1, 3, {"flag_masks": np.array([1, 2, 4], "i2"),
                             "flag_meanings": "microwave land ice"}),
        ("l2p_flags", 64, 192, {"flag_masks": np.array([64, 192, 192], "i2"),
                                "flag_values": np.array([64, 128, 192], "i2"),
                                "flag_meanings": "day probably_cloud cloud"}),
        ("sst_qc", 1, 4, {}),
        ("sst_flag", 0, 2, {"flag_values": np.array([0, 1, 2], "i1"),
                            "flag_meanings": "good probably_good bad"}),
        ("cloud_state", 0, 1, {"flag_values": np.array([0, 1], "i1"),
                               "flag_meanings": "cloud_free cloudy"}),
    ],
)  # fmt: skip
def test_flags_by_values_masks_and_both(tmp_path, flag, good, bad, attributes):
    values = np.where(WILD, bad, good).astype("i2")
    check(tmp_path, flagged(sst(BAD), flag, values, **attributes), WILD)


def test_flags_of_another_variable_are_not_ours(tmp_path):
    bad = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": "good bad"}
    dataset = flagged(sst(), "wind_flag", np.where(WILD, 1, 0).astype("i1"), **bad)
    dataset["wind"] = dataset.sst * 0
    check(tmp_path, dataset, WILD & False)
    dataset.sst.attrs["ancillary_variables"] = "wind_flag"
    check(tmp_path, dataset, WILD)


def test_own_flags_without_a_meaning_are_refused(tmp_path):
    dataset = flagged(sst(), "sst_flag", np.where(WILD, 7, 0).astype("i1"))
    with pytest.raises(BadData, match=r"f\.nc.*sst_flag of sst do not say what they mean"):
        read(tmp_path, dataset)
    dataset.sst_flag.attrs = {"flag_values": np.array([0, 7, 8], "i1"), "flag_meanings": "good bad"}
    with pytest.raises(BadData, match="2 flag_meanings for 3 flags"):
        read(tmp_path, dataset)


def test_an_adjusted_field_goes_before_the_raw_one(tmp_path):
    said = {"standard_name": "sea_surface_subskin_temperature"}
    dataset = sst(TRUTH - 0.8, "sea_surface_temperature", **said)
    dataset["adjusted_sea_surface_temperature"] = sst(**said).sst
    check(tmp_path, dataset, WILD & False)
    del dataset.adjusted_sea_surface_temperature.attrs["standard_name"]
    check(tmp_path, dataset, WILD & False)


PACKING = {"dtype": "i2", "scale_factor": 0.01, "add_offset": 0.0, "_FillValue": -32768}


@pytest.mark.parametrize(
    ("attributes", "encoding"),
    [
        ({"valid_min": np.float32(-2), "valid_max": np.float32(45)}, None),
        ({"valid_range": np.array([-2, 45], "f4")}, None),
        ({"valid_min": np.int16(-200), "valid_max": np.int16(4500)}, PACKING),
        ({"valid_range": np.array([-200, 4500], "i2")}, PACKING),
        # The wrong way round, as many files have it.
        ({"valid_min": np.int16(-2), "valid_max": np.int16(45)}, PACKING),
        ({"valid_min": np.float32(-2), "valid_max": np.float32(45)}, PACKING),
        ({"valid_min": np.float64(-200), "valid_max": np.float64(4500)}, PACKING),
    ],
)
def test_valid_ranges_of_packed_and_unpacked_values(tmp_path, attributes, encoding):
    wild = np.where(WILD, np.float32(61.25), TRUTH)
    kind = {"sst": encoding} if encoding else {}
    account = check(tmp_path, sst(wild, **attributes), WILD, **kind)
    assert account.dropped == {"outside the valid range": int(WILD.sum())}


def test_values_of_which_nothing_is_said_and_no_sea_has_are_accounted_for_or_refused(tmp_path):
    few = np.zeros(TRUTH.shape, bool)
    few[1, 2:5] = True
    account = check(tmp_path, sst(np.where(few, np.float32(57.5), TRUTH)), few)
    assert account.dropped == {"beyond what the sea can be": 3}
    rng = np.random.default_rng(3)
    wild = rng.uniform(-50, 60, TRUTH.shape).astype("f4")
    with pytest.raises(BadData, match=r"f\.nc.*of sst are beyond what the sea can be: -4.*degree"):
        read(tmp_path, sst(wild))


def test_what_flags_reject_is_not_held_against_a_file(tmp_path):
    """However wild it is."""
    few = np.where(WILD, np.float32(-50), TRUTH)
    level = np.where(WILD, 1, 5).astype("i1")
    account = check(tmp_path, flagged(sst(few), "quality_level", level), WILD)
    assert account.dropped == {"quality level below 4": int(WILD.sum())}


def test_contradictory_valid_ranges_are_refused(tmp_path):
    with pytest.raises(BadData, match=r"valid range of sst is from 5\.0 to -5\.0"):
        read(tmp_path, sst(valid_min=5.0, valid_max=-5.0))
    with pytest.raises(BadData, match="dropped, the last 72 as outside the valid range"):
        read(tmp_path, sst(TRUTH + 273.15, units="K", valid_min=-2.0, valid_max=40.0))


@pytest.mark.parametrize(
    "fill", [-999, -9999, 9999, -1000, 99999, -99.99, 1e20, 9.96921e36, -32768, -1e34]
)
@pytest.mark.parametrize("units", ["degC", "K"])
def test_fills_that_are_not_declared_are_missing(tmp_path, fill, units):
    offset = 273.15 if units == "K" else 0
    dataset = sst(np.where(WILD, np.float32(fill), TRUTH + np.float32(offset)), units=units)
    account = check(tmp_path, dataset, WILD, sst={"_FillValue": None})
    assert account.dropped == {"undeclared fill value": int(WILD.sum())}


def test_a_fill_that_is_not_declared_in_most_of_the_file_is_not_taken_for_a_wrong_unit(tmp_path):
    wild = np.ones(TRUTH.shape, bool)
    wild[1:3] = False
    dataset = sst(np.where(wild, np.float32(-1000), TRUTH + np.float32(273.15)), units="K")
    check(tmp_path, dataset, wild, sst={"_FillValue": None})


def test_fills_of_packed_numbers(tmp_path):
    check(tmp_path, sst(TRUTH), WILD & False, sst=PACKING)
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        file["sst"].set_auto_maskandscale(False)
        file["sst"][0] = np.where(WILD, np.int16(-32767), file["sst"][0])
    found = read_field(tmp_path / "f.nc", "tos").tos.values[0, 0]
    np.testing.assert_array_equal(np.isnan(found), WILD)


@pytest.mark.parametrize("units", ["K", "degC"])
@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"standard_name": "sea_surface_temperature_anomaly"}, "an anomaly"),
        ({"long_name": "NDJFM mean SST anomalies"}, "an anomaly"),
        ({"standard_name": "air_temperature"}, "air_temperature"),
        ({"standard_name": "sea_surface_temperature standard_error"}, "a standard error"),
        ({"cell_methods": "time: standard_deviation"}, "a standard deviation"),
    ],
)
def test_what_is_no_temperature_is_refused_by_name(tmp_path, units, attributes, says):
    with pytest.raises(BadData, match=rf"f\.nc.*{says}"):
        read(tmp_path, sst(TRUTH - 20, "tos", units=units, **attributes))


def test_a_variable_is_found_by_its_standard_name_whatever_it_is_called(tmp_path):
    dataset = sst(name="x123", standard_name="sea_surface_foundation_temperature")
    check(tmp_path, dataset, WILD & False)
    dataset["air"] = dataset.x123.copy(data=dataset.x123 * 0)
    dataset.air.attrs["standard_name"] = "air_temperature"
    check(tmp_path, dataset, WILD & False)
    dataset["y"] = dataset.x123
    with pytest.raises(BadFile, match="several variables may be tos: x123, y"):
        read(tmp_path, dataset)
    dataset = dataset.rename(y="sst")  # a known name decides
    check(tmp_path, dataset.assign(x123=dataset.x123 * 0 + 3), WILD & False)


def test_a_missing_variable_says_what_was_looked_for_and_what_is_there(tmp_path):
    dataset = sst(name="x", standard_name="air_temperature").assign(y=3)
    with pytest.raises(BadFile) as problem:
        read(tmp_path, dataset)
    for word in (
        "has no variable tos",
        "sea_surface_temperature",
        "analysed_sst",
        "'air_temp",
        "y",
    ):
        assert word in str(problem.value)


def test_numbers_that_are_booleans_are_none(tmp_path):
    with pytest.raises(BadFile, match="no numbers"):
        read(tmp_path, sst(TRUTH > 20))


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
    check(tmp_path, west, WILD & False)
    assert read(tmp_path, west).longitude.values.tolist() == LON.tolist()
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


def test_a_chunk_that_inflates_to_far_more_than_is_asked_for_is_refused(tmp_path):
    with netCDF4.Dataset(tmp_path / "f.nc", "w") as file:
        for name, size in (("time", 4000), ("lat", 200), ("lon", 400)):
            file.createDimension(name, size)
            axis = file.createVariable(name, "f8", (name,))
            axis[:] = np.linspace(0, 80, size)
        file["time"].units = "days since 2000-01-01"
        chunks = {"chunksizes": (4000, 200, 400), "zlib": True}
        file.createVariable("sst", "f4", ("time", "lat", "lon"), **chunks).units = "degC"
    with pytest.raises(BadFile, match="in chunks of"):
        read_field(tmp_path / "f.nc", "tos")


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
