"""Observations from tables and files, and the months that are chosen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from thermocline import predict
from thermocline.errors import BadFile, BadObservations
from thermocline.systems.reconstruct.endpoints.analysis import parse_month
from thermocline.systems.reconstruct.endpoints.tables import (
    observations_from_table,
    read_observations,
)

DEPTH = np.array([5.0, 100.0, 500.0])


def test_csv(casts: Path) -> None:
    observations, month, _ = read_observations(casts, DEPTH)
    assert str(month) == "2008-03" and len(observations) == 6
    assert observations.value.tolist() == [26, 18, 8, 26, 18, 8]
    assert np.isnan(observations.error[0]) and observations.error[1] == 0.1
    later, month, _ = read_observations(casts, DEPTH, "2008-04-02")
    assert str(month) == "2008-04" and set(later.latitude) == {20.0}
    with pytest.raises(BadObservations, match=r"2007-01, but in 2 other months"):
        read_observations(casts, DEPTH, "2007-01")


def test_a_month_that_was_observed_around_it_alone_is_answered(casts: Path) -> None:
    observations, month, _ = read_observations(casts, DEPTH, "2008-02", window=1)
    assert str(month) == "2008-02" and len(observations) == 6
    with pytest.raises(BadObservations, match="2008-01, but in"):
        read_observations(casts, DEPTH, "2008-01", window=1)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_names(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "x.csv"
    lines = (["LAT", "lon", "depth", "temp"], ["1.5", "200", "5", "28"])
    path.write_text("\ufeff" + "\n".join(separator.join(line) for line in lines))
    observations, _, _ = read_observations(path, DEPTH, "2001-01")
    assert (observations.latitude[0], observations.longitude[0]) == (1.5, 200 - 360)
    with pytest.raises(BadObservations, match="no column time"):
        read_observations(path, DEPTH)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("latitude,longitude,depth\n1,2,3\n", BadFile, "temperature"),
        ("latitude,longitude,depth,temperature\n", BadObservations, "empty"),
        ("latitude,longitude,depth,temperature\n1,2,warm,4\n", BadObservations, "depth"),
        ("latitude,longitude,depth,temperature\n1,2,3,4,5,6\n1,2\n", BadFile, "line 2 has 6 cells"),
        ("latitude,longitude,depth,temperature,time\n1,2,3,4,soon\n", BadObservations, "time"),
        ('a,"b\n', BadFile, "CSV"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(error, match=words):
        read_observations(path, DEPTH, "2001-01")


def test_too_long_a_table(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = (f"1,2,{k / 1000:.3f},20\n" for k in range(200_001))
    path.write_text("latitude,longitude,depth,temperature\n" + "".join(rows))
    with pytest.raises(BadObservations, match="200,000"):
        read_observations(path, DEPTH, "2001-01")


def test_data_frames() -> None:
    table = pd.DataFrame({"latitude": [1], "longitude": [2], "depth": [3], "temperature": [4.5]})
    assert observations_from_table(table).value.tolist() == [4.5]
    with pytest.raises(BadObservations, match="latitude, longitude"):
        observations_from_table(table[["depth", "temperature"]])


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        read_observations(tmp_path / "none.nc", DEPTH)
    (tmp_path / "noise.nc").write_bytes(bytes(range(256)) * 9)
    with pytest.raises(BadFile):
        read_observations(tmp_path / "noise.nc", DEPTH)


@pytest.mark.parametrize("text", ["2008-03", "2008-03-31", "2008-03-31T23:59:59", " 2008-03 "])
def test_months(text: str) -> None:
    assert parse_month(text) == np.datetime64("2008-03")
    assert parse_month(np.datetime64("2008-03-31T23:59:59.5", "ns")) == np.datetime64("2008-03")


NO_MONTHS = ("", "2008", "2008-3", "2008-03-32", "03/2008", "NaT", "20080301", "9999-12",
             "0000-01", "2008-03-14T99:99", "2008-03\n", "true")  # fmt: skip


@pytest.mark.parametrize("text", NO_MONTHS)
def test_no_months(text: str) -> None:
    with pytest.raises(BadObservations, match="date"):
        parse_month(text)


def test_a_pandas_table_is_what_its_csv_is(served, casts: Path) -> None:
    """The same values and the same account, and its content is part of the request's digest."""
    table = pd.read_csv(casts, comment="#", skipinitialspace=True)
    asked = {"date": "2008-03", "members": 2}
    found = predict.ask(served, file=table, **asked)
    expected = predict.ask(served, file=str(casts), **asked)
    np.testing.assert_array_equal(found.thetao, expected.thetao)
    assert found.attrs["account"] == expected.attrs["account"]
    warmer = predict.ask(served, file=table.assign(Temperature=table.Temperature + 1), **asked)
    assert warmer.attrs["request_digest"] != found.attrs["request_digest"]
