"""What is read at once: whole chunks of a file, no more than there is room for."""

from functools import partial

import numpy as np
import pytest
import xarray as xr
from tiny_archive import DATA, GRID, member

from thermocline.errors import BadData
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare import engine
from thermocline.prepare.blocks import BASE, COPIES, room, time_blocks
from thermocline.prepare.raw import RawFile
from thermocline.prepare.vertical import interpolate_depth
from thermocline.sources import read_field
from thermocline.systems.reconstruct.data.prepare import months

FIELD = xr.DataArray(np.zeros((10, 2, 3), np.float32), dims=("time", "y", "x"), name="tos")


def test_blocks_are_chunks_within_a_part():
    chunked = FIELD.chunk({"time": 4})
    assert time_blocks(chunked) == [slice(0, 4), slice(4, 8), slice(8, 10)]
    assert time_blocks(chunked, slice(2, 8)) == [slice(2, 4), slice(4, 8)]
    assert time_blocks(FIELD, slice(2, 5)) == [slice(2, 5)]
    assert time_blocks(FIELD[:0]) == []


def test_a_block_must_fit_the_room_there_is():
    chunked = FIELD.chunk({"time": 4})
    needed = BASE + 4 * COPIES * 4 * 6
    with room(needed):
        time_blocks(chunked)
    with room(needed - 1), pytest.raises(BadData, match=r"4 steps of tos.*raise `memory`"):
        time_blocks(chunked)
    with room(needed - 1):
        time_blocks(FIELD.chunk({"time": 1}))


def test_pieces_of_a_file_are_the_whole(tmp_path, monkeypatch):
    dataset = member("r1")
    path = tmp_path / "x.nc"
    path.write_bytes(bytes(1000))
    file = RawFile(path, VARIABLES["thetao"], lambda _: dataset.copy(), "r1", True)
    assert engine.pieces(file) == [None]
    monkeypatch.setattr(engine, "PIECE", 150)
    cut = engine.pieces(file)
    assert len(cut) > 5 and cut[0].start == 0 and cut[-1].stop == dataset.sizes["time"]
    whole = list(months(file, None, GRID, DATA))
    parts = [sample for piece in cut for sample in months(file, piece, GRID, DATA)]
    assert [each.name for each in parts] == [each.name for each in whole]
    for one, other in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(one.fields["thetao"], other.fields["thetao"])


def test_land_of_0_without_a_mask_is_land_in_every_piece(tmp_path, monkeypatch):
    """What a file's values say is asked of the whole file, whichever part of it is read."""
    dataset = member("r1")
    name = VARIABLES["thetao"].name
    values = 10 + 5 * np.random.default_rng(0).random(dataset[name].shape).astype(np.float32)
    values[..., : values.shape[-1] // 3] = 0
    dataset[name] = dataset[name].copy(data=values)
    path = tmp_path / "thetao_Omon_X_historical_r1i1p1f1_gn_200001-200112.nc"
    dataset.to_netcdf(path, encoding={name: {"_FillValue": None}})
    file = RawFile(path, VARIABLES["thetao"], partial(read_field, variable="thetao"), "r1", True)
    whole = [each.fields["thetao"] for each in months(file, None, GRID, DATA)]
    assert 0.2 < np.isnan(whole[-1]).mean() < 0.5
    monkeypatch.setattr(engine, "PIECE", path.stat().st_size // 3)
    cut = engine.pieces(file)
    parts = [each.fields["thetao"] for piece in cut for each in months(file, piece, GRID, DATA)]
    assert len(cut) > 2
    np.testing.assert_array_equal(parts, whole)


def test_lots_are_about_equal():
    assert engine.batched(range(10), 4) == [range(3), range(3, 6), range(6, 10)]
    assert engine.batched([], 4) == []


def test_depths_are_interpolated_as_the_formula_says():
    source, levels = np.array([5.0, 20, 90]), np.array([5.0, 11, 50])
    field = np.random.default_rng(0).standard_normal((3, 4, 5))
    weight = (levels[1] - 5) / 15
    expected = (1 - weight) * field[0] + weight * field[1]
    np.testing.assert_array_equal(interpolate_depth(field, source, levels)[1], expected)
    single = interpolate_depth(field.astype(np.float32), source, levels)
    assert single.dtype == np.float32
    # Three roundings of what lies between the two levels' values.
    np.testing.assert_allclose(single[1], expected, rtol=0, atol=3 * 2.0**-24 * abs(field).max())
