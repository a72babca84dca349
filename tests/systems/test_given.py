"""Datasets and tables in the place of files and lists: they say what the file would have said."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thermocline.answers.given import as_file, as_files_and_rows, rows
from thermocline.errors import BadFile, BadObservations
from thermocline.sources import read_profiles

TABLE = pd.DataFrame(
    {
        "latitude": [10.0, 10.0, -5.5],
        "longitude": np.array([20, 20, 200]),
        "depth": [5.0, 100.0, 5.0],
        "temperature": [27.125, np.nan, 28.3],
        "salinity": [np.nan, 35.25, 34.5],
        "time": np.array(["2008-03-14", "2008-03-14", "2008-03-15T06:30"], "datetime64[ns]"),
        "platform": pd.array(["a", "a", None], dtype="string"),
    }
)


def test_rows_leave_out_what_is_not_known_and_are_json():
    assert json.loads(json.dumps(rows(TABLE), allow_nan=False)) == [
        {
            **{"latitude": 10.0, "longitude": 20, "depth": 5.0, "temperature": 27.125},
            **{"time": "2008-03-14T00:00:00", "platform": "a"},
        },
        {
            **{"latitude": 10.0, "longitude": 20, "depth": 100.0, "salinity": 35.25},
            **{"time": "2008-03-14T00:00:00", "platform": "a"},
        },
        {
            **{"latitude": -5.5, "longitude": 200, "depth": 5.0, "temperature": 28.3},
            **{"salinity": 34.5, "time": "2008-03-15T06:30:00"},
        },
    ]


def test_times_of_a_zone_are_said_in_utc():
    zoned = TABLE.assign(time=TABLE["time"].dt.tz_localize("Asia/Tokyo"))
    assert rows(zoned)[2]["time"] == "2008-03-14T21:30:00"


@pytest.mark.parametrize("index", [None, "time", ["platform", "time"]])
def test_a_named_index_is_a_column(index):
    table = TABLE if index is None else TABLE.set_index(index)
    by_name = lambda found: [dict(sorted(row.items())) for row in found]
    assert by_name(rows(table)) == by_name(rows(TABLE))
    with as_file(table) as path:
        found = read_profiles(path)
    assert sorted(found.latitude.values) == [-5.5, 10.0]
    assert np.nanmin(found.thetao) == pytest.approx(27.125)
    assert found.time.values.max() == np.datetime64("2008-03-15T06:30")


def test_an_index_that_is_a_column_already_and_one_without_a_name_are_no_columns():
    assert rows(TABLE.set_index("depth", drop=False)) == rows(TABLE)
    half = TABLE.set_index(["time", "platform"]).rename_axis(index=["time", None])
    assert {*rows(half)[0]} == {"time", "latitude", "longitude", "depth", "temperature"}


def test_files_are_there_within_the_block_alone():
    dataset = xr.Dataset({"sst": ("x", [1.0, 2.0])})
    given = {"file": TABLE, "surface": dataset, "observations": TABLE, "date": "2008-03"}
    with as_files_and_rows(given, ("file", "surface", "climatology")) as values:
        assert values["file"].suffix == ".csv" and values["surface"].suffix == ".nc"
        xr.testing.assert_equal(xr.load_dataset(values["surface"]), dataset)
        assert values["observations"] == rows(TABLE) and values["date"] == "2008-03"
    assert not values["file"].exists() and not values["surface"].exists()


def test_a_refusal_names_what_was_given_and_no_file_that_is_gone():
    for source, name in ((TABLE, "the table"), (xr.Dataset({"sst": ("x", [1.0])}), "the dataset")):
        for where in (str, lambda path: path.name):
            with pytest.raises(BadFile, match=f"^{name}: not good"), as_file(source) as path:
                raise BadFile("not good", where=where(path))


def test_a_refusal_of_a_table_names_its_row():
    for values, message in (
        ({"latitude": 91.0}, r"latitude in row 2 \(the first is 0\) is not"),
        ({"depth": -5.0}, r"depth in row 2 .* depths are positive down: leave out the minus"),
    ):
        table = TABLE.copy()
        table.loc[table.index[2], list(values)] = list(values.values())
        with pytest.raises(BadObservations, match=message), as_file(table) as path:
            read_profiles(path)


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (pd.Timestamp("2008-03-14"), "2008-03-14"),
        (pd.Timestamp("2008-03-14 06:30"), "2008-03-14T06:30:00"),
        (np.datetime64("2008-03"), "2008-03"),
        (pd.Period("2008-03"), "2008-03"),
        (pd.Period("2008-03-14"), "2008-03-14"),
        (np.datetime64("2008-03-14T00", "ns"), "2008-03-14"),
        ("2008-03-14T00", "2008-03-14T00"),
        (None, None),
    ],
)
def test_dates_become_text(date, text):
    with as_files_and_rows({"date": date}, ()) as values:
        assert values == {"date": text}


def test_a_date_with_a_zone_is_a_day_in_utc():
    told = {"date": pd.Timestamp("2008-03-14 01:00", tz="Europe/Paris")}
    with as_files_and_rows(told, ()) as given:
        assert given == {"date": "2008-03-14"}
