"""Real providers' files, where THERMOCLINE_REAL_DATA says they are."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from thermocline.errors import BadData, BadFile, BadObservations
from thermocline.sources import read_field, read_levitus_mitgcm, read_profiles, require_profiles
from thermocline.sources.files.opening import local_file

ROOT = Path(os.environ.get("THERMOCLINE_REAL_DATA", "no real data"))
pytestmark = pytest.mark.skipif(
    not ROOT.is_dir(), reason="set THERMOCLINE_REAL_DATA to the folder of real data files"
)
ARGO = sorted(ROOT.glob("profiles/*_prof.nc")) + sorted(ROOT.glob("profiles/eqatlantic/*_prof.nc"))
EMPTY = {"1900500", "1900561", "3900564", "3900296"}
"""Delayed mode, every adjusted level flagged 4 and missing."""

FIELDS = {  # file: variable, grid, shape, range of the median, ends of depth
    "sst/tos_Omon_BCC*": ("tos", "curvilinear", (1, 1, 688, 1440), (14, 19), (0, 0)),
    "sst/tos_Omon_CESM2*": ("tos", "curvilinear", (1, 1, 384, 320), (19, 25), (0, 0)),
    "sst/tos_Omon_FGOALS*": ("tos", "curvilinear", (1, 1, 218, 360), (13, 19), (0, 0)),
    "sst/tos_Omon_IITM*": ("tos", "curvilinear", (1, 1, 200, 360), (18, 24), (0, 0)),
    "sst/tos_Omon_MPI*": ("tos", "curvilinear", (240, 1, 5, 6), (3, 8), (0, 0)),
    "sst/tos_pcmdi*": ("tos", "rectilinear", (12, 1, 180, 360), (13, 17), (0, 0)),
    "sst/oisst-avhrr.nc": ("tos", "rectilinear", (1, 1, 720, 1440), (12, 17), (0, 0)),
    "sst/2016*BLK*": ("tos", "rectilinear", (1, 1, 240, 384), (24, 27), (0, 0)),
    "sst/oisst_tasman/*1984*": ("tos", "rectilinear", (366, 1, 32, 32), (13, 17), (0, 0)),
    "sst/ostia_monthly.nc": ("tos", "rectilinear", (54, 1, 18, 432), (26, 30), (0, 0)),
    "sst/alboran*": ("tos", "rectilinear", (10, 1, 201, 301), (17, 21), (0, 0)),
    "sst/MWsst*": ("tos", "rectilinear", (60, 1, 81, 81), (20, 25), (0, 0)),
    "multilayer/nemo_1m_20150101*": ("tos", "curvilinear", (1, 1, 330, 360), (10, 17), (0, 0)),
    "multilayer/nemo_1m_20150201*": ("tos", "curvilinear", (1, 1, 330, 360), (10, 17), (0, 0)),
    "multilayer/esku*": ("tos", "rectilinear", (12, 1, 46, 72), (17, 22), (0, 0)),
    "multilayer/orca2_votemper_31*": (
        "thetao", "curvilinear", (1, 31, 148, 180), (3, 7), (5, 5250),
    ),
    "multilayer/orca2_votemper.nc": ("thetao", "curvilinear", (1, 1, 148, 180), (12, 17), (5, 5)),
    "multilayer/glorys_T200.nc": ("thetao", "rectilinear", (1, 1, 721, 781), (14, 20), (200, 200)),
    "multilayer/gt4d011.cdf": ("thetao", "rectilinear", (25, 10, 22, 18), (25, 29), (5, 95)),
    "multilayer/gtsa056_2.cdf": ("thetao", "rectilinear", (168, 2, 11, 160), (25, 28), (5, 15)),
    "multilayer/mfs.nc": ("thetao", "rectilinear", (1, 72, 15, 25), (12, 14), (1.47, 5335)),
    "multilayer/woa18_decav_t01*": ("thetao", "rectilinear", (1, 1, 11, 11), (28, 30), (0, 0)),
    "multilayer/woa18_decav_t12*": ("thetao", "rectilinear", (1, 1, 11, 11), (27, 30), (0, 0)),
    "multilayer/za_PHC2*": ("thetao", "zonal", (15, 1, 40, 394), (2, 6), (5, 5375)),
    "multilayer/sodb*": ("thetao", "rectilinear", (1, 44, 61, 91), (0, 4), (10, 5500)),
}  # fmt: skip


def only(pattern: str) -> Path:
    (path,) = ROOT.glob(pattern)
    return path


@cache
def profiles(path: Path) -> xr.Dataset:
    return read_profiles(path)


@pytest.mark.parametrize("pattern", FIELDS)
def test_real_fields(pattern):
    variable, grid, shape, (low, high), depths = FIELDS[pattern]
    read = read_field(only(pattern), variable)
    field = read[variable]
    assert field.shape == shape and read.attrs["grid"] == grid
    assert field.attrs["units"] == "degree_Celsius"
    assert low < float(np.nanmedian(field)) < high
    assert float(field.min()) >= -3 and float(field.max()) <= 36
    assert field.depth.values[[0, -1]] == pytest.approx(depths, rel=2e-3)
    for name in set(field.dims) - {"basins", "time", "x", "y"}:
        assert (np.diff(field[name]) > 0).all()
    assert float(read.latitude.min()) >= -90 and float(read.latitude.max()) <= 90
    if grid != "zonal":
        assert float(read.longitude.min()) >= -180 and float(read.longitude.max()) <= 180
    read.close()


def test_members_and_calendars_of_real_cmip6_files():
    calendars = {"BCC": "noleap", "CESM2": "noleap", "IITM": "julian", "MPI": "proleptic_gregorian"}
    for model, calendar in calendars.items():
        read = read_field(only(f"sst/tos_Omon_{model}*"), "tos")
        assert read.time.dt.calendar == calendar and read.attrs["member"] == "r1"


@pytest.mark.parametrize(
    ("pattern", "variable", "error", "says"),
    [
        ("multilayer/Nordic_subset.nc", "thetao", BadData, "follow the sea floor"),
        ("multilayer/menor.nc", "thetao", BadData, "follow the sea floor"),
        ("multilayer/glorys_epu_3d.nc", "thetao", BadData, "no latitude"),
        ("sst/CESM-DP-LE*", "tos", BadData, "init, lead"),
        ("sst/sos_pcmdi*", "thetao", BadFile, "no variable thetao"),
        ("broken/IMOS*", "tos", BadFile, "trajectory"),
        ("broken/*.bin", "tos", BadFile, "web page"),
        ("profiles/13857_prof.nc", "thetao", BadFile, "argo observations"),
    ],
)
def test_real_files_that_are_no_such_field(pattern, variable, error, says):
    with pytest.raises(error, match=says) as caught:
        read_field(only(pattern), variable)
    assert only(pattern).name in str(caught.value)


def test_levitus_climatology():
    read = read_levitus_mitgcm(ROOT / "multilayer/levitus_mitgcm")
    assert read.thetao.shape == (12, 15, 40, 90)
    assert 0.4 < float(read.thetao.isnull().mean()) < 0.5
    assert float(read.thetao.min()) >= -2.5 and float(read.thetao.max()) < 33
    # The Pacific's warm pool, and winter cold in the north Atlantic.
    assert float(read.thetao.sel(latitude=2, longitude=150).isel(depth=0).mean()) > 27
    # Warmest at the end of summer, in both hemispheres: latitudes are the right way up.
    surface = read.thetao.isel(depth=0).mean("longitude")
    assert read.time.values[surface.sel(latitude=42).argmax()] in (8, 9)
    assert read.time.values[surface.sel(latitude=-42).argmax()] in (1, 2, 3)


@pytest.mark.parametrize("path", ARGO, ids=lambda p: p.name)
def test_argo_floats(path):
    read = profiles(path)
    if path.name.split("_")[0] in EMPTY:
        assert read.sizes["n_prof"] == 0
        with pytest.raises(
            BadObservations, match="every value is missing, impossible or not flagged good"
        ):
            require_profiles(read, path.name)
        return
    values = read.thetao.values
    assert np.isfinite(values).any(axis=1).all()
    assert (np.isfinite(values) == np.isfinite(read.depth.values)).all()
    assert np.nanmin(values) > -3 and np.nanmax(values) < 33
    assert np.nanmin(read.depth) >= 0 and np.nanmax(read.depth) < 2200
    assert (abs(read.longitude) <= 180).all() and not np.isnat(read.time.values).any()
    # Pressure increases along a profile; a float may stay at one for a while.
    assert np.nanmin(np.diff(read.depth.values)) > -10


def test_the_hot_float_is_cool():
    assert float(profiles(only("profiles/6900388_prof.nc")).thetao.max()) < 20


def test_argo_agrees_with_the_independent_standard_levels():
    """Potential temperature at 24 depths of 5,345 profiles, derived by someone else's code."""
    reference = xr.open_dataset(only("collocated/argo_standard_levels_with_levitus.nc"))
    wanted = {
        (str(platform), round(float(seconds))): index
        for index, (platform, seconds) in enumerate(
            zip(reference.platform.values, seconds_of(reference.time.values), strict=True)
        )
    }
    standard = reference.depth.values
    differences, matched = [], 0
    for path in ARGO:
        read = profiles(path)
        seconds = seconds_of(read.time.values)
        for i in range(read.sizes["n_prof"]):
            key = str(read.platform_number.values[i]), round(float(seconds[i]))
            index = next((wanted[key[0], key[1] + s] for s in (0, 1, -1)
                          if (key[0], key[1] + s) in wanted), None)  # fmt: skip
            if index is None:
                continue
            matched += 1
            ours = at_levels(read.depth.values[i], read.thetao.values[i], standard)
            differences.append(np.abs(ours - reference.thetao.values[index]))
    known = np.concatenate(differences)
    known = known[np.isfinite(known)]
    # All of them but the float that has no good adjusted value.
    assert matched >= 5300 and known.size > 110_000
    assert np.median(known) < 1e-5 and np.percentile(known, 99.9) < 0.01


