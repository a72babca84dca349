"""A coarse field in, a finer one out: what must hold of it, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from asking import summary, superresolve
from tiny_superres import coarse_sst, save_tiny_superres, tiny_superres

from thermocline import predict
from thermocline.answers.given import as_file
from thermocline.errors import BadData, BadFile, BadObservations, ThermoclineError
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems import get
from thermocline.systems.superres.endpoints.coarse import read_coarse
from thermocline.systems.superres.endpoints.fine import fine_problem
from watching import check_watched


@pytest.fixture(scope="module")
def model():
    return tiny_superres()


def fields(dataset: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    return tuple(dataset[f"analysed_sst{part}"].values.squeeze() for part in ("", "_std"))


def test_a_saved_model_says_who_it_is(tmp_path: Path) -> None:
    served = predict.load_model(save_tiny_superres(tmp_path / "model"))
    assert served.system == "superres" and served.identity.name == "thermocline-superres"
    assert served.identity.data_digest == "e" * 64 and len(served.identity.digest) == 64
    with pytest.raises(BadFile, match="system 'superres'"):
        predict.answer(served, get("reconstruct").endpoints[0], None)  # type: ignore[arg-type]
    answer = superresolve(served, coarse_sst(), members=2)
    assert answer.attrs["model_digest"] == served.identity.digest
    path = predict.write_netcdf(answer, tmp_path / "a.nc")
    again = superresolve(served, coarse_sst(), members=2)
    assert path.read_bytes() == predict.write_netcdf(again, tmp_path / "b.nc").read_bytes()


def test_a_projected_answer_agrees_with_the_blocks_within_their_error() -> None:
    given, model = coarse_sst(), tiny_superres(consistency=True)
    answer = superresolve(model, given, members=3, error=0.01)
    mean, std = fields(answer)
    assert mean.shape == (40, 60) and np.isfinite(mean).all() and (std > 0).all()
    area = LatLonGrid(answer.latitude.values, answer.longitude.values).cell_area()
    departure = block_mean(mean, area, 5) - given.sst.values[0]
    assert np.sqrt(np.mean(departure**2)) < 0.01
    assert answer.analysed_sst.dims == ("time", "latitude", "longitude")
    np.testing.assert_allclose(answer.latitude.values[:5].mean(), given.lat.values[0])
    found = summary(answer)
    assert json.loads(json.dumps(found)) == found
    assert found["degrees"] == 0.05 and found["members"] == 3 and found["std"] > 0


def test_what_it_is_compared_with_is_what_was_given(model) -> None:
    endpoint, coarse = get("superres").endpoints[0], coarse_sst()
    assert endpoint.comparison is not None
    answer = superresolve(model, coarse, members=1)
    with as_file(coarse) as path:
        request = endpoint.Request(file=path)
        given = endpoint.comparison(model, request, answer)["analysed_sst_given"]
    assert given.shape == answer["analysed_sst"].shape
    np.testing.assert_array_equal(given.notnull(), answer["analysed_sst"].notnull())
    for cell in (0, 4):  # each cell of a block has its value
        np.testing.assert_array_equal(given[0].values[cell::5, cell::5], coarse.sst.values[0])


def test_the_summary_of_members_is_theirs(model) -> None:
    answer = superresolve(model, coarse_sst(), members=4, keep_members=True)
    members = answer.analysed_sst_members.values[:, 0]
    spread = np.maximum(members.std(axis=0, ddof=1), answer.attrs["input_error"])
    np.testing.assert_allclose(fields(answer)[1], spread, atol=1e-6)
    fewer = superresolve(model, coarse_sst(), members=2, keep_members=True)
    np.testing.assert_array_equal(fewer.analysed_sst_members.values[:, 0], members[:2])


@pytest.mark.parametrize("level", [-1.5, 28.0])
def test_constant_in_constant_out(model, level: float) -> None:
    given = coarse_sst()
    given.sst[:] = level
    mean, std = fields(superresolve(model, given, members=2, error=1e-3))
    np.testing.assert_allclose(mean, level, atol=1e-5)
    assert std.max() < 5e-3  # of the order of the error that is stated


def test_land_stays_nan(model) -> None:
    """No value in a block, none in its cells; a value, and there is a cell with one."""
    given = coarse_sst(rows=12, columns=12, south=-44, west=146)  # Tasmania
    given.sst[0, :3, :4] = np.nan
    mean, std = fields(superresolve(model, given, members=2))
    assert np.isnan(mean[:15, :20]).all() and np.isnan(std[:15, :20]).all()
    np.testing.assert_array_equal(np.isnan(mean), np.isnan(std))
    sea = np.isfinite(mean).reshape(12, 5, 12, 5)
    np.testing.assert_array_equal(sea.any(axis=(1, 3)), np.isfinite(given.sst.values[0]))
    assert (~sea).any(axis=(1, 3)).sum() > 12  # the coast runs through some blocks


def test_any_order_convention_and_unit_is_the_same(model, tmp_path: Path) -> None:
    given = coarse_sst()
    plain = superresolve(model, given, members=2)
    kelvin = given.copy(deep=True)
    kelvin["sst"] = (kelvin.sst + 273.15).assign_attrs(units="kelvin")
    turned = given.assign_coords(lon=("lon", given.lon.values % 360, given.lon.attrs))
    for same in (
        given.isel(lat=slice(None, None, -1)),
        turned,
        given.transpose("lon", "time", "lat"),
    ):
        answer = superresolve(model, same, members=2)
        for name in ("analysed_sst", "analysed_sst_std", "uncertainty_map"):
            np.testing.assert_array_equal(answer[name].values, plain[name].values)
    mean, _ = fields(superresolve(model, kelvin, members=2))
    np.testing.assert_allclose(mean, fields(plain)[0], atol=1e-3)
    given.to_netcdf(tmp_path / "sst.nc")
    answer = superresolve(model, tmp_path / "sst.nc", members=2)
    xr.testing.assert_identical(answer, plain.assign_attrs(answer.attrs))


def test_a_region_across_the_date_line(model) -> None:
    """The model knows no longitudes: the same sea elsewhere has the same answer."""
    here = coarse_sst(south=-44, west=-150)
    across = here.assign_coords(lon=("lon", (here.lon.values + 328.5) % 360, here.lon.attrs))
    answer = superresolve(model, across, members=2)
    assert 178 < answer.longitude.values[0] < 180 < answer.longitude.values[-1] < 182
    sea = fields(superresolve(model, here, members=2))
    np.testing.assert_allclose(fields(answer)[0], sea[0], atol=1e-4)


def test_round_the_globe_no_seam_is_seen(model) -> None:
    given = coarse_sst(rows=8, columns=72, step=5.0, south=-30, west=-180)
    given.sst[:] = 15 + 5 * np.sin(2 * np.radians(given.lon)) * np.cos(np.radians(given.lat))
    given["lat"] = given.lat.values / 50 - 44
    mean, _ = fields(superresolve(model, given, members=2))
    jump = np.nan_to_num(np.abs(np.diff(mean, axis=1, append=mean[:, :1]))).max(axis=0)
    assert 0 < jump[-1] < 1.2 * jump[:-1].max()


def test_one_day_of_several(model) -> None:
    given = coarse_sst(days=3)
    second = superresolve(model, given, "2008-03-15", members=1)
    alone = superresolve(model, given.isel(time=[1]), members=1)
    np.testing.assert_array_equal(second.analysed_sst, alone.analysed_sst)
    assert second.attrs["date"] == "2008-03-15" and np.isnan(fields(second)[1]).all()
    for date, words in ((None, "3 maps"), ("2009-01-01", "no map"), ("2008-03", "3 maps of")):
        with pytest.raises(BadData, match=words):
            superresolve(model, given, date)
    with pytest.raises(BadData, match="not a date"):
        superresolve(model, given, "yesterday")


def test_other_calendars_and_no_date(model) -> None:
    noleap = coarse_sst()
    noleap["time"] = ("time", [59.5], {"units": "days since 2000-01-01", "calendar": "360_day"})
    answer = superresolve(model, noleap, members=1)
    assert answer.attrs["date"] == "2000-02-30"
    undated = superresolve(model, coarse_sst().isel(time=0, drop=True), members=1)
    assert undated.analysed_sst.dims == ("latitude", "longitude")
    assert undated.attrs["date"] == "unknown date"


def test_tiles_are_one_field() -> None:
    """Two tilings agree where the network sees enough; members keep their spread in overlaps."""
    from thermocline.systems.superres.endpoints.tiled import finer

    model = tiny_superres()
    problem = fine_problem(read_coarse(coarse_sst(rows=40, columns=40)), 5)
    options = {"keep": True, "overlap": 8}
    tiled = finer(model, problem, 4, 7, size=24, **options)
    np.testing.assert_allclose(tiled.std, tiled.members.std(axis=0, ddof=1), atol=1e-6)
    check_watched(lambda: finer(model, problem, 1, 7, size=24), 4)
    other = finer(model, problem, 4, 7, size=32, **options)
    scale = tiled.std.mean()
    np.testing.assert_allclose(tiled.mean, other.mean, atol=0.5 * scale)
    alike = np.corrcoef((tiled.members - tiled.mean).ravel(), (other.members - other.mean).ravel())
    assert alike[0, 1] > 0.9  # the same noise, whatever the tiles
    whole, shared = finer(model, problem, 4, 7), np.s_[80:120, 80:120]
    assert tiled.std[shared].mean() == pytest.approx(whole.std[shared].mean(), rel=0.15)
    area = problem.grid.cell_area()
    departure = block_mean(tiled.mean, area, 5) - problem.value
    assert np.sqrt(np.mean(departure**2)) < problem.s_y.min()


def test_one_tile_is_the_models_own_answer() -> None:
    from thermocline.systems.superres.endpoints.tiled import finer

    model = tiny_superres()
    problem = fine_problem(read_coarse(coarse_sst()), 5)
    answer, own = finer(model, problem, 3, 1, keep=True), model.analyse(problem, 3, 1)
    np.testing.assert_array_equal(answer.mean, own.mean[0])
    np.testing.assert_array_equal(answer.members, own.members[:, 0])
    np.testing.assert_allclose(answer.std, own.std[0], rtol=1e-6)


def _changed(**what: object) -> xr.Dataset:
    given = coarse_sst()
    if "add" in what:
        given["sst"] = (given.sst + what["add"]).assign_attrs(units="degree_Celsius")
    if "scale" in what:
        given["lat"] = np.sort(given.lat.values**2)
    return given


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (_changed(add=273.15), "kelvin"),
        (_changed(add=np.nan), "missing"),
        (_changed(add=30), "beyond what the sea can be.*check its units"),
        (_changed(scale=1), "globe.*-90 and 90 degrees"),
        (coarse_sst(rows=3), "3 values of latitude"),
        (coarse_sst(rows=8, columns=72, step=5, south=-92.5), "latitude|pole"),
        (coarse_sst().rename(sst="salinity"), "no variable tos"),
        (coarse_sst().rename(sst="sst").drop_vars(["lat", "lon"]), "latitude|map"),
        (coarse_sst(rows=1200, columns=1500, south=-80, step=0.1), "cells"),
    ],
)
def test_refused(model, given: xr.Dataset, words: str) -> None:
    with pytest.raises(ThermoclineError, match=words) as problem:
        superresolve(model, given, members=1)
    assert problem.value.fix or problem.value.where


def test_refused_settings(model) -> None:
    for options in ({"members": 0}, {"members": 65}):
        with pytest.raises(BadObservations, match="members"):
            superresolve(model, coarse_sst(), **options)
    for options, words in (
        ({"seed": -1}, "seed"),
        ({"error": 0.0}, "error"),
        ({"error": float("nan")}, "error"),
        ({"most": 2400 * 3, "members": 4}, "at most 3 members"),
        ({"most": 2000, "members": 4}, "region"),
    ):
        with pytest.raises(BadData, match=words):
            superresolve(model, coarse_sst(), **options)


def test_files_that_are_none(model, tmp_path: Path) -> None:
    coarse_sst(rows=40, columns=60).to_netcdf(tmp_path / "whole.nc")
    whole = (tmp_path / "whole.nc").read_bytes()
    contents = {"half.nc": whole[: len(whole) // 2], "empty.nc": b"", "noise.nc": bytes(range(256))}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadFile):
            superresolve(model, tmp_path / name)
    for missing in (tmp_path / "none.nc", "https://example.org/sst.nc"):
        with pytest.raises(BadFile):
            superresolve(model, missing)


def test_a_forged_size_is_not_read(model, tmp_path: Path) -> None:
    import netCDF4

    with netCDF4.Dataset(tmp_path / "huge.nc", "w") as file:
        for name, size in (("lat", 30_000), ("lon", 60_000)):
            file.createDimension(name, size)
        file.createVariable("sst", "f4", ("lat", "lon"), chunksizes=(300, 600)).units = "degC"
    with pytest.raises(BadFile, match="30000 × 60000"):
        superresolve(model, tmp_path / "huge.nc")
