"""Fields that are read and written by blocks of rows: the same values, files and figures."""

from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from thermocline import predict
from thermocline.answers.warnings import beyond_bounds
from thermocline.ocean.cf import encode
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.rows import ROWS, by_rows, row_blocks
from thermocline.systems.superres.endpoints.overview import summary


@pytest.fixture(scope="module")
def answer() -> xr.Dataset:
    """Sea-surface temperature of more rows than a block has, and three members, with land."""
    rng = np.random.default_rng(0)
    grid = LatLonGrid(np.linspace(-60, 60, 2 * ROWS + 7), np.linspace(-20, 20, 40))
    sst = 12 + rng.standard_normal((1, *grid.shape)).astype(np.float32)
    sst[:, : ROWS + 3, 4:9] = sst[:, :ROWS] = np.nan  # whole blocks of land, too
    dims = ("time", "latitude", "longitude")
    about = {"units": "degree_Celsius", "standard_name": "sea_surface_temperature"}
    members = np.stack([sst, sst + 1, sst - 1])
    dataset = xr.Dataset(
        {
            "analysed_sst": (dims, sst, about),
            "analysed_sst_std": (dims, np.abs(sst) / 10, {"units": "degree_Celsius"}),
            "analysed_sst_members": (("member", *dims), members, about),
        },
        {**grid.coordinates(), "time": [np.datetime64("2008-03-14", "ns")]},
    )
    numbers = {"factor": 5, "input_error": 0.06, "members": 3, "network_evaluations": 8}
    dataset.attrs = {"date": "2008-03-14", "seed": "0", **numbers}
    return dataset


def test_blocks_are_all_rows_once(answer: xr.Dataset) -> None:
    assert [rows.stop - rows.start for rows in row_blocks(2 * ROWS + 7)] == [ROWS, ROWS, 7]
    blocks = list(by_rows(answer.analysed_sst_members))
    np.testing.assert_array_equal(
        np.concatenate(blocks, axis=-2), answer.analysed_sst_members.values
    )
    (alone,) = by_rows(answer.latitude)
    np.testing.assert_array_equal(alone, answer.latitude.values)


def test_written_by_rows_it_is_the_same(answer: xr.Dataset, tmp_path: Path) -> None:
    whole = answer.copy(deep=True)
    encode(whole)
    files = []
    for number, rows in enumerate((100, 100, 2 * ROWS + 7)):
        lazy = answer.copy(deep=True).chunk({"latitude": rows, "member": 1})
        encode(lazy)
        files.append(predict.write_netcdf(lazy, tmp_path / f"{number}.nc"))
    plain = predict.write_netcdf(whole, tmp_path / "plain.nc")
    for file in files:
        assert file.read_bytes() == files[0].read_bytes(), "whatever the chunks it is read by"
        with xr.open_dataset(plain) as expected, xr.open_dataset(file) as found:
            xr.testing.assert_identical(found.load(), expected.load())
            assert found.analysed_sst.encoding["chunksizes"] == (1, ROWS, 40)


def test_figures_are_those_of_the_whole(answer: xr.Dataset) -> None:
    found = summary(answer)
    mean, std = (answer[f"analysed_sst{part}"].values.astype(float) for part in ("", "_std"))
    edges = np.sin(np.radians(answer.latitude_bnds.values))
    weight = np.where(np.isfinite(mean), (edges[:, 1] - edges[:, 0])[:, None], 0)
    assert found["sea"] == np.isfinite(mean).sum()
    assert found["mean"] == pytest.approx(np.average(np.nan_to_num(mean), weights=weight))
    square = np.average(np.nan_to_num(std) ** 2, weights=weight)
    assert found["std"] == pytest.approx(np.sqrt(square))
    assert (found["minimum"], found["maximum"]) == (np.nanmin(mean), np.nanmax(mean))
    uncertain = answer.assign(analysed_sst_std=answer.analysed_sst_std * np.nan)
    assert summary(uncertain)["std"] is None


def test_warnings_count_all_blocks(answer: xr.Dataset) -> None:
    assert beyond_bounds(answer) == []
    wrong = answer.copy(deep=True)
    for row, value in ((ROWS + 1, 99.0), (2 * ROWS + 1, -50.0), (-1, 60.0)):
        wrong.analysed_sst[0, row, 0] = value
    wrong = wrong.assign(analysed_sst=wrong.analysed_sst.copy(data=da.asarray(wrong.analysed_sst)))
    (said,) = beyond_bounds(wrong)
    assert said.startswith("3 values of analysed_sst") and "(-50 to 99 degree_Celsius)" in said
