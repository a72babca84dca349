"""Flags of casts are found whatever they are called; what is not understood is refused."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr
from encoded_profiles import FORMATS, Encoding, possible, write
from lower_case import in_small_letters

from thermocline.errors import BadData, ThermoclineError
from thermocline.sources import read_profiles
from thermocline.sources.account import Account

TEMPERATURE = np.array([[20.0, 33.0, 15.0, 12.0]] * 3)
FLAGS = np.array([[1, 4, 1, 1]] * 3)
BAD = FLAGS == 4


def casts(path: Path, flag: str, codes: Any = FLAGS, name: str = "temp", **said: Any) -> Path:
    """Three casts of four levels, the second of which is bad by the variable `flag`."""
    axes = {
        "latitude": ([35.0, 36, 37], "degrees_north", "latitude"),
        "longitude": ([-40.0, -41, -42], "degrees_east", "longitude"),
        "time": ([21258.0, 21259, 21260], "days since 1950-01-01", "time"),
    }
    values = {
        name: (TEMPERATURE, "degree_Celsius", "sea_water_temperature"),
        "pres": (np.array([[5.0, 50, 100, 200]] * 3), "dbar", "sea_water_pressure"),
        "oxygen": (TEMPERATURE, "umol kg-1", ""),
    }
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("profile", 3)
        file.createDimension("obs", 4)
        for dims, them in ((("profile",), axes), (("profile", "obs"), values)):
            for key, (numbers, unit, standard) in them.items():
                variable = file.createVariable(key, "f8", dims)
                variable[:] = numbers
                variable.units, variable.standard_name = unit, standard
        if "ancillary" in said:
            file[said.pop("ancillary")].ancillary_variables = flag
        codes = np.asarray(codes)
        kind = {"S": "S1", "U": str}.get(codes.dtype.kind, "i1")
        dims = ("profile", "obs")[: codes.ndim]
        if codes.dtype.kind == "S" and codes.dtype.itemsize > 1:
            codes, dims = netCDF4.stringtochar(codes), (*dims, "string")
            file.createDimension("string", codes.shape[-1])
        codes = codes.astype(object) if kind is str else codes
        file.createVariable(flag, kind, dims)[:] = codes
        file[flag].setncatts(said)
    return path


def account(path: Path) -> Account:
    return Account.from_json(read_profiles(path).attrs["account"])


NAMES = [
    "temp_qc", "TEMP_QC", "Temp_Qc", "qc_temp", "QF_temp", "tempQC", "temp_quality",
    "temp_quality_flag", "temp_qc_agg", "temperature_qc", "temp_FLAG", "temp_qartod_flag", "qc",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["i1", "S1", "U1"])
@pytest.mark.parametrize("flag", NAMES)
def test_flags_are_found_whatever_they_are_called(tmp_path: Path, flag: str, kind: str) -> None:
    found = account(casts(tmp_path / "f.nc", flag, FLAGS.astype(kind)))
    assert (found.held, found.used) == (12, 9)
    assert found.dropped == {"temperature not flagged good": 3}


@pytest.mark.parametrize(
    "said", [{"ancillary": "temp"}, {"standard_name": "sea_water_temperature status_flag"}]
)
def test_flags_are_found_by_what_the_file_says(tmp_path: Path, said: dict[str, str]) -> None:
    assert account(casts(tmp_path / "f.nc", "control_flag", **said)).used == 9


@pytest.mark.parametrize(
    ("codes", "meanings"),
    [
        ((1, 4), "PASS FAIL"),
        ((0, 1), "good bad"),
        ((1, 0), "usable unusable"),
        ((0, 2), "accepted rejected"),
        ((49, 52), "good_value bad_value"),
    ],
)
def test_codes_mean_what_the_file_says(
    tmp_path: Path, codes: tuple[int, int], meanings: str
) -> None:
    said = {"flag_values": np.array(codes, "i1"), "flag_meanings": meanings}
    numbers = np.where(BAD, codes[1], codes[0])
    for flag in ("temp_qc", "temp_quality_flag"):
        assert account(casts(tmp_path / "f.nc", flag, numbers, **said)).used == 9


def test_flags_that_nobody_understands_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.nc"
    with pytest.raises(BadData, match=r"f\.nc.*flags that belong to no known variable: sensor7_qc"):
        read_profiles(casts(path, "sensor7_qc"))
    with pytest.raises(BadData, match=r"flags that belong to no known variable: sensor7_qc"):
        read_profiles(casts(path, "sensor7_qc", [1, 4, 1]))
    said = {"flag_values": np.array([1, 4], "i1"), "flag_meanings": "red blue"}
    with pytest.raises(BadData, match=r"temp_qc do not say what they mean"):
        read_profiles(casts(path, "temp_qc", **said))
    with pytest.raises(ThermoclineError, match=r"temp_flag.*holds the flag 0"):
        read_profiles(casts(path, "temp_flag", FLAGS * 0))


def test_meanings_of_which_nothing_is_known_are_noted(tmp_path: Path) -> None:
    said = {"flag_values": np.array([0, 1], "i1"), "flag_meanings": "twilight bad"}
    found = account(casts(tmp_path / "f.nc", "temp_qc", BAD * 1, **said))
    assert found.used == 9 and found.notes == ("values that temp_qc calls twilight are used",)


@pytest.mark.parametrize("flag", ["oxygen_qc", "OXYGEN_QC", "qc_oxygen", "salinity_qc"])
def test_flags_of_another_variable_are_not_ours(tmp_path: Path, flag: str) -> None:
    assert account(casts(tmp_path / "f.nc", flag)).used == 12


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("position_qc", "position not flagged good"),
        ("latitude_flag", "position not flagged good"),
        ("Time_QC", "date not flagged good"),
        ("juld_qc", "date not flagged good"),
        ("profile_qc", "profile not flagged good"),
        ("profile_temp_qc", "profile not flagged good"),
    ],
)
def test_flags_of_casts_are_found_whatever_they_are_called(
    tmp_path: Path, flag: str, reason: str
) -> None:
    found = account(casts(tmp_path / "f.nc", flag, [1, 4, 1]))
    assert found.used == 8 and found.dropped == {reason: 4}
    letters = np.array([b"A", b"B", b"F"])
    assert account(casts(tmp_path / "f.nc", "profile_temp_qc", letters)).used == 12


@pytest.mark.parametrize("wild", ["", "flagged", "adjusted"])
@pytest.mark.parametrize("form", FORMATS)
def test_names_in_small_letters_are_the_same_names(tmp_path: Path, form: str, wild: str) -> None:
    path = write(tmp_path / "f.nc", form, possible(form, Encoding(wild=wild)))
    (tmp_path / "small").mkdir()
    small = in_small_letters(path, tmp_path / "small" / "f.nc")
    assert read_profiles(small).identical(read_profiles(path))


def test_a_scale_of_nothing_is_refused(tmp_path: Path) -> None:
    path = casts(tmp_path / "f.nc", "temp_qc")
    with netCDF4.Dataset(path, "a") as file:
        file["temp"].scale_factor = 0.0
    with pytest.raises(BadData, match=r"f\.nc.*scale_factor of temp is 0"):
        read_profiles(path)


def test_the_greatest_number_of_a_packed_type_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "f.nc"
    casts(path, "qc", FLAGS * 0 + 1, name="old")
    with netCDF4.Dataset(path, "a") as file:
        packed = file.createVariable("temp", "i2", ("profile", "obs"))
        packed.setncatts(
            {"scale_factor": 0.001, "units": "degC", "standard_name": "sea_water_temperature"}
        )
        packed.set_auto_maskandscale(False)
        packed[:] = np.where(BAD, 32767, TEMPERATURE * 1000)
    assert float(read_profiles(path).thetao.max()) < 21


@pytest.mark.parametrize(
    ("name", "said", "says"),
    [
        ("temp", {"long_name": "temperature error"}, "the temperature is an error"),
        ("temp", {"long_name": "temperature trend"}, "the temperature is a trend"),
        ("psal", {"standard_name": "sea_water_preformed_salinity"}, "is preformed salinity"),
        ("psal", {"long_name": "salinity anomaly"}, "the salinity is an anomaly"),
    ],
)
def test_what_is_another_thing_is_refused(
    tmp_path: Path, name: str, said: dict[str, str], says: str
) -> None:
    path = casts(tmp_path / "f.nc", "temp_qc")
    with netCDF4.Dataset(path, "a") as file:
        if name == "psal":
            file.createVariable("psal", "f8", ("profile", "obs"))[:] = 35.0
        file[name].setncatts(said)
    with pytest.raises(BadData, match=rf"f\.nc.*{says}"):
        read_profiles(path)


@pytest.mark.parametrize("kind", ["U", "S"])
@pytest.mark.parametrize("words", ["good bad", "pass fail", "probably_good suspect"])
def test_words_are_flags(tmp_path: Path, words: str, kind: str) -> None:
    good, bad = words.split()
    found = account(casts(tmp_path / "f.nc", "temp_flag", np.where(BAD, bad, good).astype(kind)))
    assert found.used == 9 and found.dropped == {"temperature not flagged good": 3}


@pytest.mark.parametrize("kind", ["U", "S"])
@pytest.mark.parametrize("words", ["1 4", "good bad"])
def test_text_rejects_whole_casts(tmp_path: Path, words: str, kind: str) -> None:
    good, bad = words.split()
    codes = np.array([good, bad, good], kind)
    found = account(casts(tmp_path / "f.nc", "position_qc", codes))
    assert found.dropped == {"position not flagged good": 4}


def test_words_that_are_not_known_are_refused(tmp_path: Path) -> None:
    for bad in ("twilight", "4"):
        with pytest.raises(BadData, match=r"f\.nc.*the flags temp_flag hold .*not understood"):
            read_profiles(casts(tmp_path / "f.nc", "temp_flag", np.where(BAD, bad, "good")))
    remarks = np.where(BAD, "winch stopped", "")
    assert account(casts(tmp_path / "f.nc", "temp_qc_comment", remarks)).used == 12


@pytest.mark.parametrize("name", ["n", "n1", "strata", "length", "character_depth"])
def test_characters_along_what_has_numbers_are_no_text(tmp_path: Path, name: str) -> None:
    path = casts(tmp_path / "f.nc", "temp_qc", FLAGS.astype("S1"))
    with netCDF4.Dataset(path, "a") as file:
        file.renameDimension("obs", name)
    assert account(path).dropped == {"temperature not flagged good": 3}
    casts(path, "position_qc", np.array([b"1", b"4", b"1"]))
    with netCDF4.Dataset(path, "a") as file:
        file.renameDimension("profile", name)
    assert account(path).dropped == {"position not flagged good": 4}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data_quality", "delayed mode"), ("quality_level", "L2"), ("qc_status", "checked"),
        ("data_quality_level", "validated"), ("quality_control", "spike, gradient"),
        ("qc_mode", "delayed"), ("qc_tests", "spike"), ("qc_procedure", "Argo manual 3.1"),
        ("qc_institution", "BODC"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["U", "S"])
def test_text_that_is_no_flag_is_left_alone(
    tmp_path: Path, name: str, text: str, kind: str
) -> None:
    found = account(casts(tmp_path / "f.nc", name, np.array([text] * 3, kind)))
    about = name in ("qc_tests", "qc_procedure", "qc_institution")
    note = f"{name} is not used: it says neither good nor bad"
    assert found.used == 12 and found.notes == (() if about else (note,))


def test_text_of_no_length_says_nothing(tmp_path: Path) -> None:
    path = casts(tmp_path / "f.nc", "temp_qc")
    with netCDF4.Dataset(path, "a") as file:
        file.createDimension("string", None)
        file.createVariable("data_quality", "S1", ("profile", "string"))
    assert account(path).used == 9 and account(path).notes == ()


def test_text_of_a_variable_is_its_flags(tmp_path: Path) -> None:
    for name in ("temp_quality", "temperature_quality", "latitude_qc"):
        with pytest.raises(BadData, match=rf"the flags {name} hold 'delayed mode'"):
            read_profiles(casts(tmp_path / "f.nc", name, np.array(["delayed mode"] * 3)))


@pytest.mark.parametrize("flag", ["pres_qc", "PRES_QC", "pressure_flag"])
@pytest.mark.parametrize("codes", [[1, 4, 1, 1], ["1", "4", "1", "1"]])
def test_flags_of_the_levels_alone_are_read(tmp_path: Path, flag: str, codes: list[Any]) -> None:
    """Where all casts have the same pressures."""
    path = casts(tmp_path / "f.nc", "temp_qc", FLAGS * 0 + 1)
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("pres", "unused")
        file["unused"].standard_name = ""
        levels = file.createVariable("pres", "f8", ("obs",))
        levels.setncatts({"units": "dbar", "standard_name": "sea_water_pressure"})
        levels[:] = [5.0, 50, 100, 200]
        kind = str if isinstance(codes[0], str) else "i1"
        file.createVariable(flag, kind, ("obs",))[:] = np.array(codes, object)
    found = account(path)
    assert found.used == 9 and found.dropped == {"pressure not flagged good": 3}


OCEANSITES = {
    "flag_values": np.array([0, 1, 2, 3, 4, 7, 9], "i1"),
    "flag_meanings": "unknown good_data probably_good bad_correctable bad nominal missing",
}


def with_shared_depth(path: Path, flag: str, codes: list[int], **said: Any) -> Path:
    """Casts that have all the same depths, with their flags."""
    casts(path, "temp_qc", FLAGS * 0 + 1)
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("pres", "unused")
        file["unused"].standard_name = ""
        levels = file.createVariable("depth", "f8", ("obs",))
        levels.setncatts({"units": "m", "standard_name": "depth"})
        levels[:] = [5.0, 50, 100, 200]
        file.createVariable(flag, "i1", ("obs",))[:] = codes
        file[flag].setncatts(said)
    return path


@pytest.mark.parametrize("said", [OCEANSITES, {}])
def test_levels_that_are_nominal_are_read(tmp_path: Path, said: dict[str, Any]) -> None:
    """As the manual of Copernicus Marine has it: the depth at which a mooring was put."""
    path = with_shared_depth(tmp_path / "f.nc", "depth_qc", [7, 7, 4, 1], **said)
    assert account(path).dropped == {"depth not flagged good": 3}


@pytest.mark.parametrize(
    ("flag", "codes", "said", "note"),
    [
        ("depth_qc", [0, 0, 4, 3], {}, "0"),
        ("depth_qc", [0, 7, 4, 3], {}, "0, 7"),
        ("depth_qc", [0, 0, 4, 3], OCEANSITES, "unknown"),
        ("depth_FLAG_W", [2, 1, 4, 3], {}, "1"),
        ("depth_WODflag", [0, 0, 1, 2], {}, ""),
    ],
)
def test_levels_of_which_nothing_is_known_are_used(
    tmp_path: Path, flag: str, codes: list[int], said: dict[str, Any], note: str
) -> None:
    found = account(with_shared_depth(tmp_path / "f.nc", flag, codes, **said))
    assert found.used == 6 and found.dropped == {"depth not flagged good": 6}
    assert found.notes == ((f"values that {flag} calls {note} are used",) if note else ())


@pytest.mark.parametrize("kind", ["i8", "U1"])
def test_what_argopy_exports_is_read(tmp_path: Path, kind: str) -> None:
    dims = ("N_PROF", "N_LEVELS")
    flags = np.array([[1, 1, 4], [1, 1, 1]])
    said = {
        "TEMP": ([[15.0, 14, 40]] * 2, "sea_water_temperature", "degree_Celsius"),
        "PRES": ([[5.0, 50, 1000]] * 2, "sea_water_pressure", "decibar"),
        "PSAL": ([[35.0, 35, 35]] * 2, "sea_water_salinity", "psu"),
    }
    export = xr.Dataset(
        {
            name: (dims, np.array(values), {"standard_name": standard, "units": units})
            for name, (values, standard, units) in said.items()
        }
        | {f"{name}_QC": (dims, (flags if name == "TEMP" else flags * 0 + 1).astype(kind))
           for name in said}
        | {f"{name}_QC": ("N_PROF", np.ones(2, int).astype(kind)) for name in ("POSITION", "TIME")}
        | {"PLATFORM_NUMBER": ("N_PROF", [6902746, 6902747]), "DATA_MODE": ("N_PROF", ["D", "R"])},
        {
            "N_PROF": [0, 1],
            "LATITUDE": ("N_PROF", [35.0, 36], {"standard_name": "latitude"}),
            "LONGITUDE": ("N_PROF", [-40.0, -41], {"standard_name": "longitude"}),
            "TIME": ("N_PROF", np.array(["2008-03-01", "2008-03-11"], "datetime64[ns]"),
                     {"standard_name": "time"}),
        },
    )  # fmt: skip
    export.TEMP.values[1, 2] = 4.0
    export.to_netcdf(tmp_path / "f.nc")
    found = read_profiles(tmp_path / "f.nc")
    assert np.isfinite(found.thetao.values).tolist() == [[True, True, False], [True] * 3]
    assert found.so.values[1].tolist() == [35, 35, 35]
    assert found.platform_number.values.tolist() == ["6902746", "6902747"]
    assert str(found.time.values[1])[:10] == "2008-03-11"
    assert account(tmp_path / "f.nc").dropped == {"temperature not flagged good": 1}


@pytest.mark.parametrize(
    ("described", "same"),
    [("Potential temperature", True), ("Sea temperature in-situ ITS-90 scale", False), ("", False)],
)
def test_the_long_name_says_the_kind_where_no_standard_name_does(
    tmp_path: Path, described: str, same: bool
) -> None:
    path = casts(tmp_path / "f.nc", "temp_qc", FLAGS * 0 + 1, name="TEMP")
    with netCDF4.Dataset(path, "a") as file:
        file["TEMP"].setncatts({"standard_name": "", "long_name": described})
        file["TEMP"][:, 1] = 20.0
        file["pres"][:, 3] = 4000.0
    found = read_profiles(path).thetao.values[0, 3]
    assert (found == 12.0) == same
