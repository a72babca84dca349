"""What a gridded file says of its values is honoured, or the file is refused."""

import netCDF4
import numpy as np
import pytest
from stated_fields import TRUTH, flagged, read, sst

from thermocline.errors import BadData, BadFile
from thermocline.sources import read_field
from thermocline.sources.fields.reader import field_account


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


WORDS = [
    "PASS FAIL", "accepted rejected", "usable unusable", "good_data do_not_use", "ok corrupt",
    "0:good 1:bad", "good, bad", "BEST NOTPROCESSED", "passed failed", "accept reject",
    "not_rejected discarded", "acceptable unacceptable", "nominal dubious",
]  # fmt: skip


@pytest.mark.parametrize("meanings", WORDS)
@pytest.mark.parametrize("flag", ["sst_qc", "qual_sst", "quality_of_it"])
def test_whatever_words_say_that_values_are_bad(tmp_path, meanings, flag):
    said = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": meanings}
    dataset = flagged(sst(BAD), flag, np.where(WILD, 1, 0).astype("i1"), **said)
    dataset.sst.attrs["ancillary_variables"] = flag
    check(tmp_path, dataset, WILD)


def test_words_of_which_nothing_is_known_are_noted_or_refused(tmp_path):
    said = {"flag_values": np.array([0, 1, 2], "i1"), "flag_meanings": "good bad twilight"}
    dataset = flagged(sst(BAD), "sst_qc", np.where(WILD, 1, 2).astype("i1"), **said)
    account = check(tmp_path, dataset, WILD)
    assert "values that sst_qc calls twilight are used" in account.notes
    dataset.sst_qc.attrs["flag_meanings"] = "good blue twilight"
    with pytest.raises(BadData, match=r"f\.nc.*sst_qc of sst do not say what they mean"):
        read(tmp_path, dataset)
    dataset.sst_qc.attrs["flag_meanings"] = "good best nominal"
    account = check(tmp_path, flagged(sst(), "sst_qc", dataset.sst_qc[0], **dataset.sst_qc.attrs),
                    WILD & False)  # fmt: skip
    assert not any("sst_qc" in note for note in account.notes)


def test_flags_whose_numbers_are_written_as_text(tmp_path):
    said = {"flag_values": "0b, 1b", "flag_meanings": "good bad"}
    check(tmp_path, flagged(sst(BAD), "sst_qc", np.where(WILD, 1, 0).astype("i1"), **said), WILD)


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
        ({"valid_range": np.array([-np.inf, 45], "f4")}, None),
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


@pytest.mark.parametrize(
    ("packing", "fill"),
    [
        ({"dtype": "i2", "scale_factor": 0.001}, 32767),
        ({"dtype": "i2", "scale_factor": 0.001, "_FillValue": -32000}, 32767),
        ({"dtype": "i2", "scale_factor": np.float32(0.001), "add_offset": 40.0}, -32768),
        ({"dtype": "u1", "scale_factor": 0.15}, 255),
    ],
)
def test_the_ends_of_a_packed_type_are_fills_whatever_they_unpack_to(tmp_path, packing, fill):
    values = np.where(WILD, fill * packing["scale_factor"] + packing.get("add_offset", 0), TRUTH)
    dataset = sst(values.astype("f8"))
    dataset.to_netcdf(tmp_path / "f.nc", encoding={"sst": packing})
    with netCDF4.Dataset(tmp_path / "f.nc") as file:
        file["sst"].set_auto_maskandscale(False)
        assert (np.asarray(file["sst"][0])[WILD] == fill).all()
    with read_field(tmp_path / "f.nc", "tos") as found:
        np.testing.assert_array_equal(np.isnan(found.tos.values[0, 0]), WILD)
        assert field_account(found, "tos").dropped == {"undeclared fill value": int(WILD.sum())}


def test_values_that_fill_the_whole_packed_type_are_all_there(tmp_path):
    """As by the formula that makes the scale of the least and the greatest value."""
    low, high = float(TRUTH.min()), float(TRUTH.max())
    scale = (high - low) / (2**16 - 1)
    packing = {"dtype": "i2", "scale_factor": scale, "add_offset": low + 2**15 * scale}
    check(tmp_path, sst(), WILD & False, sst=packing)


