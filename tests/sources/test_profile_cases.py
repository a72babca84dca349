"""Files of profiles that other tools read wrong, as providers and people write them."""

import time
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadObservations, ThermoclineError
from thermocline.sources import read_profiles
from thermocline.sources.account import Account

DEPTH = np.arange(0.0, 600, 20)
WARM = 4 + 16 * np.exp(-DEPTH / 300)
HEAD = "latitude,longitude,depth,temperature,date"


def account_of(read: xr.Dataset) -> Account:
    return Account.from_json(read.attrs["account"])


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def sprof(path: Path, modes: str, mode: str = "") -> Path:
    """Six profiles whose raw pressure is 12 dbar too large, and raw temperature bad below 200."""
    pressure = np.arange(2.0, 1000, 10)
    temperature, bad = 17 - 0.01 * pressure, pressure > 200
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("N_PROF", 6), ("N_LEVELS", 100), ("N_PARAM", 3), ("STRING64", 64)):
            file.createDimension(name, size)

        def put(name: str, values: NDArray, *dims: str, **attributes: str) -> None:
            fill = 99999.0 if values.dtype.kind == "f" else None
            variable = file.createVariable(name, values.dtype, dims, fill_value=fill)
            variable[:] = values
            variable.setncatts(attributes)

        names = np.array([[f"{n:64}" for n in ("PRES", "TEMP", "PSAL")]] * 6, "S64")
        put("STATION_PARAMETERS", netCDF4.stringtochar(names), "N_PROF", "N_PARAM", "STRING64")
        put("PARAMETER_DATA_MODE", np.array([list(modes)] * 6, "S1"), "N_PROF", "N_PARAM")
        if mode:
            put("DATA_MODE", np.array([mode] * 6, "S1"), "N_PROF")
        put("JULD", 21250.0 + np.arange(6), "N_PROF", units="days since 1950-01-01 00:00:00 UTC")
        put("LATITUDE", 33.0 + np.arange(6), "N_PROF")
        put("LONGITUDE", -44.0 + np.arange(6), "N_PROF")
        for name in ("JULD_QC", "POSITION_QC"):
            put(name, np.full(6, b"1"), "N_PROF")
        good = np.full(100, b"1")
        for name, values, flags, unit in (
            ("PRES", pressure + 12, good, "decibar"),
            ("PRES_ADJUSTED", pressure, good, "decibar"),
            ("TEMP", temperature + 1.5 * bad, good, "degree_Celsius"),
            (
                "TEMP_ADJUSTED",
                np.where(bad, 99999, temperature),
                np.where(bad, b"4", b"1"),
                "degree_Celsius",
            ),
            ("PSAL", np.full(100, 36.0), good, "psu"),
            ("PSAL_ADJUSTED", np.full(100, 36.0), good, "psu"),
        ):
            put(name, np.tile(values, (6, 1)), "N_PROF", "N_LEVELS", units=unit)
            put(f"{name}_QC", np.tile(flags, (6, 1)), "N_PROF", "N_LEVELS")
    return path


@pytest.mark.parametrize("mode", ["", "D"])
def test_the_mode_of_each_parameter(tmp_path: Path, mode: str) -> None:
    read = read_profiles(sprof(tmp_path / "9999999_Sprof.nc", "DDD", mode))
    assert dict(read.sizes) == {"n_prof": 6, "n_level": 20}
    assert read.depth.min() == pytest.approx(1.99, abs=0.01) and read.depth.max() < 191
    account = account_of(read)
    assert (account.held, account.used) == (600, 120)
    assert sum(account.dropped.values()) == 480 and "not flagged good" in "".join(account.dropped)


def test_a_mode_of_one_parameter_says_nothing_of_another(tmp_path: Path) -> None:
    read = read_profiles(sprof(tmp_path / "f_Sprof.nc", "DRD"))  # the temperature is raw
    assert read.sizes["n_level"] == 100
    assert read.depth.min() == pytest.approx(1.99, abs=0.01)  # and the pressure adjusted


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("20080315", "number"),
        ("1205539200", "number"),
        ("2008", "number"),
        ("21258.4", "number"),
        ("39522", "number"),
    ],
)
def test_dates_as_numbers_are_no_dates(tmp_path: Path, number: str, says: str) -> None:
    rows = "\n".join(f"35,-40,{z},{20 - z / 60},{number}" for z in (5, 50, 100))
    path = written(tmp_path / "f.csv", f"{HEAD}\n{rows}\n")
    with pytest.raises(
        BadObservations, match=f"time in line 2 is a {says} without a reference date"
    ) as caught:
        read_profiles(path)
    assert "2008-03-15" in str(caught.value.fix) and "since" in str(caught.value.fix)


