"""Real sea ice files, where THERMOCLINE_REAL_DATA says they are."""

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pyproj import CRS

from thermocline.errors import BadData, BadFile
from thermocline.ocean.projected import ProjectedGrid, nsidc
from thermocline.ocean.sphere import great_circle_distance
from thermocline.prepare.remap import MapRemapper, to_map
from thermocline.sources import read_field
from thermocline.sources.coordinates.projection import projected_grid
from thermocline.sources.fields.reader import canonical, field_account

ROOT = Path(os.environ.get("THERMOCLINE_REAL_DATA", "no real data")) / "seaice"
pytestmark = pytest.mark.skipif(
    not ROOT.is_dir(), reason="set THERMOCLINE_REAL_DATA to the folder of real data files"
)
MONTHS = "nsidc0051_nasateam_arctic_monthly_197811-200912.nc"
CANADA = "sic_SImon_CCCma-CanESM5_ssp245_r13i1p2f1_2020.nc"
CELLS = ProjectedGrid(*[1e5 * (np.arange(64) - 31.5)] * 2, "EPSG:3413")


def table(kind: str, scale: float) -> np.ndarray:
    """NSIDC's own table of its grid, rows from the south."""
    return np.fromfile(ROOT / f"grid/psn25{kind}_v3.dat", "<i4").reshape(448, 304)[::-1] / scale


def test_nsidcs_grid_is_where_its_tables_say():
    grid = nsidc("north")
    away = great_circle_distance(*grid.centres(), table("lats", 1e5), table("lons", 1e5))
    assert away.max() < 150  # metres; the tables are on the Hughes ellipsoid
    np.testing.assert_allclose(grid.cell_area(), table("area", 1e3) * 1e6, rtol=3e-5)


@pytest.mark.slow
def test_extent_of_nsidcs_months_and_the_binaries_are_the_same():
    found = read_field(ROOT / MONTHS, "siconc")
    assert projected_grid(found).digest() == nsidc("north").digest()
    values = found.siconc.values[:, 0]
    dates = [str(time)[:7] for time in found.time.values]
    area = projected_grid(found).cell_area() / 1e12
    for month, extent in (("03", 15.41), ("09", 6.31)):
        those = [date.endswith(month) for date in dates]
        mean = ((values[those] >= 0.15) * area).sum((1, 2)).mean()
        assert mean == pytest.approx(extent, abs=0.01)
    binaries = sorted((ROOT / "nsidc0051_bin").glob("*_n.bin"))
    assert len(binaries) == 24
    for path in binaries[::6]:
        one = read_field(path, "siconc")
        same = values[dates.index(str(one.time.values[0])[:7])]
        assert np.array_equal(one.siconc.values[0, 0], same, equal_nan=True), path.name
    dropped = field_account(found.isel(time=[0, -1]), "siconc").dropped
    assert set(dropped) == {"pole hole (251)", "coast (253)", "land (254)"}


def test_antarctic_day():
    (path,) = (ROOT / "nsidc0051_bin").glob("*_s.bin")
    found = read_field(path, "siconc")
    assert float(found.latitude.max()) < -35 and str(found.time.values[0])[:10] == "2019-05-01"
    extent = ((found.siconc >= 0.15) * projected_grid(found).cell_area()).sum() / 1e12
    assert float(extent) == pytest.approx(7.1, abs=0.1)


@pytest.mark.parametrize(
    ("pattern", "shape", "member", "calendar"),
    [
        (CANADA, (12, 1, 291, 360), "r13", "noleap"),
        ("siconc_SImon_CanESM5*", (1980, 1, 3, 4), "r1", "noleap"),
        ("siconc_SImon_IPSL*", (1980, 1, 4, 4), "r1", "proleptic_gregorian"),
    ],
)
def test_months_of_models(pattern, shape, member, calendar):
    (path,) = ROOT.glob(pattern)
    found = read_field(path, "siconc")
    assert found.siconc.shape == shape and found.attrs["member"] == member
    assert found.attrs["grid"] == "curvilinear" and "crs" not in found.attrs
    assert found.time.dt.calendar == calendar
    with xr.open_dataset(path, decode_times=False) as raw:
        np.testing.assert_allclose(found.siconc.values[:, 0], raw.siconc.values / 100, rtol=1e-6)


def test_a_model_of_no_calendar():
    found = read_field(ROOT / "fice.nc", "siconc")
    assert found.siconc.shape == (120, 1, 49, 100) and found.attrs["grid"] == "rectilinear"


def test_thickness_on_a_map_that_is_not_described():
    path = ROOT / "sit_monthly_mean23.nc"
    with pytest.raises(BadData, match="a map that the file does not describe"):
        read_field(path, "sithick")
    with xr.open_dataset(path, decode_times=False) as raw:
        described = raw.assign(crs=((), 0, CRS("EPSG:3408").to_cf())).load()
    found = canonical(described, "sithick", str(path))
    assert found.attrs["thickness"] == "unsaid"
    # The corners of the file, moved by half a cell, put the pole on the middle of one.
    assert float(found.latitude[180, 180]) == pytest.approx(90, abs=1e-5)
    april = found.sithick[3, 0]
    canada = april.where((found.latitude > 82) & (abs(found.longitude + 55) < 25)).mean()
    siberia = april.where((abs(found.latitude - 75) < 3) & (abs(found.longitude - 140) < 20)).mean()
    assert float(canada) > float(siberia) + 0.5


def test_ice_of_a_tripolar_model_is_conserved_on_a_map():
    found = read_field(ROOT / CANADA, "siconc")
    with xr.open_dataset(ROOT / CANADA, decode_times=False) as raw:
        area = raw.areacello.fillna(0).values
    inside = CELLS.contains(found.latitude.values, found.longitude.values)
    theirs = (found.siconc.fillna(0).values[:, 0] * area * inside).sum((1, 2))
    ours = (to_map(found, "siconc", CELLS).fillna(0).values[:, 0] * CELLS.cell_area()).sum((1, 2))
    assert ours == pytest.approx(theirs, rel=0.02)


def test_nsidcs_months_on_coarse_cells():
    found = read_field(ROOT / MONTHS, "siconc").isel(time=[4])
    assert MapRemapper(projected_grid(found), CELLS).method == "nested"
    coarse = to_map(found, "siconc", CELLS)
    assert 0.4 < float(np.isnan(coarse).mean()) < 0.6 and 0.99 < float(coarse.max()) <= 1


def test_a_page_that_was_saved_as_a_binary():
    with pytest.raises(BadFile, match=r"nt_20200204_f18_nrt_s\.bin: is a web page"):
        read_field(ROOT.parent / "broken" / "nt_20200204_f18_nrt_s.bin", "siconc")
