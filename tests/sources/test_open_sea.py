"""Flags of sea-surface products: land, lakes and ice are missing, whichever way they are said."""

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from thermocline.errors import BadData
from thermocline.sources import read_field

ROOT = Path(os.environ.get("THERMOCLINE_REAL_DATA", "no real data"))
real = pytest.mark.skipif(not ROOT.is_dir(), reason="THERMOCLINE_REAL_DATA is not set")
BLACK_SEA = "sst/20160707000000-GOS-L4_GHRSST-SSTfnd-OISST_HR_REP-BLK-v02.0-fv01.0.nc"
BITS = np.array([1, 2, 4, 8], np.int8)


def saved(path, mask, **attributes) -> Path:
    """A day of 2 × 3 cells of 290…295 K whose mask is `mask` [2, 3]."""
    dims = ("time", "lat", "lon")
    dataset = xr.Dataset(
        {
            "analysed_sst": (dims, 290.0 + np.arange(6.0).reshape(1, 2, 3), {"units": "kelvin"}),
            "mask": (dims, np.array(mask, np.int8).reshape(1, 2, 3), attributes),
        },
        coords={
            "time": ("time", [0], {"units": "days since 2000-01-01"}),
            "lat": ("lat", [0.0, 1.0], {"units": "degrees_north"}),
            "lon": ("lon", [0.0, 1.0, 2.0], {"units": "degrees_east"}),
        },
    )
    dataset.to_netcdf(path)
    return path


@pytest.mark.parametrize(
    ("mask", "attributes"),
    [
        ([1, 2, 5, 9, 1, 13], {"flag_masks": BITS, "flag_meanings": "water land lake sea_ice"}),
        (
            [1, 2, 5, 9, 1, 13],
            {"flag_masks": BITS, "flag_meanings": "water land optional_lake_surface sea-ice"},
        ),
        (
            [1, 2, 3, 4, 1, 2],
            {"flag_values": BITS.cumsum().clip(1, 4) * 0 + [1, 2, 3, 4],
             "flag_meanings": "sea land lake ice"},
        ),
        (  # MUR states both; its values are what counts
            [1, 2, 5, 9, 1, 13],
            {
                "flag_masks": np.array([1, 2, 4, 8, 16], np.int8),
                "flag_values": np.array([1, 2, 5, 9, 13], np.int8),
                "flag_meanings": "open_sea land open_lake open_sea_with_ice_in_the_grid "
                "open_lake_with_ice_in_the_grid",
            },
        ),
    ],
)  # fmt: skip
def test_land_lakes_and_ice_are_missing(tmp_path, mask, attributes):
    read = read_field(saved(tmp_path / "f.nc", mask, **attributes), "tos").tos.values.ravel()
    np.testing.assert_array_equal(np.isfinite(read), [True, False, False, False, True, False])
    assert read[[0, 4]] == pytest.approx([16.85, 20.85], abs=1e-4)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"flag_meanings": "sea land"},
        {"flag_values": BITS[:2], "flag_meanings": "good better"},
        {"flag_masks": BITS, "flag_meanings": "water land"},
    ],
)
def test_a_mask_that_does_not_say_what_it_means_is_left_alone(tmp_path, attributes):
    path = saved(tmp_path / "f.nc", [1, 2, 1, 2, 0, 0], **attributes)
    assert np.isfinite(read_field(path, "tos").tos.values).all()


@real
def test_the_black_seas_analysis_is_in_celsius_and_refused_when_mislabelled(tmp_path):
    with xr.open_dataset(ROOT / BLACK_SEA, decode_times=False) as raw:
        kelvin = raw.analysed_sst.values[0]
        wrong = raw.load()
    read = read_field(ROOT / BLACK_SEA, "tos").tos.values[0, 0]
    np.testing.assert_allclose(read, kelvin - 273.15, atol=1e-4)
    wrong.analysed_sst.attrs["units"] = "Celsius"
    wrong.to_netcdf(tmp_path / "wrong.nc")
    with pytest.raises(BadData, match="kelvin"):
        read_field(tmp_path / "wrong.nc", "tos")


@real
def test_a_day_of_oisst_is_what_its_integers_say_in_the_right_places():
    with xr.open_dataset(ROOT / "sst/oisst-avhrr.nc", mask_and_scale=False) as raw:
        counts = raw.sst.values[0, 0]
    read = read_field(ROOT / "sst/oisst-avhrr.nc", "tos").tos.values[0, 0]
    expected = np.where(counts == -999, np.nan, 0.01 * counts)
    np.testing.assert_allclose(read, np.roll(expected, 720, axis=1), atol=1e-5)
