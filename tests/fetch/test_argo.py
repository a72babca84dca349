"""Floats are found by argopy's index, whose box has rules of its own."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from thermocline.errors import BadFile
from thermocline.fetch import clients
from thermocline.fetch.request import Period, Region, Request
from thermocline.fetch.run import fetch

PROFILES = (
    # float, longitude, latitude, time
    (1, -20.0, 0.0, "2008-03-01T00:00:00"),
    (1, -21.0, 0.0, "2008-03-11T06:00:00"),
    (2, -20.0, 1.0, "2008-03-31T17:30:00"),
    (3, -20.0, 1.0, "2008-04-01T00:00:00"),
    (4, 175.0, 0.0, "2008-03-14T12:00:00"),
    (4, -179.0, 0.0, "2008-03-24T12:00:00"),
    (5, -175.0, 0.0, "2008-03-14T12:00:00"),
    (6, 100.0, 0.0, "2008-03-14T12:00:00"),
)


class ArgoIndex:
    """As argopy 1.5 does it: boxes from west to east within ±180, their ends included."""

    boxes: list[list]

    def __init__(self, host=None, index_file="ar_index_global_prof.txt"):
        assert index_file == "core"
        self.query = SimpleNamespace(box=self.box)
        ArgoIndex.boxes = []

    def box(self, BOX, nrows=None, composed=False):
        ArgoIndex.boxes.append(BOX)
        west, east, south, north = BOX[:4]
        first, last = (datetime.fromisoformat(text) for text in BOX[4:])
        for wrong, text in (
            (not -180 <= west <= 180, "lon_min must be in [-180;180]"),
            (not -180 <= east <= 180, "lon_max must be in [-180;180]"),
            (not west < east, "lon_max must be larger than lon_min"),
            (not south < north, "lat_max must be larger than lat_min"),
            (not first < last, "datetim_max must come after datetim_min"),
        ):
            if wrong:
                raise ValueError(text)
        self.search = [
            f"dac/aoml/{number}/profiles/R{number}_001.nc"
            for number, lon, lat, time in PROFILES
            if west <= lon <= east
            and south <= lat <= north
            and first <= datetime.fromisoformat(time) <= last
        ]

    def read_files(self, index=False, multi=False):
        assert multi and not index
        numbers = {path.split("/")[2] for path in self.search}
        return [f"dac/aoml/{one}/{one}_prof.nc" for one in numbers]


@pytest.fixture
def floats(provider, netcdf, session, monkeypatch):
    """Asks for a period and a region; the numbers of the floats."""
    monkeypatch.setattr(clients, "client", lambda name: SimpleNamespace(ArgoIndex=ArgoIndex))
    for number, *_ in PROFILES:
        provider.files[f"/dac/aoml/{number}/{number}_prof.nc"] = netcdf

    def ask(period, region):
        request = Request(Period.parse(period), Region.parse(region), server=provider.address)
        plan = clients.argo(request, session)
        return [int(name.removesuffix("_prof.nc")) for item in plan.items for name in item.names]

    return ask


def test_the_last_day_is_asked_for_whole(floats):
    assert floats("2008-03", "-30,-5,-10,5") == [1, 2]
    assert ArgoIndex.boxes == [[-30, -10, -5, 5, "2008-03-01T00:00:00", "2008-03-31T23:59:59"]]


def test_one_day(floats):
    assert floats("2008-03-31", "-30,-5,-10,5") == [2]


@pytest.mark.parametrize("region", ["170,-5,-170,5", "170,-5,190,5"])
def test_floats_on_both_sides_of_the_date_line_come_once(floats, region):
    assert floats("2008-03", region) == [4, 5]
    assert [box[:2] for box in ArgoIndex.boxes] == [[170, 180], [-180, -170]]


@pytest.mark.parametrize(
    "region, found",
    [
        ("180,-5,190,5", [4, 5]),
        ("184,-5,186,5", [5]),
        ("330,-5,350,5", [1, 2]),
        ("330,-5,101,5", [1, 2, 6]),
        ("0,-5,360,5", [1, 2, 4, 5, 6]),
        ("90,-5,-180,5", [4, 6]),
    ],
)
def test_longitudes_beyond_180(floats, region, found):
    assert floats("2008-03", region) == found


def test_nothing_there(floats):
    with pytest.raises(BadFile, match="no float was in"):
        floats("2008-03", "40,-5,50,5")


def test_files_come_from_the_server_of_the_index(floats, provider, netcdf, session, tmp_path):
    request = Request(Period.parse("2008-03"), Region.parse("90,-5,110,5"), server=provider.address)
    fetch(clients.argo(request, session), tmp_path / "argo", session)
    assert (tmp_path / "argo/6_prof.nc").read_bytes() == netcdf
