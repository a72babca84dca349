"""Profiles: what is kept, what is dropped, and what the numbers become."""

import gsw
import netCDF4
import numpy as np
import pytest
from provider_files import write_argo, write_en4

from thermocline.errors import BadData, BadObservations
from thermocline.sources import read_profiles, require_profiles, sniff
from thermocline.sources.common.seawater import (
    depth_from_pressure,
    potential_temperature,
    pressure_from_depth,
)
from thermocline.sources.files.clock import dates

nan = np.nan


def lapse_rate(s: float, t: float, p: float) -> float:
    """Adiabatic lapse rate, °C/dbar (Bryden 1973, as in UNESCO technical paper 44)."""
    d = s - 35
    return (
        3.5803e-5
        + (8.5258e-6 + (-6.836e-8 + 6.6228e-10 * t) * t) * t
        + (1.8932e-6 - 4.2393e-8 * t) * d
        + (1.8741e-8 + (-6.7795e-10 + (8.733e-12 - 5.4481e-14 * t) * t) * t) * p
        + (-1.1351e-10 + 2.7759e-12 * t) * d * p
        + (-4.6206e-13 + (1.8676e-14 - 2.1687e-16 * t) * t) * p * p
    )


def unesco_potential_temperature(s: float, t: float, p: float) -> float:
    """Integrate the lapse rate from p to the surface (Runge–Kutta, 100 steps)."""
    h = -p / 100
    for _ in range(100):
        a = lapse_rate(s, t, p)
        b = lapse_rate(s, t + h * a / 2, p + h / 2)
        c = lapse_rate(s, t + h * b / 2, p + h / 2)
        d = lapse_rate(s, t + h * c, p + h)
        t, p = t + h * (a + 2 * b + 2 * c + d) / 6, p + h
    return t


@pytest.mark.parametrize(
    ("s", "t", "p"),
    [(35.0, 20.0, 100.0), (34.6, 4.0, 1000.0), (34.7, 1.5, 4000), (38.5, 13, 2000)],
)
def test_potential_temperature_agrees_with_the_unesco_algorithm(s, t, p):
    ours = potential_temperature(t, s, p, 30.0, -30.0)
    assert float(ours) == pytest.approx(unesco_potential_temperature(s, t, p), abs=0.005)


def test_depth_agrees_with_the_published_check_value_and_inverts():
    # UNESCO technical paper 44: 10000 dbar at 30° are 9712.653 m; TEOS-10 is within 10 m of it.
    assert float(depth_from_pressure(10000.0, 30.0)) == pytest.approx(9712.653, abs=10)
    depth = np.array([0.0, 5.0, 100.0, 2000.0, 6000.0])
    assert depth_from_pressure(pressure_from_depth(depth, -40.0), -40.0) == pytest.approx(depth)


def test_assumed_salinity_matters_little():
    for s in (33.0, 37.0):
        known = potential_temperature(4.0, s, 2000.0, 0.0, -30.0)
        assert float(known - potential_temperature(4.0, nan, 2000.0, 0.0, -30.0)) == pytest.approx(
            0, abs=0.01
        )


def test_composition_is_that_of_the_place():
    # The deep North Pacific is saltier by silicate; 150°W cannot be taken for a latitude.
    absolute = gsw.SA_from_SP(34.7, 4000.0, -150.0, 45.0)
    expected = gsw.pt0_from_t(absolute, 1.5, 4000.0)
    assert float(potential_temperature(1.5, 34.7, 4000.0, 45.0, -150.0)) == expected
    assert float(potential_temperature(1.5, 34.7, 4000.0, 45.0, -30.0)) != expected


def test_longitude_and_latitude_are_not_confused(tmp_path):
    # At 130°E a latitude of 130° would leave the globe, and gsw would answer NaN.
    path = write_argo(
        tmp_path / "f.nc", mode="R", pres=[[500]], temp=[[5]], psal=[[34]], temp_qc=["1"],
        latitude=[38], longitude=[130],
    )  # fmt: skip
    read = read_profiles(path)
    assert read.thetao.item() == pytest.approx(unesco_potential_temperature(34, 5, 500), abs=0.005)
    assert (read.latitude.item(), read.longitude.item()) == (38, 130)


