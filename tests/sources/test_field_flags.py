"""Flags of a gridded file are honoured, noted, or the file is refused."""

import numpy as np
import pytest
from stated_fields import TRUTH, flagged, read, sst
from wild_fields import BAD, WILD, check

from thermocline.errors import BadData

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


def test_what_flags_reject_is_not_held_against_a_file(tmp_path):
    """However wild it is."""
    few = np.where(WILD, np.float32(-50), TRUTH)
    level = np.where(WILD, 1, 5).astype("i1")
    account = check(tmp_path, flagged(sst(few), "quality_level", level), WILD)
    assert account.dropped == {"quality level below 4": int(WILD.sum())}


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


def test_where_other_products_are_from_is_no_flag(tmp_path):
    said = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": "no_data ecmwf"}
    dataset = flagged(sst(), "sources_of_wind_speed", WILD.astype("i1"), **said)
    check(tmp_path, dataset, WILD & False)
