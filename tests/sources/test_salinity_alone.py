"""Salinities at levels without a temperature are used, and every salinity is accounted for."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from encoded_profiles import SALINITY, Encoding, write

from thermocline.sources import read_casts, read_profiles
from thermocline.sources.account import ATTRIBUTE, OF_SALINITY, Account

HEAD = "time,latitude,longitude,depth,temperature,temperature_qc,salinity,salinity_qc"
ROWS = ("5,12,1,35,1", "10,11,1,39,4", "20,,9,35.2,1", "30,99,4,35.3,1", "40,10,1,,9")


def table(path: Path) -> Path:
    rows = [f"2020-01-01,45,-30,{row}" for row in ROWS]
    path.write_text("\n".join([HEAD, *rows, "2020-01-02,46,-30,5,,9,35.4,1"]) + "\n")
    return path


def accounts(found: xr.Dataset) -> list[Account]:
    return [Account.from_json(found.attrs[each]) for each in (ATTRIBUTE, OF_SALINITY)]


def test_rows_of_a_table_may_have_either(tmp_path: Path) -> None:
    found = read_casts(table(tmp_path / "f.csv"))
    nan = np.nan
    np.testing.assert_array_equal(found.so[0], [35, nan, 35.2, 35.3, nan])
    np.testing.assert_array_equal(found.thetao[0], [12, 11, nan, nan, 10])
    np.testing.assert_array_equal(found.depth[0], [5, 10, 20, 30, 40])
    warm, salt = accounts(found)
    assert (warm.held, warm.used, warm.dropped) == (4, 3, {"temperature not flagged good": 1})
    assert (salt.held, salt.used, salt.dropped) == (5, 4, {"salinity not flagged good": 1})


def test_profiles_of_temperatures_are_without_them(tmp_path: Path) -> None:
    found = read_profiles(table(tmp_path / "f.csv"))
    nan = np.nan
    assert found.sizes == {"n_prof": 1, "n_level": 5} and OF_SALINITY not in found.attrs
    np.testing.assert_array_equal(found.so[0], [35, nan, nan, nan, nan])
    np.testing.assert_array_equal(found.depth[0], [5, 10, nan, nan, 40])
    assert found.depth.attrs["units"] == "m" and found.attrs["provider"] == "CSV"


@pytest.mark.parametrize("form", ["argo", "instac", "seadatanet", "named", "en4", "wod"])
def test_a_bad_temperature_leaves_the_salinity(tmp_path: Path, form: str) -> None:
    vertical = "depth" if form in ("en4", "wod") else "pressure"
    path = write(tmp_path / "f.nc", form, Encoding(wild="flagged", vertical=vertical))
    found = read_casts(path)
    warm, salt = accounts(found)
    assert (warm.held, warm.used, salt.held, salt.used) == (10, 8, 10, 10)
    np.testing.assert_allclose(found.so, np.insert(SALINITY, 2, SALINITY[:, 2], axis=1))
    assert np.isnan(found.thetao[:, 2]).all() and np.isfinite(found.depth).all()


def test_of_a_cast_that_comes_twice_both_are_dropped_once(tmp_path: Path) -> None:
    path = write(tmp_path / "f.nc", "named", Encoding())
    once, twice = read_casts(path), tmp_path / "twice.nc"
    with xr.open_dataset(path, decode_times=False) as found:
        xr.concat([found, found], "cast").to_netcdf(twice)
    found = read_casts(twice)
    assert found.sizes == once.sizes
    for account in accounts(found):
        assert (account.held, account.used) == (16, 8)
        assert account.dropped == {"duplicate of another profile": 8}


@pytest.mark.parametrize(
    "row",
    [
        "2020-01-01,45,-30,20,,,-999,1",
        "2020-01-01,45,-30,,,,35.1,1",
        "2020-01-01,45,-30,-99999,9,4,35.1,1",
        "2020-01-01,999,-30,20,,,35.1,1",
        "soon,45,-30,20,,,35.1,1",
        "2020-01-01,45,-30,20,,,35.1,good",
    ],
)
def test_a_row_with_a_salinity_alone_fails_nothing(tmp_path: Path, row: str) -> None:
    path = table(tmp_path / "f.csv")
    before, warm, salt = read_casts(path), *accounts(read_casts(path))
    path.write_text(path.read_text() + row + "\n")
    after = read_casts(path)
    xr.testing.assert_identical(after.drop_attrs(), before.drop_attrs())
    assert accounts(after)[0].used == warm.used
    assert accounts(after)[1].used == salt.used and accounts(after)[1].held == salt.held + 1


@pytest.mark.parametrize("cells", ["-999,1", "35,7", "35,good", "99,2"])
def test_a_name_that_may_mean_something_else_fails_nothing(tmp_path: Path, cells: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"latitude,longitude,depth,temperature,sal,sal_flag\n45,-30,5,12,{cells}\n")
    found = read_casts(path)
    assert found.thetao.values.tolist() == [[12]] and accounts(found)[1].used == 0


@pytest.mark.parametrize("wrong", ["latitude", "pressure", "depth"])
def test_a_cast_with_a_salinity_alone_fails_nothing(tmp_path: Path, wrong: str) -> None:
    path = write(tmp_path / "f.nc", "instac", Encoding(vertical="both"))
    fine = read_profiles(path)
    with netCDF4.Dataset(path, "a") as file:
        file["TEMP_QC"][1] = 4
        file["DEPH"][0, 3] = np.nan
        name = {"latitude": "LATITUDE", "pressure": "PRES", "depth": "DEPH"}[wrong]
        file[name][1] = {"latitude": 999, "pressure": 4000, "depth": -99999}[wrong]
    found = read_casts(path)
    xr.testing.assert_identical(
        read_profiles(path).drop_attrs(), fine.isel(n_prof=[0]).drop_attrs()
    )
    assert found.sizes["n_prof"] == 1 and accounts(found)[1].used == 4
