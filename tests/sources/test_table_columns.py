"""Columns of a table: places, dates and flags under the names that people give them."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from thermocline.errors import ThermoclineError
from thermocline.sources import read_casts, read_profiles

HEAD = "latitude,longitude,depth,temperature"


def table(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("latitude", "longitude", "signs"),
    [("Latitude (°N)", "Longitude (°E)", (1, 1)),
     ("Latitude [° S]", "Longitude [° W]", (-1, -1)),
     ("lat (decimal degrees)", "lon (decimal degrees)", (1, 1)),
     ("lat (degS)", "lon (degW)", (-1, -1)),
     ("Latitude (N)", "Longitude (W)", (1, -1)),
     ("LAT [deg]", "LON [°]", (1, 1))],
)  # fmt: skip
def test_units_of_places(tmp_path: Path, latitude: str, longitude: str, signs: tuple) -> None:
    head = f"{latitude},{longitude},Depth (meters below surface),Temperature (deg. C.)"
    read = read_profiles(table(tmp_path / "f.csv", head, "35,40,5,20", "35,40,15,19"))
    assert (read.latitude.item(), read.longitude.item()) == (35 * signs[0], 40 * signs[1])
    assert read.depth.values.tolist() == [[5, 15]]


DATES = ("time", "Date", "timestamp", "Date_Time", "Date/Time", "DATE TIME", "time_utc", "utc",
         "time (UTC)", "Date [yyyy-mm-dd]", "date (YYYY-MM-DDThh:mm:ssZ)", "time (ISO 8601)",
         "time (UTC+0)", "yyyy-mm-ddThh:mm:ss.sss", "yyyy-mm-dd", "date_utc (GMT)")  # fmt: skip


@pytest.mark.parametrize("title", DATES)
def test_dates_under_every_name(tmp_path: Path, title: str) -> None:
    rows = ("35,-40,5,20,1995-07-01T06:00:00", "35,-40,15,19,1995-07-01T06:00:00")
    read = read_profiles(table(tmp_path / "f.csv", f"{HEAD},{title}", *rows))
    assert read.time.values.tolist() == [np.datetime64("1995-07-01T06:00", "ns").item()]


@pytest.mark.parametrize(
    "titles",
    ["Year", "Year [AD],Month", "yyyy,mm,dd", "YEAR (UTC),day", "local_time", "time_est", "doy",
     "decimal year", "sample date", "JulianDay", "mon/day/yr", "start_time"],
)  # fmt: skip
def test_a_column_that_may_be_a_date_is_not_passed_over(tmp_path: Path, titles: str) -> None:
    cells = ",7" * len(titles.split(","))
    path = table(tmp_path / "f.csv", f"{HEAD},{titles}", f"35,-40,5,20{cells}")
    first = titles.split(",")[0]
    with pytest.raises(ThermoclineError, match=r"f\.csv.*has no column time") as caught:
        read_profiles(path)
    assert repr(first) in str(caught.value) and "2008-03-15" in caught.value.fix
    path = table(tmp_path / "f.csv", f"{HEAD},{titles},date", f"35,-40,5,20{cells},1995-07-01")
    assert str(read_profiles(path).time.values[0])[:10] == "1995-07-01"  # then it is merely noted


@pytest.mark.parametrize("zone", ["EST", "local", "UTC+1", "MST", "CET", "ship's time", "days"])
def test_dates_in_another_zone_are_not_taken_for_utc(tmp_path: Path, zone: str) -> None:
    path = table(tmp_path / "f.csv", f"{HEAD},time ({zone})", "35,-40,5,20,1995-07-01T06:00")
    with pytest.raises(ThermoclineError, match=r"f\.csv.*is not known to be UTC"):
        read_profiles(path)


@pytest.mark.parametrize(
    "title",
    ["qcflag", "pos_qc", "nav_qc", "position_quality", "Temperature_Qual", "profile_temp_qc",
     "TEMPQC", "tempqcflag", "qualtemp", "GPS flag"],
)  # fmt: skip
def test_flags_under_other_names_are_applied(tmp_path: Path, title: str) -> None:
    path = table(tmp_path / "f.csv", f"{HEAD},{title}", "35,-40,5,20,1", "35,-40,15,25,4")
    read = read_profiles(path)
    assert read.thetao.values.tolist() == [[20]], read.attrs["account"]


@pytest.mark.parametrize(
    "title", ["temperature_err_flag", "sensor_qc", "QF of t90", "oxygen_qc", "sst_quality_flag"]
)
def test_flags_of_nothing_that_is_there_are_refused(tmp_path: Path, title: str) -> None:
    path = table(tmp_path / "f.csv", f"{HEAD},{title}", "35,-40,5,20,1", "35,-40,15,25,4")
    with pytest.raises(ThermoclineError, match=r"f\.csv.*has the column of flags") as caught:
        read_profiles(path)
    assert repr(title) in str(caught.value)


@pytest.mark.parametrize(
    ("other", "flag"),
    [("oxygen", "oxygen_qc"), ("CTDOXY (umol/kg)", "CTDOXY_FLAG_W"), ("Oxygen", "QF oxy"),
     ("bottle_salinity", "bottle_salinity_flag"), ("temperature_err", "temperature_err_flag")],
)  # fmt: skip
def test_flags_of_columns_that_are_not_used_are_not_used(
    tmp_path: Path, other: str, flag: str
) -> None:
    path = table(tmp_path / "f.csv", f"{HEAD},{other},{flag}", "35,-40,5,20,200,4")
    assert read_profiles(path).thetao.values.tolist() == [[20]]


@pytest.mark.parametrize("word", ["", "NaN", "N/A", "None", "NULL", "<NA>", "--", "na", "#N/A"])
def test_words_for_missing_values(tmp_path: Path, word: str) -> None:
    head = f"{HEAD},salinity,time"
    rows = (f"35,-40,5,20,{word},{word}", f"35,-40,15,{word},35,{word}")
    read = read_profiles(table(tmp_path / "f.csv", head, *rows))
    assert read.thetao.values.tolist() == [[20]]
    assert np.isnan(read.so.values).all() and np.isnat(read.time.values).all()


@pytest.mark.parametrize(
    "title",
    ["qc" * 5000, "qc" * 40 + "x" + "qc" * 40, "(" * 40_000, "time (" + "yyyymmddz" * 5000 + "!)",
     "salinity (" + "m (" * 5000 + ")", "lat" + " " * 3000 + "x"],
)  # fmt: skip
def test_titles_made_to_exhaust_the_reader_are_read_or_refused_at_once(
    tmp_path: Path, title: str
) -> None:
    path = table(tmp_path / "f.csv", f"{HEAD},{title}", "35,-40,5,20,1")
    begun = time.process_time()
    try:
        read_profiles(path)
    except ThermoclineError as problem:
        assert len(str(problem)) < 1000
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("depth,pressure,temperature", ["5,5,20", ",,20", "5,5,20"]),
        ("depth,conservative_temperature,salinity", ["5,20,35", "5,20,", "5,20,35"]),
        ("depth,sea_water_temperature", ["5,20", "5000,-2.99", "5,20"]),
        ("depth,temperature,temperature_qc", ["5,20,1", "5,20,4", "5,20,1"]),
    ],
)
def test_errors_stay_with_their_temperatures(tmp_path: Path, header: str, rows: list[str]) -> None:
    """Whatever a profile, or its deepest level, is left out for."""
    places = ["10,-30", "11,-30", "12,-30"]
    for k, at in enumerate((places, [places[0], places[0], places[2]])):
        lines = [f"{at[i]},{row},0.{i + 1}" for i, row in enumerate(rows)]
        path = table(tmp_path / f"{k}.csv", f"latitude,longitude,{header},error", *lines)
        read = read_profiles(path)
        assert read.latitude.values.tolist() == [10, 12]
        np.testing.assert_array_equal(read.error, [[0.1], [0.3]])
        assert read.error.attrs["units"] == "degree_Celsius"
        without = [line.rpartition(",")[0] for line in lines]
        plain = read_profiles(table(path, f"latitude,longitude,{header}", *without))
        assert read.drop_vars("error").identical(plain)


@pytest.mark.parametrize(
    ("titles", "cells", "unused"),
    [
        ("depth,press (hPa)", "5,1013.2", "press (hPa)"),
        ("press,depth", "1013.2,5", "press"),
        ("deph,Depth water [m]", "5,4000", "Depth water [m]"),
        ("depth_water,pressure", "4000,5.03", "depth_water"),
        ("depth,sal,salinity", "5,3,35", "sal"),
        ("depth,psal,ctdsal", "5,35,3", "ctdsal"),
        ("depth,ctdsal,sal", "5,35,3", "sal"),
        ("depth,sal,absolute_salinity", "5,3,35.166", "sal"),
    ],
)
def test_names_that_may_mean_something_else_count_only_alone(
    tmp_path: Path, titles: str, cells: str, unused: str
) -> None:
    head = f"latitude,longitude,temperature,{titles}"
    read = read_profiles(table(tmp_path / "f.csv", head, f"35,-40,20,{cells}"))
    np.testing.assert_allclose(read.depth, [[5]], atol=0.01)
    np.testing.assert_allclose(read.so, [[35 if "sal" in titles else np.nan]], atol=0.01)
    assert f"columns not used: {unused!r}" in read.attrs["account"]


@pytest.mark.parametrize("titles", ["depth,pressure (hPa)", "depth_water,Press [mbar]"])
def test_the_pressure_of_the_air_is_none_of_a_level(tmp_path: Path, titles: str) -> None:
    head = f"latitude,longitude,temperature,{titles},pressure_qc"
    read = read_profiles(table(tmp_path / "f.csv", head, "35,-40,20,5,1013.2,4"))
    assert read.depth.values.tolist() == [[5]] and "applied" not in read.attrs["account"]


@pytest.mark.parametrize(
    ("rows", "depths"),
    [
        (("10,4500", "20,4500"), [9.93, 19.85]),
        (("10,9.9", "20,19.8"), [9.93, 19.85]),
        ((",9.9", ",19.8"), [9.9, 19.8]),
        ((",9.9", "20,9.9"), [9.9, 19.85]),
    ],
)
def test_a_depth_beside_ctdprs_may_be_of_the_level(
    tmp_path: Path, rows: tuple[str, str], depths: list[float]
) -> None:
    head = "latitude,longitude,temperature,CTDPRS,DEPTH"
    read = read_profiles(table(tmp_path / "f.csv", head, *(f"35,-40,20,{row}" for row in rows)))
    np.testing.assert_allclose(read.depth, [depths], atol=0.01)
    assert ("sea floor" in read.attrs["account"]) == ("4500" in rows[0])


def test_rows_that_say_the_same_count_once(tmp_path: Path) -> None:
    """A table concatenated with itself is that table, also where one time has several platforms."""
    rows = [f"35,40,{depth},{20 - depth / 10},a,2008-03-15" for depth in (5, 15)]
    rows += ["35,40,5,19.5,b,2008-03-15", "36,40,5,19.5,a,2008-03-15"]
    head = f"{HEAD},platform,time"
    once = read_profiles(table(tmp_path / "f.csv", head, *rows))
    twice = read_profiles(table(tmp_path / "f.csv", head, *rows, *rows))
    account = json.loads(twice.attrs["account"])
    assert account["used"] == 4 and account["dropped"] == {"the same as a row before it": 4}
    twice.attrs = once.attrs
    assert twice.identical(once)


def test_other_values_at_a_depth_are_no_repetition(tmp_path: Path) -> None:
    read = read_profiles(table(tmp_path / "f.csv", HEAD, "35,40,5,20", "35,40,5,20.1"))
    assert np.isfinite(read.thetao).sum() == 2


def test_salinity_alone_is_enough(tmp_path: Path) -> None:
    head = "lat,lon,depth,salinity,time"
    read = read_casts(table(tmp_path / "f.csv", head, "35,40,5,35.1,2008-03-15"))
    assert read.so.values.tolist() == [[35.1]] and np.isnan(read.thetao).all()


def test_neither_temperature_nor_salinity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThermoclineError, match=r"no column temperature.*\(or salinity\)"):
        read_profiles(table(tmp_path / "f.csv", "lat,lon,depth", "35,40,5"))


@pytest.mark.parametrize(("value", "unit"), [("75", "degF"), ("297", "K")])
def test_a_unit_that_would_do_is_named(tmp_path: Path, value: str, unit: str) -> None:
    with pytest.raises(ThermoclineError, match=rf"`temperature \({unit}\)`"):
        read_profiles(table(tmp_path / "f.csv", HEAD, f"35,40,5,{value}"))
    head = HEAD.replace("temperature", f"temperature ({unit})")
    read = read_profiles(table(tmp_path / "f.csv", head, f"35,40,5,{value}"))
    assert read.thetao.item() == pytest.approx(23.87, abs=0.05)
