"""Means stamped at the end of their month are that month's, in a store and in a question."""

import numpy as np
import xarray as xr

from thermocline.config import DataConfig, Period
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.sample import Group, Layout
from thermocline.sources import read_field
from thermocline.systems.reconstruct.data import prepare
from thermocline.systems.superres.endpoints.coarse import read_coarse

EDGES = np.arange("2008-01", "2009-02", dtype="datetime64[M]").astype("datetime64[D]")
DAYS = (EDGES - np.datetime64("2000-01-01")).astype(float)
LAT, LON, LEV = np.arange(-75.0, 90, 30), np.arange(15.0, 360, 30), np.array([5.0, 100.0])


def twelve_months(path):
    """Values are the number of the month that is meant."""
    values = np.arange(1.0, 13)[:, None, None, None] + np.zeros((12, 2, LAT.size, LON.size))
    units = {"units": "days since 2000-01-01"}
    xr.Dataset(
        {
            "thetao": (("time", "lev", "lat", "lon"), values.astype("f4"), {"units": "degC"}),
            "tos": (("time", "lat", "lon"), values[:, 0].astype("f4"), {"units": "degC"}),
            "time_bnds": (("time", "bnds"), np.stack([DAYS[:-1], DAYS[1:]], axis=1)),
        },
        coords={
            "time": ("time", DAYS[1:], units | {"bounds": "time_bnds"}),
            "lev": ("lev", LEV, {"units": "m", "positive": "down"}),
            "lat": ("lat", LAT, {"units": "degrees_north"}),
            "lon": ("lon", LON, {"units": "degrees_east"}),
        },
    ).to_netcdf(path)
    return path


def test_a_question_of_february_is_answered_from_februarys_mean(tmp_path):
    path = twelve_months(tmp_path / "f.nc")
    for month in (1, 2, 12):
        assert (read_coarse(path, f"2008-{month:02d}").value == month).all()


def test_a_store_of_states_has_each_month_as_itself(tmp_path):
    layout = Layout(prepare.VARIABLE, LatLonGrid.regular(6, 12), LEV)
    group = Group(prepare.GROUP, {"thetao": layout}, continuous=True)
    year = Period(members=("",), first=2008, last=2008)
    none = [Period(members=(name,), first=2000, last=2000) for name in ("a", "b")]
    wanted = prepare.plan(DataConfig(train=year, validation=none[0], test=none[1]), group)
    with read_field(twelve_months(tmp_path / "f.nc")) as dataset:
        found = list(prepare._months(dataset, group, wanted))
    assert [str(sample.time) for sample in found] == [f"2008-{m:02d}" for m in range(1, 13)]
    for month, sample in enumerate(found, 1):
        assert (sample.fields["thetao"] == month).all()