def test_a_scale_of_nothing_is_refused(tmp_path):
    sst().to_netcdf(tmp_path / "f.nc")
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        file["sst"].setncatts({"scale_factor": 0.0, "add_offset": 15.0})
    with pytest.raises(BadData, match=r"f\.nc.*scale_factor of sst is 0"):
        read_field(tmp_path / "f.nc", "tos")


@pytest.mark.parametrize("units", ["K", "degC"])
@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"standard_name": "sea_surface_temperature_anomaly"}, "an anomaly"),
        ({"long_name": "NDJFM mean SST anomalies"}, "an anomaly"),
        ({"standard_name": "air_temperature"}, "air_temperature"),
        ({"standard_name": "sea_surface_temperature standard_error"}, "a standard error"),
        ({"cell_methods": "time: standard_deviation"}, "a standard deviation"),
        ({"long_name": "estimated error standard deviation of analysed sst"}, "an error"),
        ({"long_name": "SST trend"}, "a trend"),
        ({"long_name": "bias of the analysis"}, "a bias"),
        ({"long_name": "difference from climatology"}, "a difference"),
    ],
)
def test_what_is_no_temperature_is_refused_by_name(tmp_path, units, attributes, says):
    with pytest.raises(BadData, match=rf"f\.nc.*{says}"):
        read(tmp_path, sst(TRUTH - 20, "tos", units=units, **attributes))


@pytest.mark.parametrize(
    ("variable", "name", "units", "attributes", "says"),
    [
        ("siconc", "sic", "1", {"standard_name": "sea_ice_area_fraction standard_error"}, "error"),
        ("siconc", "sic", "1", {"long_name": "uncertainty of the concentration"}, "an error"),
        ("zos", "ssh", "m", {"long_name": "sea level anomaly"}, "an anomaly"),
        ("zos", "ssh", "m", {"standard_name": "sea_surface_height_above_sea_level"}, "anomaly"),
        ("zos", "ssh", "m", {"cell_methods": "time: variance"}, "a variance"),
        ("sos", "sos", "psu", {"standard_name": "sea_surface_salinity standard_error"}, "error"),
        ("sos", "sos", "g kg-1", {"standard_name": "sea_surface_absolute_salinity"}, "SP_from_SA"),
        ("sos", "sos", "g kg-1", {"long_name": "Absolute Salinity"}, "absolute salinity"),
    ],
)
def test_what_is_another_thing_is_refused_whatever_the_variable(
    tmp_path, variable, name, units, attributes, says
):
    values = np.linspace(0, 0.4, TRUTH.size).reshape(TRUTH.shape)
    with pytest.raises(BadData, match=rf"f\.nc.*{says}") as caught:
        read(tmp_path, sst(values, name, units=units, **attributes), variable)
    assert caught.value.fix


@pytest.mark.parametrize(
    "long_name",
    ["bias corrected SST", "bias-adjusted sea surface temperature", "SST, error-free", "unbiased"],
)
def test_what_was_corrected_is_the_thing_itself(tmp_path, long_name):
    check(tmp_path, sst(long_name=long_name), WILD & False)


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


@pytest.mark.parametrize(
    ("flag", "good", "bad", "said"),
    [
        ("sst_qc", "1", "4", {}),
        ("sst_qc", b"1", b"4", {}),
        ("sst_flag", "good", "bad", {}),
        ("quality_of_it", "probably good", "suspect", {}),
        ("qc", "2", "3", {}),
        ("sst_flag", "0", "1", {"flag_values": "0, 1", "flag_meanings": "good bad"}),
    ],
)
def test_flags_that_are_text_are_flags(tmp_path, flag, good, bad, said):
    dataset = flagged(sst(BAD), flag, np.where(WILD, bad, good), **said)
    if flag == "quality_of_it":
        dataset.sst.attrs["ancillary_variables"] = flag
    check(tmp_path, dataset, WILD)


def test_flags_that_are_characters_on_the_map_are_flags(tmp_path):
    sst(BAD).to_netcdf(tmp_path / "f.nc")
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        flag = file.createVariable("sst_qc", "S1", ("time", "lat", "lon"))
        flag[:] = np.where(WILD, b"4", b"1")[None]
    with read_field(tmp_path / "f.nc", "tos") as found:
        np.testing.assert_array_equal(np.isnan(found.tos.values[0, 0]), WILD)