@pytest.mark.parametrize("storage", ["NETCDF3_CLASSIC", "NETCDF4"])
def test_argo_data_mode_decides_between_raw_and_adjusted(tmp_path, storage):
    path = write_argo(
        tmp_path / "f.nc", mode="RAD", pres=[[10, 20]] * 3, temp=[[11, 12]] * 3,
        adjusted=[[21, 22]] * 3, temp_qc=["11"] * 3, latitude=[0, 1, 2], longitude=[350, 351, 352],
        storage=storage,
    )  # fmt: skip
    assert sniff(path) == "argo"
    read = read_profiles(path)
    assert np.round(read.thetao.values, 1).tolist() == [[11, 12], [21, 22], [21, 22]]
    assert read.longitude.values.tolist() == [-10, -9, -8]
    assert read.platform_number.values.tolist() == ["1900000", "1900001", "1900002"]
    assert (read.time.values == np.datetime64("2004-10-04T12:00:00")).all()
    assert np.isnan(read.so).all()
    assert read.thetao.attrs["units"] == "degree_Celsius" and read.depth.attrs["positive"] == "down"


def test_argo_keeps_flags_1_2_5_8_only(tmp_path):
    flags = "0123456789"
    path = write_argo(
        tmp_path / "f.nc", mode="R", pres=[np.arange(10) * 10 + 5], temp=[np.arange(10) + 10],
        temp_qc=[flags], latitude=[0], longitude=[-30],
    )  # fmt: skip
    kept = np.flatnonzero(np.isfinite(read_profiles(path).thetao.values[0]))
    assert kept.tolist() == [1, 2, 5, 8]
    assert np.isfinite(read_profiles(path).depth.values[0]).sum() == 4


def test_bad_values_under_a_bad_flag_never_appear(tmp_path):
    path = write_argo(
        tmp_path / "f.nc", mode="R", pres=[[5, 10, 15]], temp=[[20, 56, 56]], temp_qc=["141"],
        latitude=[0], longitude=[-30],
    )  # fmt: skip
    # The second 56 °C is flagged good: impossible all the same.
    assert np.nanmax(read_profiles(path).thetao) < 21


def test_delayed_mode_with_every_adjusted_level_bad_has_no_profile(tmp_path):
    path = write_argo(
        tmp_path / "f.nc", mode="DD", pres=[[5, 10]] * 2, temp=[[20, 19]] * 2, temp_qc=["11"] * 2,
        adjusted=[[nan, nan]] * 2, adjusted_qc=["44"] * 2, latitude=[0, 0], longitude=[-30, -30],
    )  # fmt: skip
    empty = read_profiles(path)
    assert empty.sizes["n_prof"] == 0
    assert set(empty.coords) == {"latitude", "longitude", "time", "platform_number"}
    with pytest.raises(
        BadObservations, match="every value is missing, impossible or not flagged good"
    ) as caught:
        require_profiles(empty, str(path))
    assert str(path) in str(caught.value)


def test_profiles_at_bad_places_and_times_are_dropped(tmp_path):
    path = write_argo(
        tmp_path / "f.nc", mode="RRRR", pres=[[5]] * 4, temp=[[11], [12], [13], [14]],
        temp_qc=["1"] * 4, latitude=[0, 999, 0, nan], longitude=[-30] * 4,
        position_qc="1418", juld_qc="1141",
    )  # fmt: skip
    assert np.round(read_profiles(path).thetao.values).ravel().tolist() == [11]


def test_a_position_off_the_globe_that_no_flag_rejects_is_an_error(tmp_path):
    path = write_argo(
        tmp_path / "f.nc", mode="RR", pres=[[5]] * 2, temp=[[11]] * 2, temp_qc=["1"] * 2,
        latitude=[0, 123.4], longitude=[-30] * 2,
    )  # fmt: skip
    with pytest.raises(BadData, match=r"latitude of profile 2 is not"):
        read_profiles(path)


def test_kelvin_labelled_celsius_is_refused(tmp_path):
    path = write_argo(
        tmp_path / "f.nc", mode="R", pres=[[5, 10]], temp=[[290.0, 289.0]], temp_qc=["11"],
        latitude=[0], longitude=[-30],
    )  # fmt: skip
    with pytest.raises(BadData, match="kelvin"):
        read_profiles(path)


