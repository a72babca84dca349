"""Files of the simulated sea ice: both providers' forms, read back as what was written."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from pyproj import CRS

from thermocline.simulate.arctic.files import (
    CMIP6,
    FILL,
    MOORINGS,
    STEPS,
    cmip6_name,
    moorings_name,
    packed,
    write_cmip6,
    write_moorings,
)
from thermocline.simulate.arctic.geography import CRS_NAME, make_arctic
from thermocline.simulate.arctic.run import VARIABLES, Archive

DAYS = np.array(["2005-12-27", "2006-01-01"], "M8[D]")


@pytest.fixture(scope="module")
def archive():
    arctic, random = make_arctic(), np.random.default_rng(0)
    shape = (2, *arctic.sea.shape)
    area = np.clip(random.normal(0.5, 0.6, shape), 0, 1)
    area[0, 30, 30] = 0.001  # rounds to nothing
    values = {"siconc": area, "sithick": 2 * area, "damage": area**2}
    values |= {name: random.normal(0, 0.1, shape) * (area > 0) for name in ("siu", "siv")}
    fields = {
        name: np.where(arctic.sea, values[name], np.nan).astype(np.float32) for name in VARIABLES
    }
    return Archive(arctic, DAYS, fields)


def check(stored: xr.DataArray, expected: np.ndarray, step: float) -> None:
    assert stored.dims == ("time", "y", "x")
    np.testing.assert_array_equal(np.isnan(stored), np.isnan(expected))
    np.testing.assert_allclose(stored, expected, atol=step)
    close = np.abs(expected) > step / 2
    np.testing.assert_allclose(stored.values[close], expected[close], atol=step / 2 * 1.001)
    np.testing.assert_array_equal(stored.values[expected == 0], 0)
    if stored.name in ("siconc", "sic", "sithick", "sit"):
        np.testing.assert_array_equal(stored.values > 0, expected > 0)


def check_map(dataset: xr.Dataset, archive: Archive, latitude: str) -> None:
    np.testing.assert_array_equal(dataset.x, archive.arctic.grid.x)
    np.testing.assert_array_equal(dataset.y, archive.arctic.grid.y)
    np.testing.assert_allclose(dataset[latitude], archive.arctic.latitude, atol=1e-5)
    mapping = dataset["Polar_Stereographic_Grid"].attrs
    assert mapping["grid_mapping_name"] == "polar_stereographic"
    assert CRS.from_cf(mapping).equals(CRS(CRS_NAME), ignore_axis_order=True)
    np.testing.assert_array_equal(dataset.time.values.astype("M8[D]"), DAYS)


@pytest.mark.parametrize("name", CMIP6)
def test_cmip6_files(name, archive, tmp_path):
    path = tmp_path / cmip6_name(name, "A1", "r1i1p1f1", DAYS)
    assert path.name == f"{name}_SIday_A1_historical_r1i1p1f1_gn_20051227-20060101.nc"
    write_cmip6(path, archive, name, {"variant_label": "r1i1p1f1"})
    factor = 100 if name == "siconc" else 1
    with xr.open_dataset(path) as dataset:
        assert dataset[name].attrs["units"] == ("%" if name == "siconc" else CMIP6[name][2])
        check(dataset[name] / factor, archive.fields[name], STEPS[name])
        check_map(dataset, archive, "lat")
        if name == "siconc":
            full = archive.fields[name] == 1
            assert full.sum() > 100
            np.testing.assert_array_equal(dataset[name].values[full], 100)


def test_moorings(archive, tmp_path):
    path = tmp_path / moorings_name("truthi1p1f1", DAYS)
    assert path.name == "Moorings_2005-2006_truthi1p1f1.nc"
    write_moorings(path, archive, {"variant_label": "truthi1p1f1"})
    with xr.open_dataset(path) as dataset:
        assert dataset.attrs["variant_label"] == "truthi1p1f1"
        check_map(dataset, archive, "latitude")
        for name, (ours, *_) in MOORINGS.items():
            check(dataset[name], archive.fields[ours], STEPS[ours])
    with netCDF4.Dataset(path) as raw:
        raw.set_auto_mask(False)
        raw.set_auto_scale(False)
        land = ~archive.arctic.sea
        assert (raw["sic"][:][:, land] == FILL).all() and not (raw["sic"][:] == FILL)[
            :, archive.arctic.sea
        ].any()


def test_thin_ice_is_not_rounded_to_none():
    counts = packed(np.array([0, 1e-4, 0.0051, 1, np.nan]), 0.005)
    np.testing.assert_array_equal(counts, [0, 1, 1, 200, FILL])