def test_words_of_flags_that_are_not_known_are_refused(tmp_path):
    for bad in ("twilight", "4"):
        dataset = flagged(sst(BAD), "sst_flag", np.where(WILD, bad, "good"))
        with pytest.raises(BadData, match=r"f\.nc.*the flags sst_flag hold .*not understood"):
            read(tmp_path, dataset)
    dataset = flagged(sst(BAD), "sst_quality_flag", np.where(WILD, "7", "0"))
    with pytest.raises(BadData, match="do not say what they mean"):
        read(tmp_path, dataset)


@pytest.mark.parametrize(
    ("flag", "kind"),
    [
        ("quality_flag", "i1"), ("quality_flag", "U1"), ("rejection_flag", "i1"), ("flags", "i1"),
        ("l2p_flags", "U1"), ("sea_status", "i1"), ("cloudiness", "i1"),
    ],
)  # fmt: skip
def test_flags_of_the_map_that_say_nothing_are_noted(tmp_path, flag, kind):
    dataset = flagged(sst(), flag, np.where(WILD, 4, 1).astype(kind))
    if flag in ("sea_status", "cloudiness"):
        dataset.sst.attrs["ancillary_variables"] = flag
    account = check(tmp_path, dataset, WILD & False)
    assert f"{flag} is not used: it does not say what its values mean" in account.notes


@pytest.mark.parametrize("flag", ["qc", "QC"])
def test_qc_of_the_map_is_that_of_its_variable(tmp_path, flag):
    check(tmp_path, flagged(sst(BAD), flag, np.where(WILD, 4, 1).astype("i1")), WILD)


def test_qc_that_is_mostly_0_may_be_of_any_scheme(tmp_path):
    account = check(tmp_path, flagged(sst(), "qc", WILD.astype("i1")), WILD & False)
    assert "qc is not used: it does not say what its values mean" in account.notes


@pytest.mark.parametrize("flag", ["quality_level", "quality_flag"])
def test_text_of_the_map_that_is_no_flag_is_noted(tmp_path, flag):
    account = check(tmp_path, flagged(sst(), flag, np.where(WILD, "L3", "L2")), WILD & False)
    assert f"{flag} is not used: it does not say what its values mean" in account.notes


@pytest.mark.parametrize(
    "meaning",
    [
        "no_sea_ice", "free_of_ice", "no_spike", "not_questionable", "cloud_not_detected",
        "passed_spike_test", "spike_test_passed", "not_over_land", "sea_ice_free",
        "free_of_cloud_and_rain", "no_rain_no_land",
    ],
)  # fmt: skip
def test_what_denies_that_values_are_bad_is_good(tmp_path, meaning):
    said = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": f"{meaning} bad"}
    check(tmp_path, flagged(sst(BAD), "sst_qc", WILD.astype("i1"), **said), WILD)


@pytest.mark.parametrize(
    "meaning",
    ["no_cloud_but_land", "ice_free_land", "not_passed_spike_test", "no_ice_bad", "not_valid",
     "no_data", "cloud_test_not_passed", "not_free_of_cloud", "not_without_cloud", "pass_fail",
     "not_cloud_free", "never_cloud_free", "not_pass_cloud_test", "not_passed"],
)  # fmt: skip
def test_what_denies_one_thing_does_not_deny_another(tmp_path, meaning):
    said = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": f"good {meaning}"}
    check(tmp_path, flagged(sst(BAD), "sst_qc", WILD.astype("i1"), **said), WILD)


def test_where_other_products_are_from_is_no_flag(tmp_path):
    said = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": "no_data ecmwf"}
    dataset = flagged(sst(), "sources_of_wind_speed", WILD.astype("i1"), **said)
    check(tmp_path, dataset, WILD & False)


def test_a_scale_that_is_text_is_named(tmp_path):
    sst().to_netcdf(tmp_path / "f.nc", encoding={"sst": PACKING})
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        file["sst"].scale_factor = "0.01"
    with pytest.raises(BadFile, match="the scale_factor of sst is text"):
        read_field(tmp_path / "f.nc", "tos")
