"""The same table written in another way reads the same; what is ambiguous is refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr

from thermocline.errors import ThermoclineError
from thermocline.sources import read_profiles
from thermocline.sources.account import Account

HEAD = "latitude,longitude,depth,temperature,salinity,time"
UNITS = "degrees_north,degrees_east,m,degree_Celsius,1e-3,UTC"
ROWS = ["12.5,-30.25,5.5,20.125,35.5,2008-03-15T06:30:00",
        "12.5,-30.25,15.5,19.25,35.25,2008-03-15T06:30:00",
        "-3.75,40.5,7,25,,2008-03-16T18:00:00"]  # fmt: skip
PLAIN = "\n".join([HEAD, *ROWS]) + "\n"
Written = str | bytes


def table(path: Path, text: Written) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def commas(text: str, separator: str) -> str:
    return text.replace(",", separator).replace(".", ",")


def days(text: str, day: str = "date", clock: str = "time") -> str:
    """With a column of days, and one of times of day."""
    head, *rows = text.splitlines()
    return "\n".join([head.replace("time", f"{day},{clock}"), *(r.replace("T", ",") for r in rows)])


WAYS: dict[str, Callable[[], Written]] = {
    "decimal commas": lambda: commas(PLAIN, ";"),
    "decimal commas and tabs": lambda: commas(PLAIN, "\t"),
    "decimal commas in UTF-16": lambda: commas(PLAIN, ";").encode("utf-16"),
    "UTF-16, little end first": lambda: f"\ufeff{PLAIN}".encode("utf-16-le"),
    "UTF-16, big end first": lambda: f"\ufeff{PLAIN}".encode("utf-16-be"),
    "UTF-8 with a mark": lambda: f"\ufeff{PLAIN}".encode(),
    "header behind #": lambda: f"# {PLAIN}",
    "header behind ## below comments": lambda: f"# cruise 7\n#\n##{PLAIN}",
    "comments": lambda: PLAIN.replace("\n", "\n# latitude,longitude are those of the ship\n", 1),
    "a row of units": lambda: PLAIN.replace("\n", f"\n{UNITS}\n", 1),
    "a row of units behind a header behind #": lambda: f"#{HEAD}\n{UNITS}\n" + "\n".join(ROWS),
    "blank lines of spaces": lambda: PLAIN.replace("\n", "\n   \n"),
    "days and times": lambda: days(PLAIN),
    "days and times in UTC": lambda: days(PLAIN, "Date (YYYY-MM-DD)", "Time (UTC)"),
    "times before days": lambda: days(PLAIN, "date", "time_of_day"),
    "short times": lambda: days(PLAIN).replace("06:30:00", "6:30").replace("18:00:00", "18:00Z"),
    "times with a zone": lambda: days(PLAIN).replace("06:30:00", "08:30+02:00"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_table_written_in_another_way(tmp_path: Path, way: str) -> None:
    plain = read_profiles(table(tmp_path / "f.csv", PLAIN))
    assert plain.sizes["n_prof"] == 2 and plain.attrs["source"] == "f.csv"
    found = read_profiles(table(tmp_path / "f.csv", WAYS[way]()))
    xr.testing.assert_equal(found, plain)
    account = Account.from_json(found.attrs["account"])
    assert account.used == account.held == 3
    assert any("comma" in note for note in account.notes) == ("decimal" in way)
    assert any("units" in note for note in account.notes) == ("row of units" in way)


def test_a_row_of_units_is_honoured(tmp_path: Path) -> None:
    units = "degrees_north,degrees_west,cm,K,g kg-1,hours since 2008-03-15"
    text = f"{HEAD}\n{units}\n12.5,30.25,550,293.275,35.5,6.5\n"
    read = read_profiles(table(tmp_path / "f.csv", text))
    assert read.longitude.item() == -30.25 and read.depth.item() == 5.5
    assert read.thetao.item() == pytest.approx(20.125)
    assert str(read.time.values[0]).startswith("2008-03-15T06:30")


def test_a_row_of_units_above_flags_is_no_observation(tmp_path: Path) -> None:
    text = "latitude,longitude,depth,temperature,temperature_qc\n"
    text += "degrees_north,degrees_east,m,degC,1\n10,20,5,18,1\n10,20,15,17,4\n"
    account = Account.from_json(read_profiles(table(tmp_path / "f.csv", text)).attrs["account"])
    assert (account.held, account.used) == (2, 1)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("35,5;-40.25;5;20", r"latitude \(a decimal comma.* in line 2"),  # points, too
        ("35;-40;1,000;20", r"depth \(a decimal comma.* in line 2"),  # or a thousand
        ("35;-40;1,000,5;20", "depth in line 2"),
        ("35,5;-40,25;5 m;20,5", "depth in line 2 is not a number"),
    ],
)
def test_commas_that_may_be_something_else_are_named(tmp_path: Path, rows: str, says: str) -> None:
    head = "latitude;longitude;depth;temperature"
    with pytest.raises(ThermoclineError, match=says):
        read_profiles(table(tmp_path / "f.csv", f"{head}\n{rows}\n"))


@pytest.mark.parametrize(
    ("head", "cells", "says"),
    [
        ("date,time", "2008-03-15,2008-03-15T06:00", "two columns of time: 'date' and 'time'"),
        ("date,time", "15 March,06:00", "two columns of time"),
        ("date,time", "2008-03-15,6 o'clock", "two columns of time"),
        ("date,time (EST)", "2008-03-15,06:00", "'EST', which is not known to be UTC"),
        ("time,timestamp", "06:00,2008-03-15", "two columns of time: 'time' and 'timestamp'"),
        ("date,time,utc", "2008-03-15,06:00,06:00", "two columns of time"),
        ("date,time", "2008-03-15,26:00", "time in line 2 is not a date"),
        ("date,time", ",06:00", "two columns of time|not a date"),
        ("time", "06:00", "time in line 2 is not a date"),
    ],
)
def test_days_and_times_that_are_none(tmp_path: Path, head: str, cells: str, says: str) -> None:
    text = f"latitude,longitude,depth,temperature,{head}\n35,-40,5,20,{cells}\n"
    with pytest.raises(ThermoclineError, match=says):
        read_profiles(table(tmp_path / "f.csv", text))


def test_a_day_without_a_time_is_a_day(tmp_path: Path) -> None:
    text = "latitude,longitude,depth,temperature,date,time\n35,-40,5,20,2008-03-15,\n"
    text += "35,-41,5,20,,\n35,-42,5,20,2008-03-15,12:00\n"
    read = read_profiles(table(tmp_path / "f.csv", text))
    assert [str(t)[:16] for t in read.time.values] == [
        "2008-03-15T00:00",
        "NaT",
        "2008-03-15T12:00",
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_of_two_bytes_a_character_without_a_mark_is_named(
    tmp_path: Path, encoding: str
) -> None:
    path = table(tmp_path / "f.csv", PLAIN.encode(encoding))
    with pytest.raises(ThermoclineError, match=r"f\.csv.*UTF-16 without its mark → save it"):
        read_profiles(path)


def test_numbers_with_exponents_are_no_row_of_units(tmp_path: Path) -> None:
    text = "latitude,longitude,depth,temperature\n1.0e+00,2.0e+00,5,25\n3.0e+00,2.0e+00,5,26\n"
    read = read_profiles(table(tmp_path / "t.csv", text))
    assert sorted(read.latitude.values.tolist()) == [1, 3]


def test_days_and_times_of_no_row(tmp_path: Path) -> None:
    """None is written wrongly."""
    text = "latitude,longitude,depth,temperature,date,time\n"
    assert read_profiles(table(tmp_path / "t.csv", text)).sizes["n_prof"] == 0


def test_wide_text_that_ends_too_early_is_named(tmp_path: Path) -> None:
    with pytest.raises(ThermoclineError, match="its text is not UTF-16"):
        read_profiles(table(tmp_path / "t.csv", PLAIN.encode("utf-16")[:-1]))


@pytest.mark.parametrize("platform", ["北海道大学", "Σταθμός Κρήτης", "Баренцево море"])
def test_tables_in_other_scripts_are_tables(tmp_path: Path, platform: str) -> None:
    rows = "\n".join(f"45,-30,{z},12,{platform} {z}" for z in range(5, 400))
    path = tmp_path / "f.csv"
    path.write_text(f"latitude,longitude,depth,temperature,platform\n{rows}\n", "utf-8")
    assert read_profiles(path).platform_number.values[0] == f"{platform} 5"


def test_data_may_begin_with_slashes(tmp_path: Path) -> None:
    rows = "\n".join(f"//srv/{k}.nc,35,-40,{k},20" for k in (5, 15))
    path = tmp_path / "f.csv"
    path.write_text(f"// made by hand\nfile,latitude,longitude,depth,temperature\n{rows}\n")
    assert read_profiles(path).depth.values.tolist() == [[5, 15]]


def test_a_header_may_stand_below_many_comments(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("# said\n\n" * 1005 + "latitude;longitude;depth;temperature\n35;-40;5;20\n")
    assert read_profiles(path).depth.values.tolist() == [[5]]
