"""Valid ranges, fill values and packing of a gridded file are honoured, or it is refused."""

import netCDF4
import numpy as np
import pytest
from stated_fields import TRUTH, read, sst
from wild_fields import WILD, check

from thermocline.errors import BadData, BadFile
from thermocline.sources import read_field
from thermocline.sources.fields.reader import field_account

PACKING = {"dtype": "i2", "scale_factor": 0.01, "add_offset": 0.0, "_FillValue": -32768}


@pytest.mark.parametrize(
    ("attributes", "encoding"),
    [
        ({"valid_min": np.float32(-2), "valid_max": np.float32(45)}, None),
        ({"valid_range": np.array([-2, 45], "f4")}, None),
        ({"valid_range": np.array([-np.inf, 45], "f4")}, None),
        ({"valid_min": np.int16(-200), "valid_max": np.int16(4500)}, PACKING),
        ({"valid_range": np.array([-200, 4500], "i2")}, PACKING),
        # The wrong way round, as many files have it.
        ({"valid_min": np.int16(-2), "valid_max": np.int16(45)}, PACKING),
        ({"valid_min": np.float32(-2), "valid_max": np.float32(45)}, PACKING),
        ({"valid_min": np.float64(-200), "valid_max": np.float64(4500)}, PACKING),
    ],
)
def test_valid_ranges_of_packed_and_unpacked_values(tmp_path, attributes, encoding):
    wild = np.where(WILD, np.float32(61.25), TRUTH)
    kind = {"sst": encoding} if encoding else {}
    account = check(tmp_path, sst(wild, **attributes), WILD, **kind)
    assert account.dropped == {"outside the valid range": int(WILD.sum())}


def test_values_of_which_nothing_is_said_and_no_sea_has_are_accounted_for_or_refused(tmp_path):
    few = np.zeros(TRUTH.shape, bool)
    few[1, 2:5] = True
    account = check(tmp_path, sst(np.where(few, np.float32(57.5), TRUTH)), few)
    assert account.dropped == {"beyond what the sea can be": 3}
    rng = np.random.default_rng(3)
    wild = rng.uniform(-50, 60, TRUTH.shape).astype("f4")
    with pytest.raises(BadData, match=r"f\.nc.*of sst are beyond what the sea can be: -4.*degree"):
        read(tmp_path, sst(wild))


def test_contradictory_valid_ranges_are_refused(tmp_path):
    with pytest.raises(BadData, match=r"valid range of sst is from 5\.0 to -5\.0"):
        read(tmp_path, sst(valid_min=5.0, valid_max=-5.0))
    with pytest.raises(BadData, match="dropped, the last 72 as outside the valid range"):
        read(tmp_path, sst(TRUTH + 273.15, units="K", valid_min=-2.0, valid_max=40.0))


@pytest.mark.parametrize(
    "fill", [-999, -9999, 9999, -1000, 99999, -99.99, 1e20, 9.96921e36, -32768, -1e34]
)
@pytest.mark.parametrize("units", ["degC", "K"])
def test_fills_that_are_not_declared_are_missing(tmp_path, fill, units):
    offset = 273.15 if units == "K" else 0
    dataset = sst(np.where(WILD, np.float32(fill), TRUTH + np.float32(offset)), units=units)
    account = check(tmp_path, dataset, WILD, sst={"_FillValue": None})
    assert account.dropped == {"undeclared fill value": int(WILD.sum())}


def test_a_fill_that_is_not_declared_in_most_of_the_file_is_not_taken_for_a_wrong_unit(tmp_path):
    wild = np.ones(TRUTH.shape, bool)
    wild[1:3] = False
    dataset = sst(np.where(wild, np.float32(-1000), TRUTH + np.float32(273.15)), units="K")
    check(tmp_path, dataset, wild, sst={"_FillValue": None})


def test_fills_of_packed_numbers(tmp_path):
    check(tmp_path, sst(TRUTH), WILD & False, sst=PACKING)
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        file["sst"].set_auto_maskandscale(False)
        file["sst"][0] = np.where(WILD, np.int16(-32767), file["sst"][0])
    found = read_field(tmp_path / "f.nc", "tos").tos.values[0, 0]
    np.testing.assert_array_equal(np.isnan(found), WILD)


@pytest.mark.parametrize(
    ("packing", "fill"),
    [
        ({"dtype": "i2", "scale_factor": 0.001}, 32767),
        ({"dtype": "i2", "scale_factor": 0.001, "_FillValue": -32000}, 32767),
        ({"dtype": "i2", "scale_factor": np.float32(0.001), "add_offset": 40.0}, -32768),
        ({"dtype": "u1", "scale_factor": 0.15}, 255),
    ],
)
def test_the_ends_of_a_packed_type_are_fills_whatever_they_unpack_to(tmp_path, packing, fill):
    values = np.where(WILD, fill * packing["scale_factor"] + packing.get("add_offset", 0), TRUTH)
    dataset = sst(values.astype("f8"))
    dataset.to_netcdf(tmp_path / "f.nc", encoding={"sst": packing})
    with netCDF4.Dataset(tmp_path / "f.nc") as file:
        file["sst"].set_auto_maskandscale(False)
        assert (np.asarray(file["sst"][0])[WILD] == fill).all()
    with read_field(tmp_path / "f.nc", "tos") as found:
        np.testing.assert_array_equal(np.isnan(found.tos.values[0, 0]), WILD)
        assert field_account(found, "tos").dropped == {"undeclared fill value": int(WILD.sum())}


def test_values_that_fill_the_whole_packed_type_are_all_there(tmp_path):
    """As by the formula that makes the scale of the least and the greatest value."""
    low, high = float(TRUTH.min()), float(TRUTH.max())
    scale = (high - low) / (2**16 - 1)
    packing = {"dtype": "i2", "scale_factor": scale, "add_offset": low + 2**15 * scale}
    check(tmp_path, sst(), WILD & False, sst=packing)


def test_a_scale_of_nothing_is_refused(tmp_path):
    sst().to_netcdf(tmp_path / "f.nc")
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        file["sst"].setncatts({"scale_factor": 0.0, "add_offset": 15.0})
    with pytest.raises(BadData, match=r"f\.nc.*scale_factor of sst is 0"):
        read_field(tmp_path / "f.nc", "tos")


def test_a_chunk_that_inflates_to_far_more_than_is_asked_for_is_refused(tmp_path):
    with netCDF4.Dataset(tmp_path / "f.nc", "w") as file:
        for name, size in (("time", 4000), ("lat", 200), ("lon", 400)):
            file.createDimension(name, size)
            axis = file.createVariable(name, "f8", (name,))
            axis[:] = np.linspace(0, 80, size)
        file["time"].units = "days since 2000-01-01"
        chunks = {"chunksizes": (4000, 200, 400), "zlib": True}
        file.createVariable("sst", "f4", ("time", "lat", "lon"), **chunks).units = "degC"
    with pytest.raises(BadFile, match="in chunks of"):
        read_field(tmp_path / "f.nc", "tos")


def test_a_scale_that_is_text_is_named(tmp_path):
    sst().to_netcdf(tmp_path / "f.nc", encoding={"sst": PACKING})
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as file:
        file["sst"].scale_factor = "0.01"
    with pytest.raises(BadFile, match="the scale_factor of sst is text"):
        read_field(tmp_path / "f.nc", "tos")