def test_a_file_without_any_profile_is_empty_not_an_error(tmp_path):
    path = write_argo(
        tmp_path / "f.nc", mode="", pres=np.empty((0, 2)), temp=np.empty((0, 2)), temp_qc=[],
        adjusted=np.empty((0, 2)), adjusted_qc=[], juld=[], position_qc="", juld_qc="",
        latitude=[], longitude=[],
    )  # fmt: skip
    assert read_profiles(path).sizes["n_prof"] == 0


@pytest.mark.parametrize("storage", ["NETCDF3_CLASSIC", "NETCDF4"])
def test_en4_flags_of_levels_profiles_and_positions(tmp_path, storage):
    path = write_en4(
        tmp_path / "EN.nc", depth=[[5, 50, 500]] * 4, potm=[[20, 15, 8]] * 4,
        potm_qc=["111", "141", "111", "111"], profile_qc="1140", position_qc="1114",
        psal=[[35, 35.1, nan]] * 4, storage=storage,
    )  # fmt: skip
    assert sniff(path) == "en4"
    read = read_profiles(path)
    # Profile 2 fails as a whole, the last one's position does.
    assert read.platform_number.values.tolist() == ["Q0", "Q1"]
    assert read.thetao.values[0].tolist() == [20, 15, 8]  # potential already: untouched
    assert read.depth.values[0].tolist() == [5, 50, 500]
    assert np.isnan(read.thetao.values[1]).tolist() == [False, True, False]
    assert np.isnan(read.so.values[0]).tolist() == [False, False, True]
    assert read.longitude.values.tolist() == [-160, -159]
    assert read.time.values[1] == np.datetime64("2008-03-02T06:00:00")


def test_instac_prefers_adjusted_and_converts_pressure(tmp_path):
    path = tmp_path / "GL_PR_PF.nc"
    with netCDF4.Dataset(path, "w") as handle:
        for name, size in (("TIME", 2), ("DEPTH", 3), ("LATITUDE", 2), ("LONGITUDE", 2)):
            handle.createDimension(name, size)
        for name, values in (("LATITUDE", [40, 41]), ("LONGITUDE", [-60, -61])):
            handle.createVariable(name, "f4", (name,))[:] = values
        time = handle.createVariable("TIME", "f8", ("TIME",))
        time.units, time[:] = "days since 1950-01-01T00:00:00Z", [26000.0, 26001.0]
        for name, values in (
            ("PRES", [[10, 500, 1000]] * 2),
            ("TEMP", [[20, 10, 5]] * 2),
            ("TEMP_ADJUSTED", [[21, 11, 6], [nan, nan, nan]]),
            ("PSAL", [[35, 35, 35]] * 2),
        ):
            scale = 0.001 if name.startswith("TEMP") else 1.0
            kind = "i4" if name.startswith("TEMP") else "f4"
            stored = handle.createVariable(name, kind, ("TIME", "DEPTH"), fill_value=-2147483647
                                           if kind == "i4" else 9.96921e36)  # fmt: skip
            if kind == "i4":
                stored.scale_factor = scale
            stored[:] = np.ma.masked_invalid(np.asarray(values, float)).filled(-2147483.647)
            flags = handle.createVariable(f"{name}_QC", "i1", ("TIME", "DEPTH"), fill_value=-127)
            flags[:] = [[1, 1, 4], [1, 2, 5]]
    assert sniff(path) == "instac"
    read = read_profiles(path)
    assert read.thetao.values[0, 0] == pytest.approx(21, abs=0.01)
    assert read.thetao.values[1, 0] == pytest.approx(20, abs=0.01)
    assert read.sizes["n_level"] == 3 and np.isnan(read.thetao.values[0, 2])
    assert read.thetao.values[1, 2] == pytest.approx(
        unesco_potential_temperature(35, 5, 1000), abs=0.005
    )
    assert read.depth.values[1, 2] == pytest.approx(990.8, abs=1)


