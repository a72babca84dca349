"""Which map of a file of concentration is meant, and what its date is."""

import numpy as np
import pytest
import xarray as xr

from thermocline.errors import BadData
from thermocline.ocean.projected import ProjectedGrid
from thermocline.sources.account import Account
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.endpoints.dataset import conditioned_summary
from thermocline.systems.seaice.endpoints.observed import concentration

X = 1e5 * (np.arange(12) - 5.5)
LATITUDE, LONGITUDE = np.arange(70.5, 90), np.arange(0.5, 360)


def file_of(folder, times, calendar="standard"):
    """Maps of 0.05, 0.1, … at days since 2007-01-01 of a calendar; without times a single map."""
    count = max(len(times), 1)
    values = np.arange(1, count + 1, dtype="f4")[:, None, None] / 20
    values = values * np.ones((LATITUDE.size, LONGITUDE.size), "f4")
    about = {"standard_name": "sea_ice_area_fraction", "units": "1"}
    fields = xr.Dataset(
        {"siconc": (("time", "lat", "lon"), values, about)},
        {"lat": ("lat", LATITUDE, {"units": "degrees_north", "standard_name": "latitude"}),
         "lon": ("lon", LONGITUDE, {"units": "degrees_east", "standard_name": "longitude"})},
    )  # fmt: skip
    if times:
        units = {"units": "days since 2007-01-01", "calendar": calendar, "standard_name": "time"}
        fields = fields.assign_coords(time=("time", times, units))
    else:
        fields = fields.isel(time=0)
    fields.to_netcdf(folder / "ice.nc")
    return folder / "ice.nc"


def found(path, date):
    field = concentration(path, date, X, X, "EPSG:3413")
    (value,) = np.unique(field.siconc.values[np.isfinite(field.siconc.values)].round(4))
    return str(field.time.values[0])[:10], float(value)


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
def test_a_month_means_its_only_map(tmp_path, calendar):
    month = 30 if calendar == "360_day" else 30.5
    path = file_of(tmp_path, [month * (m + 0.5) for m in range(12)], calendar)
    day, value = found(path, "2007-09")
    assert day.startswith("2007-09-1") and value == pytest.approx(0.45)
    assert found(path, day) == (day, value)


def test_a_month_of_many_maps_does_not_say_which(tmp_path):
    path = file_of(tmp_path, [0.5, 1.5, 40.5])
    with pytest.raises(BadData, match="2 maps of 2007-01"):
        found(path, "2007-01")
    assert found(path, "2007-02") == ("2007-02-10", pytest.approx(0.15))


def test_a_map_without_a_date_takes_the_one_that_is_given(tmp_path):
    path = file_of(tmp_path, [])
    assert found(path, "2007-09-14") == ("2007-09-14", pytest.approx(0.05))
    for no_day in (None, "2007-09"):
        with pytest.raises(BadData, match="has no date"):
            found(path, no_day)


def test_what_was_not_used_of_a_map_is_counted(tmp_path):
    path = file_of(tmp_path, [])
    with xr.open_dataset(path) as held:
        fields = held.load()
    bad = np.zeros(fields.siconc.shape, "i1")
    bad[:3] = 4
    flags = {"flag_values": np.array([1, 4], "i1"), "flag_meanings": "good bad"}
    fields["siconc"].attrs["ancillary_variables"] = "status"
    fields["status"] = (fields.siconc.dims, np.where(bad, bad, 1).astype("i1"), flags)
    fields.to_netcdf(tmp_path / "flagged.nc")
    made = concentration(tmp_path / "flagged.nc", "2007-09-14", X, X, "EPSG:3413")
    account = Account.from_json(made.attrs["account"])
    assert (account.held, account.used) == (20 * 360, 17 * 360)
    assert sum(account.dropped.values()) == 3 * 360


def test_means_of_an_answer_are_by_area():
    """Cells of a polar map differ in size by a quarter."""
    axis = 4e5 * (np.arange(16) - 7.5)
    grid = ProjectedGrid(axis, axis, "EPSG:3413")
    latitude, _ = grid.centres()
    ice = np.where(latitude < 65, np.nan, (latitude - 60) / 40).astype(np.float32)
    parts = [f"{variable.name}{part}" for variable in ICE for part in ("", "_std")]
    about = {
        "date": "2007-09-14",
        "observations": "none",
        "members": 2,
        "seed": "0",
    }
    answer = xr.Dataset(dict.fromkeys(parts, (grid.dims, ice)), grid.coordinates(), about)
    answer["extent"] = 1e12
    sea, area = np.isfinite(ice), grid.cell_area()
    mean = conditioned_summary(answer)["variables"]["siconc"]["mean"]
    assert mean == pytest.approx(np.average(ice[sea], weights=area[sea]), rel=1e-5)
    assert abs(mean - ice[sea].mean()) > 1e-3
