"""Columns of quality flags of a table: whose they are, and which codes are good."""

from pathlib import Path

import numpy as np
import pytest

from thermocline.errors import BadFile
from thermocline.sources import read_profiles
from thermocline.sources.account import Account
from thermocline.sources.flags.schemes import flagged_name, good_codes

BEHIND = ("{}_QC", "{}_qf", "{} flag", "{}_FLAG_W", "{}_WODflag", "{}_quality_flag",
          "{}-flags", "{}Quality", "{}QC", "{} [degC] QC", "{}_quality_control")  # fmt: skip
BEFORE = ("QC_{}", "QF {}", "qv:{}", "QV:SEADATANET:{}", "flag_of_{}", "quality of {}")


@pytest.mark.parametrize("form", [*BEHIND, *BEFORE])
@pytest.mark.parametrize(
    "name", ["temperature", "TEMP", "sea_water_temperature", "Latitude", "pres"]
)
def test_a_flag_belongs_to_what_it_is_named_after(form: str, name: str) -> None:
    assert flagged_name(form.format(name)) == name.lower()


@pytest.mark.parametrize(
    "title", ["QC", "qf", "Flag", "quality", "QV:ODV", "quality flag", "WODflag"]
)
def test_a_flag_that_is_named_after_nothing(title: str) -> None:
    assert flagged_name(title) == ""


@pytest.mark.parametrize(
    "title", ["temperature", "Flagship", "platform", "qcode", "acquired", "depth (m)", "sequence"]
)
def test_what_is_no_flag(title: str) -> None:
    assert flagged_name(title) is None


@pytest.mark.parametrize(
    ("title", "good"),
    [
        ("TEMP_QC", {1, 2, 5, 8}),
        ("qctemp", {1, 2, 5, 8}),
        ("QV:SEADATANET:TEMP", {1, 2, 5, 8}),
        ("CTDTMP_FLAG_W", {2, 6}),
        ("temp_WODflag", {0}),
        ("QV:ODV", {0}),
        ("temperature_quality_level", {4, 5}),
    ],
)
def test_the_scheme_is_in_the_name(title: str, good: set[int]) -> None:
    assert good_codes(title, {0, 1, 2, 3, 4, 5}, "f.csv") == good


def test_codes_on_which_schemes_disagree() -> None:
    assert good_codes("temp_flag", {1, 2, 3, 4, 9}, "f.csv") == {1, 2}
    for code in (0, 5, 6, 7, 8):
        with pytest.raises(BadFile, match=f"the flag {code}, which is good in one scheme"):
            good_codes("temp_flag", {1, code}, "f.csv")


HEAD = "latitude,longitude,depth,temperature"
GOOD, BAD = {"_WODflag": ("0", "3"), "_FLAG_W": ("2", "4")}, ("1", "4")


@pytest.mark.parametrize(
    "title",
    [form.format("temperature") for form in (*BEHIND, *BEFORE)] + ["qc", "Profile flag", "QF"],
)
def test_rows_that_a_flag_rejects_are_not_used(tmp_path: Path, title: str) -> None:
    good, bad = next((pair for end, pair in GOOD.items() if title.endswith(end)), BAD)
    good = "0" if title.endswith("WODflag") else good
    path = tmp_path / "f.csv"
    path.write_text(f"{HEAD},{title}\n1,2,5,20,{good}\n1,2,10,25,{bad}\n1,2,20,18,{good}\n")
    read = read_profiles(path)
    assert read.thetao.values[np.isfinite(read.thetao.values)].tolist() == [20, 18]
    account = Account.from_json(read.attrs["account"])
    assert (account.held, account.used) == (3, 2)
    assert account.dropped == {"temperature not flagged good": 1}
    assert account.notes == (f"the flags of {title} are applied",)


def test_each_of_several_flags_belongs_to_the_column_before_it(tmp_path: Path) -> None:
    path = tmp_path / "odv.csv"
    path.write_text(
        "latitude,longitude,depth,QV,temperature,QV,salinity,QV,oxygen,QV\n"
        "1,2,5,1,20,1,35,1,200,4\n1,2,10,1,25,4,35,1,200,1\n1,2,20,1,18,1,36,4,200,1\n"
        "1,2,30,4,17,1,36,1,200,1\n"
    )
    read = read_profiles(path)
    assert read.thetao.values[0][np.isfinite(read.thetao.values[0])].tolist() == [20, 18]
    assert read.so.values[0][np.isfinite(read.thetao.values[0])].tolist()[0] == 35
    assert np.isfinite(read.so).sum() == 1  # the oxygen's flag says nothing of the salinity


def test_a_flag_of_salinity_leaves_the_temperature(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"{HEAD},salinity,QC_salinity\n1,2,5,20,35,1\n1,2,10,19,99,4\n")
    read = read_profiles(path)
    assert read.thetao.values.tolist() == [[20, 19]]
    np.testing.assert_array_equal(read.so.values, [[35, np.nan]])