def test_seadatanet_ascii_flags_and_chronological_julian_days(tmp_path):
    path = tmp_path / "ctd.nc"
    with netCDF4.Dataset(path, "w") as handle:
        handle.createDimension("INSTANCE", 2)
        handle.createDimension("MAXZ", 2)
        for name, values in (("LATITUDE", [39, 39]), ("LONGITUDE", [-10, -10])):
            handle.createVariable(name, "f8", ("INSTANCE",))[:] = values
        time = handle.createVariable("TIME", "f8", ("INSTANCE",))
        time.units, time.calendar = "days since -4713-01-01T00:00:00Z", "julian"
        time[:] = [2440588.25, 2453880.5]
        for name, standard, values in (
            ("PRES", "sea_water_pressure", [[1, 100]] * 2),
            ("TEMPPR01", "sea_water_temperature", [[16, 14]] * 2),
        ):
            stored = handle.createVariable(name, "f8", ("INSTANCE", "MAXZ"), fill_value=-99999.0)
            stored.standard_name, stored[:] = standard, values
            flags = handle.createVariable(
                f"{name}_SEADATANET_QC", "i1", ("INSTANCE", "MAXZ"), fill_value=57
            )
            flags[:] = [[49, 49], [49, 52 if name == "TEMPPR01" else 50]]
    assert sniff(path) == "seadatanet"
    read = read_profiles(path)
    # Day 2440588 of the chronological count is 1 January 1970.
    assert read.time.values[0] == np.datetime64("1970-01-01T06:00:00")
    assert read.time.values[1] == np.datetime64("2006-05-24T12:00:00")
    assert np.isnan(read.thetao.values).tolist() == [[False, False], [False, True]]


def write_wod(path, rows, salt_rows):
    with netCDF4.Dataset(path, "w") as handle:
        handle.createDimension("casts", 3)
        handle.createDimension("z_obs", 5)
        handle.createDimension("Temperature_obs", 5)
        handle.createDimension("Salinity_obs", 2)
        for name, values in (("lat", [50, 51, 52]), ("lon", [1, 2, 3])):
            handle.createVariable(name, "f4", ("casts",))[:] = values
        time = handle.createVariable("time", "f8", ("casts",))
        time.units, time[:] = "days since 1770-01-01 00:00:00 UTC", [60117, 60118, 60119]
        for name, values in (("z", rows), ("Temperature", rows), ("Salinity", salt_rows)):
            handle.createVariable(f"{name}_row_size", "i4", ("casts",), fill_value=0)[:] = values
        handle.createVariable("z", "f4", ("z_obs",))[:] = [0, 10, 0, 10, 20]
        handle.createVariable("Temperature", "f4", ("Temperature_obs",))[:] = [9, 8, 7, 6, 5]
        flags = handle.createVariable("Temperature_WODflag", "i1", ("Temperature_obs",))
        flags[:] = [0, 0, 0, 3, 0]
        handle.createVariable("Salinity", "f4", ("Salinity_obs",))[:] = [34, 35]
    return path


def test_world_ocean_database_ragged_rows(tmp_path):
    path = write_wod(tmp_path / "ocldb.nc", [2, 0, 3], [2, 0, 0])
    assert sniff(path) == "wod"
    read = read_profiles(path)
    assert read.latitude.values.tolist() == [50, 52]
    assert np.round(read.thetao.values[0], 1).tolist()[:2] == [9, 8]
    assert np.isnan(read.thetao.values[1]).tolist() == [False, True, False]
    assert read.so.values[0, :2].tolist() == [34, 35] and np.isnan(read.so.values[1]).all()
    assert read.time.values[0] == np.datetime64("1934-08-07")


@pytest.mark.parametrize(("rows", "salt"), [([2, 2, 3], [2, 0, 0]), ([2, 0, 3], [1, 0, 1])])
def test_world_ocean_database_rows_that_do_not_fit_are_refused(tmp_path, rows, salt):
    with pytest.raises(BadData):
        read_profiles(write_wod(tmp_path / "ocldb.nc", rows, salt))


def test_dates_of_every_real_calendar():
    day = lambda v, u, c="standard": dates(np.array([v]), u, c, "here")[0]
    assert day(0.5, "days since 1950-01-01T00:00:00Z") == np.datetime64("1950-01-01T12:00")
    assert day(3600.0, "seconds since 2000-01-01") == np.datetime64("2000-01-01T01:00")
    assert day(2.0, "hours since 2000-01-01") == np.datetime64("2000-01-01T02:00")
    # The Julian calendar was 13 days behind in the twentieth century.
    assert day(0.0, "days since 1950-01-01", "julian") == np.datetime64("1950-01-14")
    assert np.isnat(day(1.5e6, "days since 1950-01-01")) and np.isnat(
        day(nan, "days since 1950-1-1")
    )
