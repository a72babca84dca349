"""Fine SST and its files: stirred, never invented, and read back as what was written."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import xarray as xr

from thermocline.config import SstConfig
from thermocline.errors import BadData
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.simulate import cmip6_file, fine_sst, sst_files
from thermocline.simulate.fine_configuration import (
    FACTOR,
    MEMBERS,
    REGIONS,
    TRUTH,
    WITHHELD,
    jobs,
)
from thermocline.simulate.fine_sst import Surface, states
from thermocline.sources import read_field

REGION = next(region for region in REGIONS if region.name == "agulhas")
SHORT = replace(TRUTH, days=((2005, 2009, 2),))


@pytest.fixture(scope="module")
def surface(tmp_path_factory):
    """A nature run whose temperature falls by half a degree a degree of latitude."""
    grid = LatLonGrid.regular(64, 128)
    field = np.zeros((120, 2, 64, 128), np.float32)
    field += 30 - 0.5 * np.abs(grid.latitude)[:, None].astype(np.float32)
    field += np.arange(120, dtype=np.float32)[:, None, None, None] / 100
    path = tmp_path_factory.mktemp("cmip6") / "thetao.nc"
    cmip6_file.write_cmip6(path, field, grid, np.array([5.0, 15.0]), 2000, {})
    return Surface(path)


@pytest.fixture(scope="module")
def made(surface):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fine_sst, "SPIN_UP", 1.0)
        patch.setattr(fine_sst, "APART", 1.0)
        return list(states(REGION, SHORT, surface, seed=3))


def test_the_surface_is_interpolated_in_space_and_time(surface):
    latitude = np.array([[-40.0, -20.0]])
    place = (latitude, np.array([[179.9, -179.9]]))
    rounding = cmip6_file.rounding_step(np.array([5.0]))[0]
    expected = 30 - 0.5 * np.abs(latitude)
    np.testing.assert_allclose(surface(date(2000, 1, 16), *place), expected, atol=rounding)
    later = surface(date(2008, 1, 16), *place) - surface(date(2000, 1, 16), *place)
    np.testing.assert_allclose(later, 0.96, atol=rounding)


def test_states_are_of_the_water_around_and_dated_in_their_period(made):
    days = [state.day for state in made]
    assert days == sorted(days) and str(days[0])[:4] >= "2005" and str(days[-1])[:4] <= "2009"
    for state in made:
        assert state.fine.shape == (160, 160) and state.coarse.shape == (32, 32)
        assert 0.85 < np.isfinite(state.fine).mean() < 1  # the Cape of Good Hope
        assert np.nanmin(state.fine) > 7 and np.nanmax(state.fine) < 17
    a, b = (np.nan_to_num(s.fine - np.nanmean(s.fine, axis=1, keepdims=True)) for s in made)
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.5


def test_there_is_structure_within_blocks_and_little_noise(made):
    fine = made[1].fine[:80]  # open sea
    within = fine - np.kron(block_mean(fine, np.ones_like(fine), FACTOR), np.ones((5, 5)))
    assert 0.05 < within.std() < 0.5
    jump = np.abs(np.diff(fine, 2, axis=0))
    assert np.median(jump) < 0.05 < np.quantile(jump, 0.99)


def test_the_coarse_product_is_smoothed_and_errs(made):
    area = REGION.grid().cell_area()
    for state in made:
        departure = state.coarse - block_mean(state.fine, area, FACTOR)
        assert np.array_equal(np.isfinite(departure), np.isfinite(state.error))
        open_sea = np.isfinite(departure) & (state.error == fine_sst.ERROR[0])
        assert fine_sst.ERROR[0] < departure[open_sea].std() < 0.3
        assert abs(departure[open_sea].mean()) < 0.02
        assert fine_sst.ERROR[0] < np.nanmax(state.error) <= fine_sst.ERROR[1]


def test_every_training_box_has_a_member_and_the_truth_all():
    made = {(region.name, member.name) for region, member in jobs()}
    assert {name for name, member in made if member == "truth"} == {r.name for r in REGIONS}
    trained = {name for name, member in made if member != "truth"}
    assert trained == {r.name for r in REGIONS} - set(WITHHELD)
    assert {member for _, member in made} == {"truth", *(m.name for m in MEMBERS)}
    assert SstConfig().withheld == WITHHELD


def write(folder, values, error=None):
    """A box across Greenwich in both formats: values [T, H, W], °C."""
    days = np.array(["1980-02-29", "2009-12-31"], "datetime64[D]")
    grid = LatLonGrid(-30 + 0.05 * (np.arange(20) + 0.5), -0.5 + 0.05 * (np.arange(20) + 0.5))
    blocks = LatLonGrid(-30 + 0.25 * (np.arange(4) + 0.5), -0.5 + 0.25 * (np.arange(4) + 0.5))
    fine = folder / sst_files.ostia_name(grid, days, "r2i1p1f1")
    coarse = folder / sst_files.oisst_name(blocks, days, "r2i1p1f1")
    means = block_mean(values, grid.cell_area(), 5)
    notes = {"variant_label": "r2i1p1f1"}
    sst_files.write_ostia(fine, values, grid, days, 0.02, notes)
    sst_files.write_oisst(coarse, means, 0 * means + 0.07, blocks, days, notes)
    return fine, coarse, means, days


@pytest.fixture
def values():
    field = 20 + np.random.default_rng(0).standard_normal((2, 20, 20)).cumsum(axis=1)
    field[:, :5, :7] = np.nan
    return field


def test_files_read_back_as_what_was_written(tmp_path, values):
    fine, coarse, means, days = write(tmp_path, values)
    assert fine.name == (
        "METOFFICE-GLO-SST-L4-REP-OBS-SST_analysed_sst_0.50W-0.50E_30.00S-29.00S_"
        "1980-02-29-2009-12-31_r2i1p1f1.nc"
    )
    assert coarse.name == "oisst-avhrr-v02r01.19800229-20091231.30.00S-0.50W.r2i1p1f1.nc"
    for path, expected, within in ((fine, values, 0.01), (coarse, means, 0.005)):
        with read_field(path, "tos") as read:
            found = read.tos.isel(depth=0).values
            assert read.attrs["member"] == "r2"
            assert (read.time.values.astype("datetime64[D]") == days).all()
            assert (np.diff(read.longitude) > 0).all() and float(read.longitude[0]) < 0
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        assert np.nanmax(np.abs(found - expected)) < within + 1e-4
    with read_field(coarse, "err") as read:
        assert np.nanmax(np.abs(read.err.values - 0.07)) < 1e-6


def test_files_have_the_providers_packing(tmp_path, values):
    fine, coarse, *_ = write(tmp_path, values)
    with xr.open_dataset(fine, mask_and_scale=False) as raw:
        assert raw.analysed_sst.dtype == np.int16 and raw.analysed_sst.units == "kelvin"
        assert raw.analysed_sst.scale_factor == 0.01 and raw.analysed_sst.add_offset == 273.15
        assert "land" in raw.mask.flag_meanings and set(np.unique(raw.mask)) == {1, 2}
    with xr.open_dataset(coarse, mask_and_scale=False) as raw:
        assert raw.sst.dims == ("time", "zlev", "lat", "lon") and raw.sst.dtype == np.int16
        assert float(raw.lon.min()) > 0 and (np.diff(raw.lon) > 0).all()


def test_kelvin_labelled_celsius_is_refused(tmp_path, values):
    fine, *_ = write(tmp_path, values)
    with xr.open_dataset(fine) as raw:
        wrong = raw.load()
    wrong.analysed_sst.attrs["units"] = "degree_Celsius"
    wrong.to_netcdf(tmp_path / "wrong.nc")
    with pytest.raises(BadData, match=r"wrong\.nc.*kelvin"):
        read_field(tmp_path / "wrong.nc", "tos")
