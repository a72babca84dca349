"""Integers of files: of either sign, as bits, and beside fill values that none of them can have."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData
from thermocline.sources import read_field, read_profiles
from thermocline.sources.account import Account
from thermocline.sources.fields.reader import field_account

WORDS = "good bad suspect"


def put(file: netCDF4.Dataset, name: str, kind: str, values: ArrayLike, **said: Any) -> None:
    """A variable on all dimensions, its stored numbers as they are given."""
    made = file.createVariable(
        name, kind, tuple(file.dimensions), fill_value=said.pop("_FillValue", None)
    )
    made.set_auto_maskandscale(False)
    made.setncatts(said)
    made[:] = np.asarray(values).reshape(made.shape)


def cast(path: Path, kind: str, stored: ArrayLike, flags: tuple | None = None, **said: Any) -> Path:
    """One cast of temperatures, stored so, and its flags: type, numbers and attributes."""
    count = np.size(stored)
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("TIME", 1)
        for name, number, unit in (
            ("TIME", 20000.0, "days since 1950-01-01"),
            ("LATITUDE", 10.0, "degrees_north"),
            ("LONGITUDE", -30.0, "degrees_east"),
        ):
            put(file, name, "f8", number, units=unit, standard_name=name.lower())
        file.createDimension("DEPTH", count)
        put(file, "DEPH", "f4", np.arange(count) * 10 + 5, units="m", standard_name="depth")
        said = {"units": "degree_Celsius", "standard_name": "sea_water_temperature"} | said
        put(file, "TEMP", kind, stored, **said)
        if flags is not None:
            put(file, "TEMP_QC", flags[0], flags[1], **flags[2])
    return path


def used(path: Path) -> list[int]:
    """Which temperatures of the cast are used."""
    read = read_profiles(path)
    kept = np.flatnonzero(np.isfinite(read.thetao.values[0])).tolist()
    assert Account.from_json(read.attrs["account"]).used == len(kept)
    return kept


def field(
    path: Path, kind: str, stored: NDArray, flags: tuple | None = None, **said: Any
) -> NDArray:
    """Temperatures of the surface as they are read, stored so."""
    with netCDF4.Dataset(path, "w") as file:
        for size, name, unit in zip(stored.shape, ("lat", "lon"), ("north", "east"), strict=True):
            file.createDimension(name, size)
            file.createVariable(name, "f8", (name,))[:] = np.arange(size)
            file[name].units = f"degrees_{unit}"
        said = {"units": "degC", "standard_name": "sea_surface_temperature"} | said
        put(file, "sst", kind, stored, **said)
        if flags is not None:
            put(file, "sst_flag", flags[0], flags[1], **flags[2])
    with read_field(path, "tos") as found:
        assert field_account(found, "tos").used == np.isfinite(found.tos.values).sum()
        return found.tos.values[0, 0]


def test_bits_are_no_digits(tmp_path: Path) -> None:
    """48 is two bits, though it is the character 0 where flags are digits."""
    flags = [0, 16, 32, 48, 49, 50, 2]
    said = {
        "flag_masks": np.array([1, 2, 4, 8, 16, 32], "i1"),
        "flag_meanings": "interpolated estimated normal spike bad_sensor bad_value",
    }
    assert used(cast(tmp_path / "f.nc", "f4", [20.0] * 7, ("i1", flags, said))) == [0, 6]
    both = {"flag_values": np.array([0, 2, 48, 50], "i1"), "flag_meanings": "ok bad good suspect"}
    flags = [0, 2, 48, 50]
    assert used(cast(tmp_path / "f.nc", "f4", [20.0] * 4, ("i1", flags, both))) == [0, 2]
    digits = {"flag_values": np.array([48, 50], "i1"), "flag_meanings": "good bad"}
    assert used(cast(tmp_path / "f.nc", "f4", [20.0] * 2, ("i1", [48, 50], digits))) == [0]


CODED = {
    "values": ({"flag_values": [0, -128, -2]}, [0, -128, -2, 0]),
    "bits": ({"flag_masks": [1, -128, 64]}, [1, -127, 65, 0]),
    "values in bits": (
        {"flag_masks": [1, -64, -64], "flag_values": [1, -128, -64]}, [1, -127, -63, 65],
    ),
}  # fmt: skip


@pytest.mark.parametrize("coded", CODED)
@pytest.mark.parametrize("way", ["signed", "_Unsigned", "both", "u1"])
def test_flags_of_either_sign_reject_the_same(tmp_path: Path, coded: str, way: str) -> None:
    numbers, stored = CODED[coded]
    flags = np.array(stored, "i1")
    said: dict[str, Any] = {key: np.array(them, "i1") for key, them in numbers.items()}
    if way in ("both", "u1"):
        said = {key: them.view("u1") for key, them in said.items()}
    said |= {"_Unsigned": "true"} if way in ("_Unsigned", "both") else {}
    said |= {"flag_meanings": WORDS}
    kind, flags = ("u1", flags.view("u1")) if way == "u1" else ("i1", flags)
    assert used(cast(tmp_path / "f.nc", "f4", [20.0] * 4, (kind, flags, said))) == [0, 3]
    read = field(tmp_path / "g.nc", "f4", np.full((4, 4), 20.0), (kind, np.tile(flags, 4), said))
    assert np.isfinite(read).tolist() == [[True, False, False, True]] * 4


def test_a_value_in_some_of_the_bits_is_no_whole_number(tmp_path: Path) -> None:
    """As CF combines them: interpolated beside suspect is suspect."""
    said = {
        "flag_masks": np.array([1, 12, 12, 12], "i1"),
        "flag_values": np.array([1, 0, 4, 8], "i1"),
        "flag_meanings": "interpolated good suspect bad",
    }
    flags = [0, 1, 4, 5, 8, 9]
    assert used(cast(tmp_path / "f.nc", "f4", [20.0] * 6, ("i1", flags, said))) == [0, 1]


@pytest.mark.parametrize("scale", [0.0005, 1.0])
@pytest.mark.parametrize(
    "limits",
    [
        {"valid_range": np.array([0, -6], "i2")},
        {"valid_range": "0s, -6s"},
        {"valid_range": np.array([0, 65530], "i4")},
        {"valid_min": np.int16(0), "valid_max": np.int16(-6)},
        {"valid_max": np.int16(-6)},
    ],
)
def test_the_valid_range_of_unsigned_numbers(tmp_path: Path, limits: dict, scale: float) -> None:
    """NUG: `_Unsigned` is said of the limits too."""
    said = limits | {"_Unsigned": "true", "_FillValue": np.int16(-1)}
    stored = np.array([10000, 20000, 40000, 65533], "u2").view("i2")
    if scale == 1.0:
        stored = np.array([20, 10, 12, 65533], "u2").view("i2")
    else:
        said |= {"scale_factor": scale}
    assert used(cast(tmp_path / "f.nc", "i2", stored, **said)) == [0, 1, 2]
    read = field(tmp_path / "g.nc", "i2", np.tile(stored, (4, 1)), **said)
    assert np.isfinite(read).tolist() == [[True, True, True, False]] * 4


def test_a_valid_range_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"valid range of sst is from 0\.0 to -6\.0"):
        field(tmp_path / "g.nc", "i2", np.full((4, 4), 9), valid_range=np.array([0, -6], "i2"))


@pytest.mark.filterwarnings("ignore:variable .sst. has non-conforming")
@pytest.mark.parametrize("fill", [1e20, np.nan, -np.inf, 0.5, 1e5, "none"])
@pytest.mark.parametrize("packed", [True, False])
def test_fill_values_that_no_stored_number_can_be(tmp_path: Path, fill: Any, packed: bool) -> None:
    stored = np.array([0, 10, -5, 0, 3], "i2") if packed else np.array([0, 10, 5, 0, 3], "i2")
    said = {"missing_value": fill} | ({"scale_factor": 0.01, "add_offset": 15.0} if packed else {})
    assert used(cast(tmp_path / "f.nc", "i2", stored, **said)) == [0, 1, 2, 3, 4]
    if not isinstance(fill, str):
        raw = np.arange(25).reshape(5, 5)
        assert np.isfinite(field(tmp_path / "g.nc", "i2", raw, **said)).all()


@pytest.mark.parametrize("fill", [-999.0, np.float32(-999), np.int32(-999), "-999", [7, -999]])
def test_fill_values_of_another_type_are_those_of_stored_numbers(tmp_path: Path, fill: Any) -> None:
    path = cast(tmp_path / "f.nc", "i2", [20, -999, 15], missing_value=fill)
    assert used(path) == [0, 2]


@pytest.mark.parametrize("fill", [np.int8(-2), np.int16(254)])
@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_fill_values_of_unsigned_numbers(tmp_path: Path, fill: Any, scale: float) -> None:
    said = {"missing_value": fill, "_Unsigned": "true"}
    said |= {"scale_factor": scale} if scale != 1 else {}
    stored = np.array([20, 10, 254, 12], "u1").view("i1")
    assert used(cast(tmp_path / "f.nc", "i1", stored, **said)) == [0, 1, 3]
    read = field(tmp_path / "g.nc", "i1", np.tile(stored, (4, 1)), **said)
    assert np.isfinite(read).tolist() == [[True, True, False, True]] * 4


@pytest.mark.parametrize("kind", ["i8", "i4", "u8", "i1"])
@pytest.mark.parametrize("coding", ["flag_values", "flag_masks"])
def test_flags_of_any_length_are_those_that_are_stated(
    tmp_path: Path, kind: str, coding: str
) -> None:
    """Of 64 bits too, though floats do not tell large numbers of them apart."""
    flags = np.array([1, 2, 4, 1], kind)
    said = {coding: np.array([1, 2, 4], kind), "flag_meanings": WORDS}
    path = cast(tmp_path / "f.nc", "f4", [20.0] * 4, (kind, flags, said))
    assert used(path) == [0, 3]
    stored = np.full((4, 4), 20.0)
    read = field(tmp_path / "g.nc", "f4", stored, (kind, np.tile(flags, (4, 1)), said))
    assert np.isfinite(read).tolist() == [[True, False, False, True]] * 4