@pytest.mark.parametrize(
    "date",
    ["2008-03-14T99:99", "2008-13", "2008-02-30", "0000-01", "9999-12", "1600-01-01", "true",
     "March 2008", "14/03/2008", "08-03-14", "2008-03-14T12:00:00+99:00"],
)  # fmt: skip
def test_impossible_dates_are_named(tmp_path: Path, date: str) -> None:
    path = written(tmp_path / "f.csv", f"{HEAD}\n35,-40,5,20,{date}\n")
    with pytest.raises(BadObservations, match="time in line 2 is not a date"):
        read_profiles(path)


def test_a_number_of_days_since_a_date_is_one(tmp_path: Path) -> None:
    head = HEAD.replace("date", "date (days since 1950-01-01)")
    read = read_profiles(written(tmp_path / "f.csv", f"{head}\n35,-40,5,20,21258.5\n"))
    assert read.time.values[0] == np.datetime64("2008-03-15T12:00")


@pytest.mark.parametrize("column", ["latitude", "longitude", "depth", "temperature"])
@pytest.mark.parametrize("value", ["True", "false", "TRUE"])
def test_booleans_are_no_numbers(tmp_path: Path, column: str, value: str) -> None:
    row = {"latitude": "35", "longitude": "-40", "depth": "5", "temperature": "20"}
    text = f"{','.join(row)}\n{','.join((row | {column: value}).values())}\n"
    with pytest.raises(BadObservations, match=f"{column} in line 2 is not a number"):
        read_profiles(written(tmp_path / "f.csv", text))


def test_flagged_rows_of_a_table_change_nothing(tmp_path: Path) -> None:
    head, every, good = HEAD.replace(",date", ",temperature_qc,date"), [], []
    for i in range(12):
        for z, t in {5: 17.1, 50: 16.7, 200: 17.0, 300: 13.8}.items():
            bad = z >= 200
            warm = t + 1.5 * bad
            row = f"{33 + i / 2},{-44 + i},{z},{warm:.2f},{4 if bad else 1},2008-03-{i + 1:02d}"
            every.append(row)
            good += [] if bad else [row]
    flagged = read_profiles(written(tmp_path / "ctd.csv", "\n".join([head, *every, ""])))
    clean = read_profiles(written(tmp_path / "good.csv", "\n".join([head, *good, ""])))
    xr.testing.assert_equal(flagged, clean)
    account = account_of(flagged)
    assert (account.held, account.used) == (48, 24)
    assert account.dropped == {"temperature not flagged good": 24}


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("lat,lon,depth,temp,temperature,date", "two columns of temperature: 'temp' and"),
        ("lat,latitude,lon,depth,temp,date", "two columns of latitude: 'lat' and 'latitude'"),
    ],
)
def test_two_columns_of_one_quantity_are_named(tmp_path: Path, head: str, says: str) -> None:
    path = written(tmp_path / "f.csv", f"{head}\n35,35,-40,5,20.1,2008-03-15\n")
    with pytest.raises(ThermoclineError, match=says):
        read_profiles(path)


def casts(path: Path, time: NDArray, units: str, vertical: dict[str, NDArray]) -> Path:
    """Casts as Copernicus Marine lays them out; a vertical coordinate is NaN where not given."""
    count = len(time)
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("TIME", count)
        file.createDimension("DEPTH", DEPTH.size)
        file.createVariable("TIME", "f8", ("TIME",))[:] = time
        file["TIME"].units = units
        for name, start in (("LATITUDE", 35), ("LONGITUDE", -40)):
            file.createVariable(name, "f4", ("TIME",))[:] = start + np.arange(count)
        for name, values in {"TEMP": np.tile(WARM, (count, 1)), **vertical}.items():
            fill = 9.96921e36
            variable = file.createVariable(name, "f4", ("TIME", "DEPTH"), fill_value=fill)
            variable[:] = np.where(np.isnan(values), fill, values)
            variable.units = {"TEMP": "degrees_C", "PRES": "dbar", "DEPH": "m"}[name]
            flags = file.createVariable(f"{name}_QC", "i1", ("TIME", "DEPTH"), fill_value=-127)
            flags[:] = np.where(np.isnan(values), 9, 1)
    return path


