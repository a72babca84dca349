"""Flags of the World Ocean Database and of IQuOD mean what the file says that they mean."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from encoded_profiles import Encoding, write

from thermocline.sources import read_casts
from thermocline.sources.account import ATTRIBUTE, OF_SALINITY, Account

WOD = "accepted range_out inversion gradient anomaly"
NAMES = ("Temperature", "Salinity")
IQUOD = "good probably_good probably_bad bad"


def cast(path: Path, flag: str, codes: list[int], meanings: str, values: range) -> Path:
    """Two casts of four levels in a ragged array; the flag has these codes for each of them."""
    write(path, "wod", Encoding(vertical="depth"))
    with netCDF4.Dataset(path, "a") as file:
        name = flag.split("_")[0]
        on = file[f"{name}_row_size"] if "profile" in flag else file[name]
        if "profile" not in flag:
            file.renameVariable(f"{name}_WODflag", "unused")
        found = file.createVariable(flag, "i1", on.dimensions)
        found[:] = codes if "profile" in flag else codes * 2
        if meanings:
            found.flag_values, found.flag_meanings = np.array(values, "i1"), meanings
    return path


@pytest.mark.parametrize(
    "flag", [f"{name}_{scheme}" for name in NAMES for scheme in ("WODflag", "IQUODflag")]
)
@pytest.mark.parametrize(
    ("codes", "meanings", "values", "used"),
    [
        ([1, 2, 3, 4], IQUOD, range(1, 5), 4),
        ([0, 1, 2, 0], WOD, range(5), 4),
        ([0, 1, 2, 0], "", range(0), 4),
        ([0, 0, 3, 0], "a b c d", range(4), 6),
    ],
)
def test_flags_have_the_meanings_of_the_file(
    tmp_path: Path, flag: str, codes: list[int], meanings: str, values: range, used: int
) -> None:
    path = cast(tmp_path / "f.nc", flag, codes, meanings, values)
    name = flag.split("_")[0]
    attribute = ATTRIBUTE if name == "Temperature" else OF_SALINITY
    account = Account.from_json(read_casts(path).attrs[attribute])
    assert (account.held, account.used) == (8, used)
    assert account.dropped == {f"{name.lower()} not flagged good": 8 - used}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("codes", "meanings"), [([1, 4], IQUOD), ([0, 1], WOD), ([0, 1], "")])
def test_casts_are_rejected_by_the_meanings_too(
    tmp_path: Path, name: str, codes: list[int], meanings: str
) -> None:
    values = range(1, 5) if meanings == IQUOD else range(5)
    path = cast(tmp_path / "f.nc", f"{name}_WODprofileflag", codes, meanings, values)
    found = read_casts(path)["thetao" if name == "Temperature" else "so"].values
    assert np.isfinite(found).sum(axis=1).tolist() == [4, 0]
