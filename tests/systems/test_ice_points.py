"""Buoys and stations of sea ice as a table: a file, or one of pandas, says what a list says."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from thermocline.answers.given import as_file
from thermocline.errors import ThermoclineError
from thermocline.ocean.projected import ProjectedGrid
from thermocline.sources import read_field
from thermocline.systems import get
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.endpoints.observed import asked
from thermocline.systems.seaice.endpoints.points import read_points

X = 2.5e5 * (np.arange(12) - 5.5)
GRID = ProjectedGrid(X, X, "EPSG:3413")
MODEL = SimpleNamespace(
    grid=GRID,
    ocean=np.ones(GRID.shape, bool),
    settings=SimpleNamespace(
        data=SimpleNamespace(errors=SimpleNamespace(siconc=0.05, sithick=0.3)), folder="x"
    ),
)
NEVER = np.datetime64("NaT", "D")
ROWS = [
    {"latitude": 85.0, "longitude": 0.0, "concentration": 1.0, "thickness": 2.1},
    {"latitude": 84.0, "longitude": -150.0, "concentration": 0.97},
    {"latitude": 82.0, "longitude": 5.0, "thickness": 1.4},
    {"latitude": 10.0, "longitude": 5.0, "thickness": 1.4},
]


def question(**given):
    (endpoint,) = [each for each in get("seaice").endpoints if each.wants]
    return asked(MODEL, endpoint.Request(**given))


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_says_what_the_list_says(tmp_path) -> None:
    listed = question(observations=ROWS, date="2008-03-14")
    with as_file(pd.DataFrame(ROWS)) as path:
        read = question(file=path, date="2008-03-14")
    for one, other in zip(listed.problem.observations, read.problem.observations, strict=True):
        np.testing.assert_array_equal(one.y, other.y)
        np.testing.assert_array_equal(one.operator.index, other.operator.index)
    assert (read.said, read.account.used) == (listed.said, listed.account.used)
    assert read.account.dropped == listed.account.dropped == {"off the map's sea": 1}
    assert len(ICE) == read.problem.observations[0].operator.shape[0]


def test_the_day_is_that_of_the_rows(tmp_path) -> None:
    head = "lat;lon;sea_ice_concentration (%);sit (cm);time;buoy\n"
    path = write(tmp_path / "b.csv", head + "85;0;97;210;2008-03-14T06:00;a\n")
    found = read_points(path, NEVER)
    assert found.time.values[0].astype("datetime64[D]") == np.datetime64("2008-03-14")
    assert found.concentration.item() == pytest.approx(0.97)
    assert found.thickness.item() == pytest.approx(2.1)
    assert "'buoy'" in found.attrs["account"]
    write(path, path.read_text() + "85;9;90;;2008-03-15;a\n")
    with pytest.raises(ThermoclineError, match=r"2 days.*say the day by `date`"):
        read_points(path, NEVER)
    assert read_points(path, np.datetime64("2008-03-15")).sizes["point"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lat,lon,depth\n85,0,5\n", "no column concentration or thickness.*latitude, longitude"),
        ("lat,lon,sic\n85,0,97\n", r"concentration in line 2.*`concentration \(%\)`"),
        ("lat,lon,sic\n85,0,x\n", "concentration in line 2"),
        ("lat,lon,sic\n95,0,0.5\n", "latitude in line 2"),
        ("lat,lon,sic\n85,0,0.5\n", "no column of times.*say the day"),
        ("lat,lon,sic,siconc\n85,0,0.5,1\n", "two columns of concentration"),
    ],
)
def test_what_is_refused(tmp_path, text, said) -> None:
    with pytest.raises(ThermoclineError, match=said):
        read_points(write(tmp_path / "b.csv", text), NEVER)


def test_no_refusal_names_a_function(tmp_path) -> None:
    """A table where a map is asked for: what to do is said, not what to call."""
    path = write(tmp_path / "b.csv", "lat,lon,depth,temperature\n35,0,5,12\n")
    with pytest.raises(ThermoclineError, match=r"holds a table.*observations") as caught:
        read_field(path)
    assert "read_" not in str(caught.value)
