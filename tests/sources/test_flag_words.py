"""What words of flags say of a gridded file's values."""

import netCDF4
import numpy as np
import pytest
from stated_fields import flagged, read, sst
from wild_fields import BAD, WILD, check

from thermocline.errors import BadData
from thermocline.sources import read_field

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