def seconds_of(time: np.ndarray) -> np.ndarray:
    return time.astype("datetime64[ns]").astype(np.int64) / 1e9


def at_levels(depth: np.ndarray, values: np.ndarray, standard: np.ndarray) -> np.ndarray:
    """Linear in depth; empty in gaps wider than 60 m and 30 % of the depth."""
    known = np.isfinite(values)
    order = np.argsort(depth[known], kind="stable")
    x, y = depth[known][order].astype(float), values[known][order]
    right = np.searchsorted(x, standard)
    inside = (right > 0) & (right < x.size)
    right = np.clip(right, 1, max(1, x.size - 1))
    if x.size < 2:
        return np.full(standard.size, np.nan)
    gap = x[right] - x[right - 1]
    inside &= gap <= np.maximum(60, 0.3 * standard)
    return np.where(inside, np.interp(standard, x, y), np.nan)


@pytest.mark.parametrize(
    ("pattern", "count", "median", "deepest"),
    [
        ("profiles/GL_PR_PF_5906438.nc", 33, (10, 15), 1977),
        ("profiles/other/netCDF_vertical_profiles_ctd.nc", 10, (7, 11), 4499),
        ("profiles/other/ocldb*_OSD.nc", 97, (8, 14), 1337),
        ("profiles/other/argo_3505.mat", 787, (1, 3), 1986),
    ],
)
def test_other_profile_formats(pattern, count, median, deepest):
    read = read_profiles(only(pattern))
    assert read.sizes["n_prof"] == count
    assert median[0] < float(read.thetao.median()) < median[1]
    assert float(read.depth.max()) == pytest.approx(deepest, abs=2)


def test_potential_temperature_of_the_argo_reference_database():
    """The database carries its own potential temperature, by the older equations of state."""
    import scipy.io

    path = only("profiles/other/argo_3505.mat")
    theirs = scipy.io.loadmat(path, variable_names=["ptmp"])["ptmp"].T
    ours = read_profiles(path).thetao.values
    difference = np.abs(ours - theirs[:, : ours.shape[1]])
    assert np.nanmax(difference) < 0.005


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("broken/IMOS*", "trajectory.*every one of its 1439 is missing"),
        ("broken/*.bin", "web page"),
        ("profiles/other/voto_nrt.nc", "trajectory"),
        ("multilayer/mfs.nc", "gridded field"),
        ("seaice/nsidc0051_bin/nt_198701*", "gridded field"),
    ],
)
def test_real_files_that_are_no_profiles(pattern, says):
    with pytest.raises((BadFile, BadData), match=says) as caught:
        read_profiles(only(pattern))
    assert only(pattern).name in str(caught.value)


def test_every_argo_file_was_found():
    assert len(ARGO) == 43 and all(local_file(path) for path in ARGO)