@pytest.mark.parametrize(
    ("unit", "seconds"),
    [("minutes", 60), ("milliseconds", 1e-3), ("microseconds", 1e-6), ("nanoseconds", 1e-9)],
)
@pytest.mark.parametrize("epoch", ["1970-01-01", "2008-03-12"])
def test_every_unit_of_time(tmp_path: Path, unit: str, seconds: float, epoch: str) -> None:
    when = np.array(["2008-03-12T06:00", "2008-03-12T09:00"], "datetime64[s]")
    passed = (when - np.datetime64(epoch)).astype(float) / seconds
    deph = {"DEPH": np.tile(DEPTH, (2, 1))}
    read = read_profiles(casts(tmp_path / "f.nc", passed, f"{unit} since {epoch} 00:00:00", deph))
    np.testing.assert_array_equal(read.time.values, when.astype("datetime64[ns]"))


def test_each_cast_by_the_vertical_coordinate_that_it_has(tmp_path: Path) -> None:
    pres, deph = np.tile(DEPTH, (4, 1)), np.tile(DEPTH, (4, 1))
    pres[1:], deph[0] = np.nan, np.nan
    days = 21258.0 + np.arange(4)
    path = casts(
        tmp_path / "f.nc", days, "days since 1950-01-01T00:00:00Z", {"PRES": pres, "DEPH": deph}
    )
    read = read_profiles(path)
    assert dict(read.sizes) == {"n_prof": 4, "n_level": DEPTH.size}
    np.testing.assert_allclose(read.depth.values[1:], np.tile(DEPTH, (3, 1)))
    assert 570 < read.depth.values[0, -1] < 579  # 580 dbar
    account = account_of(read)
    assert account.held == account.used == 4 * DEPTH.size


@pytest.mark.parametrize("positive", ["up", "down"])
def test_heights_below_the_surface_are_depths(tmp_path: Path, positive: str) -> None:
    path = tmp_path / "f.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("INSTANCE", 2)
        file.createDimension("MAXZ", DEPTH.size)
        for name, values, units in (
            ("TIME", [21258.4, 21259.4], "days since 1950-01-01T00:00:00Z"),
            ("LATITUDE", [35.0, 35.2], "degrees_north"),
            ("LONGITUDE", [-40.0, -40.3], "degrees_east"),
        ):
            file.createVariable(name, "f8", ("INSTANCE",))[:] = values
            file[name].units = units
        for name, values, units, standard in (
            ("ADEPZZ01", -DEPTH, "m", "depth"),
            ("TEMPPR01", WARM, "degC", "sea_water_temperature"),
        ):
            file.createVariable(name, "f4", ("INSTANCE", "MAXZ"))[:] = np.tile(values, (2, 1))
            file[name].setncatts({"units": units, "standard_name": standard})
            flags = file.createVariable(f"{name}_SEADATANET_QC", "i1", ("INSTANCE", "MAXZ"))
            flags[:] = 49
        file["ADEPZZ01"].positive = positive
    read = read_profiles(path)
    np.testing.assert_allclose(read.depth, np.tile(DEPTH, (2, 1)))
    account = account_of(read)
    assert account.used == 2 * DEPTH.size
    noted = "negative depths are taken for heights below the surface" in account.notes
    assert noted == (positive == "down")


def test_a_table_of_a_great_many_columns_is_refused_at_once(tmp_path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(200_000))
    numbers = ",".join("1" for _ in range(200_000))
    path = written(tmp_path / "wide.csv", f"{names}\n{numbers}\n")
    begun = time.process_time()
    with pytest.raises(ThermoclineError, match=r"columns|long"):
        read_profiles(path)
    assert time.process_time() - begun < 1
