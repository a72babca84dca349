"""Times: every unit and zone that CF knows, and words for what it does not."""

import numpy as np
import pytest

from thermocline.errors import BadFile
from thermocline.sources.files.clock import dates, days_of, decode_time
from thermocline.sources.files.time_units import UndatedTime, names_a_date

DAY = np.datetime64("2008-03-12T06:00:00.250", "ns")


def read(value: object, units: str, calendar: str = "standard") -> np.datetime64:
    return dates(np.array([value]), units, calendar, "file.nc")[0]


@pytest.mark.parametrize("since", ["1970-01-01", "2008-03-12 00:00:00", "1950-01-01T00:00:00Z"])
@pytest.mark.parametrize(
    ("spellings", "length"),
    [
        (("days", "day", "d", "Days"), 86400.0),
        (("hours", "hr", "hrs", "h"), 3600.0),
        (("minutes", "min", "mins"), 60.0),
        (("seconds", "s", "sec"), 1.0),
        (("milliseconds", "ms", "msec"), 1e-3),
        (("microseconds", "us"), 1e-6),
        (("nanoseconds", "ns"), 1e-9),
        (("weeks",), 604800.0),
    ],
)
def test_units(since: str, spellings: tuple[str, ...], length: float) -> None:
    passed = (DAY - np.datetime64(since.split()[0].rstrip("Z"), "ns")).astype(np.int64)
    for unit in spellings:
        kinds: list[object] = [passed / 1e9 / length]
        if length < 0.01:
            kinds.append(np.int64(passed // round(length * 1e9)))
        for number in kinds:
            assert read(number, f"{unit} since {since}") == DAY


@pytest.mark.parametrize(
    ("zone", "utc"),
    [("UTC", "00:00"), ("Z", "00:00"), ("+02:00", "22:00"), ("-3:30", "03:30"), ("+0530", "18:30")],
)
def test_zones(zone: str, utc: str) -> None:
    found = read(24, f"hours since 2000-01-01 00:00:00 {zone}")
    assert str(found)[11:16] == utc
    assert decode_time(
        [24], f"hours since 2000-01-01 00:00 {zone}", "360_day", where="f"
    )[0].strftime("%H:%M") == utc  # fmt: skip


def test_mixed_and_julian_calendars_count_our_days() -> None:
    # Julian dates: 2451544.5 is the midnight that began 2000 in our calendar.
    for calendar, first, julian_date in (
        ("julian", "-4713-01-01 12:00:00", 0),
        ("julian", "0001-01-01", 1721423.5),
        ("standard", "0001-01-01", 1721423.5),
        ("proleptic_gregorian", "0001-01-01", 1721425.5),
    ):
        found = read(2451544.5 - julian_date, f"days since {first}", calendar)
        assert found == np.datetime64("2000-01-01")


def test_months_are_those_of_the_calendar() -> None:
    months = decode_time([1.5, 13], "months since 1999-01-01", where="f")
    assert months.tolist() == [np.datetime64(t, "ns").item() for t in ("1999-02-15", "2000-02-01")]
    (middle,) = decode_time([1.5], "months since 1999-01-01", "360_day", where="f")
    assert middle.strftime("%Y-%m-%d") == "1999-02-16"


def test_what_is_missing_or_out_of_reach_is_no_time() -> None:
    found = dates(
        np.ma.masked_equal([0.5, 1e36, np.nan, 9.0, 1.5e6], 9.0), "days since 1950-01-01", "", "f"
    )
    assert np.isnat(found).tolist() == [False, True, True, True, True]
    assert found[0] == np.datetime64("1950-01-01T12:00")
    # The one far away does not lie; it is a date of the calendar.
    far = decode_time([1.5e6], "days since 1950-01-01", where="f")
    assert far[0].year == 6056


@pytest.mark.parametrize("units", ["", "days", "days since 0", "1", "days since 01-02-1950",
                                   "days since 2000-13-01", "days since launch",
                                   "days since 2000-01-01 EST"])  # fmt: skip
def test_numbers_that_say_no_date_are_refused_by_name(units: str) -> None:
    with pytest.raises(UndatedTime, match=r"JULD has .*units") as caught:
        dates(np.array([20080315]), units, "", "f", "JULD")
    assert "since 1950-01-01" in str(caught.value)


@pytest.mark.parametrize("units", ["days since 2008/01/01", "days since 01-JAN-2008",
                                   "days since 1-Jan-2008 00:00:00"])  # fmt: skip
def test_other_ways_to_write_a_date_are_read(units: str) -> None:
    assert dates(np.array([73.0]), units, "", "f")[0] == np.datetime64("2008-03-14")


def test_a_date_that_is_meant_is_told_from_none() -> None:
    for units in ("days since launch", "day as %Y%m%d.%f", "hours from 2008-01-01"):
        assert names_a_date(units)
    for units in ("", "month", "1", "days since 0000-01-01", "months since 0-1-1"):
        assert not names_a_date(units)


@pytest.mark.parametrize("units", ["years since 2000-01-01", "furlongs since 2000-01-01"])
def test_units_that_are_no_length_of_time(units: str) -> None:
    with pytest.raises(BadFile, match="no fixed length of time"):
        read(1, units)


def test_calendars_that_nothing_is_observed_in() -> None:
    with pytest.raises(BadFile, match="360_day, in which no observation is dated"):
        read(1, "days since 2000-01-01", "360_day")
    with pytest.raises(BadFile, match="'lunar', which CF does not know"):
        read(1, "days since 2000-01-01", "lunar")


def test_days_of_other_calendars_are_ours_or_none() -> None:
    """The 30th of February is no day, and so is what has no date."""
    numbers = [0.5, 30 + 27.5, 30 + 28.5, 30 + 29.5, 60.5]
    times = decode_time(numbers, "days since 2007-01-01", "360_day", where="x.nc")
    expected = ["2007-01-01", "2007-02-28", "NaT", "NaT", "2007-03-01"]
    np.testing.assert_array_equal(days_of(times), np.array(expected, "datetime64[D]"))
    leap = decode_time([58.5, 59.5], "days since 2008-01-01", "noleap", where="x.nc")
    assert [str(day) for day in days_of(leap)] == ["2008-02-28", "2008-03-01"]
    plain = np.array(["2008-02-29T12:00", "NaT"], "datetime64[ns]")
    assert [str(day) for day in days_of(plain)] == ["2008-02-29", "NaT"]
    assert np.isnat(days_of(np.array([3, None], object))).all()


@pytest.mark.parametrize("unit", ["months", "days", "weeks"])
@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day", "julian"])
@pytest.mark.parametrize("since", ["2000-01-01", "0001-01-01", "2000-01-01 00:00 +02:00"])
def test_a_missing_number_is_no_date(unit: str, calendar: str, since: str) -> None:
    numbers, units = np.array([np.nan, 12.0, np.inf, 1.5]), f"{unit} since {since}"
    found = decode_time(numbers, units, calendar, where="f")
    whole = decode_time(numbers[[1, 3]], units, calendar, where="f")
    assert found.dtype == whole.dtype
    assert (found[[1, 3]] == whole).all() and (found != found).tolist() == [True, False] * 2
    assert np.isnat(days_of(found)[[0, 2]]).all()


def test_months_before_1678_are_dates_too() -> None:
    found = decode_time([12], "months since 1000-01-01", where="f")
    assert (found[0].year, found[0].month) == (1001, 1)
