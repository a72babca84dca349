"""The nature run's files: providers' formats, honest packing, and the flags they promise."""

import numpy as np
import pytest
import xarray as xr

from thermocline.ocean.latlon import LatLonGrid
from thermocline.simulate import cmip6_file, en4_file
from thermocline.simulate.configuration import TRUTH
from thermocline.simulate.geography import make_geography
from thermocline.simulate.model import simulate
from thermocline.simulate.profiles import observe_month

DEPTH = np.array([5.0, 30, 75, 150, 300, 700])


@pytest.fixture(scope="module")
def geography():
    return make_geography(LatLonGrid.regular(32, 64), DEPTH)


@pytest.fixture(scope="module")
def year(geography):
    return simulate(TRUTH, geography, years=1, spin_up=0)


@pytest.fixture(scope="module")
def member(geography, year, tmp_path_factory):
    path = tmp_path_factory.mktemp("cmip6") / "thetao_Omon_x.nc"
    cmip6_file.write_cmip6(
        path, year, geography.grid, DEPTH, 1980, {"variant_label": "r1i1p1f1", "mip_era": "CMIP6"}
    )
    return path


def test_cmip6_file_reads_back_within_its_rounding(member, year, geography):
    with xr.open_dataset(member) as ds:
        assert ds.thetao.dims == ("time", "lev", "lat", "lon")
        assert ds.lev.attrs["positive"] == "down" and ds.thetao.attrs["units"] == "degC"
        assert float(ds.lon.min()) > 0 and float(ds.lon.max()) < 360
        assert ds.time.dt.calendar == "noleap" and ds.time.dt.month.values.tolist() == [
            *range(1, 13)
        ]
        assert {"lev_bnds", "lat_bnds", "lon_bnds", "time_bnds"} <= set(ds.variables)
        assert ds.thetao.encoding["dtype"] == np.int16
        back = ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")
        np.testing.assert_allclose(back.lon, geography.grid.longitude)
        error = np.abs(back.thetao.values - year)
    np.testing.assert_array_equal(np.isnan(error), np.isnan(year))
    limit = cmip6_file.rounding_step(DEPTH) / 2 + 1e-3
    assert (np.nanmax(error, axis=(0, 2, 3)) <= limit).all()


def test_rounding_is_far_below_the_variability(year):
    steps = cmip6_file.rounding_step(DEPTH)
    assert (steps / np.sqrt(12) < 0.05).all() and (np.diff(steps) <= 0).all()


@pytest.fixture(scope="module")
def profiles(geography, year):
    return observe_month(year[6], geography, 31, np.random.default_rng(0))


@pytest.fixture(scope="module")
def en4(profiles, tmp_path_factory):
    path = tmp_path_factory.mktemp("en4") / en4_file.file_name(2008, 7)
    en4_file.write_en4(path, profiles, 2008, 7, "test")
    return path


def test_en4_has_the_providers_name_and_variables(en4):
    assert en4.name == "EN.4.2.2.f.profiles.g10.200807.nc"
    with xr.open_dataset(en4) as ds:
        assert {"N_PROF", "N_LEVELS"} <= set(ds.sizes)
        assert 300 <= ds.sizes["N_PROF"] <= 500 and 20 <= ds.sizes["N_LEVELS"] <= 40
        assert (ds.JULD.dt.year == 2008).all() and (ds.JULD.dt.month == 7).all()
    with xr.open_dataset(en4, mask_and_scale=False) as raw:
        assert float(raw.POTM_CORRECTED.max()) == 99999.0
        for name in ("PSAL_CORRECTED", "TEMP", "PLATFORM_NUMBER", "WMO_INST_TYPE"):
            assert name in raw


def test_en4_flags_what_was_spoiled(en4):
    with xr.open_dataset(en4) as ds:
        good = ds.POTM_CORRECTED_QC.values == b"1"
        bad = ds.POTM_CORRECTED_QC.values == b"4"
        value = ds.POTM_CORRECTED.values
        assert (ds.PROFILE_POTM_QC.values == b"4").sum() == 5
        assert (ds.POSITION_QC.values == b"4").sum() == 2
        assert (ds.JULD_QC.values == b"1").all()
    assert bad.sum() > 12
    np.testing.assert_array_equal(np.isfinite(value), good | bad)
    assert value[good].min() >= -1.9001 and value[good].max() < 36


def test_good_values_are_the_truth_with_small_errors(profiles, geography, year):
    sound = (profiles.profile_flag == "1") & (profiles.position_flag == "1")
    row, column = geography.grid.locate(profiles.latitude, profiles.longitude)
    differences = []
    for i in np.flatnonzero(sound):
        water = year[6][:, row[i], column[i]]
        if np.isfinite(water).all():
            keep = (profiles.level_flag[i] == "1") & (profiles.depth[i] <= DEPTH[-1])
            truth = np.interp(profiles.depth[i][keep], DEPTH, water)
            differences.append(profiles.temperature[i][keep] - truth)
    error = np.concatenate(differences)
    assert abs(np.median(error)) < 0.1
    assert np.median(np.abs(error)) < 1.0  # cells are 600 km wide here
    assert np.abs(error).max() < 12


def test_profiles_are_sparse_under_ice(geography, year):
    state = year[1]
    random = np.random.default_rng(3)
    months = [observe_month(state, geography, 28, random) for _ in range(5)]
    north = np.concatenate([m.latitude[m.position_flag == "1"] for m in months])
    area = geography.grid.cell_area() * geography.ocean[0]
    polar = area[np.abs(geography.grid.latitude) > 70].sum() / area.sum()
    assert (np.abs(north) > 70).mean() < 0.6 * polar


def test_observations_are_repeatable(geography, year):
    one = observe_month(year[0], geography, 31, np.random.default_rng(5))
    two = observe_month(year[0], geography, 31, np.random.default_rng(5))
    np.testing.assert_array_equal(one.temperature, two.temperature)
    assert one.platform == two.platform
