"""The account of every real profile file, against a count made without this project's code."""

import os
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from lower_case import in_small_letters
from numpy.typing import NDArray

from thermocline.sources import read_profiles
from thermocline.sources.account import Account

ROOT = Path(os.environ.get("THERMOCLINE_REAL_DATA", "no real data")) / "profiles"
pytestmark = pytest.mark.skipif(
    not ROOT.is_dir(), reason="set THERMOCLINE_REAL_DATA to the folder of real data files"
)
ARGO = sorted([*ROOT.glob("*_prof.nc"), *ROOT.glob("eqatlantic/*_prof.nc")])


def there(file: netCDF4.Dataset, name: str) -> NDArray[np.bool_]:
    """Where a variable holds anything but its fill value."""
    values = np.asarray(file[name][:])
    return ~(np.isnan(values.astype(float)) | (values == file[name]._FillValue))


def flags(file: netCDF4.Dataset, name: str) -> NDArray[np.int64]:
    text = np.asarray(file[name][:])
    digits = np.char.isdigit(text.astype("U1"))
    return np.where(digits, np.where(digits, text, b"0").astype("U1").astype(int), -1)


def usable(file: netCDF4.Dataset, suffix: str, good: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where temperature and pressure are both there, in their ranges, and flagged good."""
    fine = np.array(True)
    for name, low, high in (("TEMP", -2.5, 40.0), ("PRES", 0.0, 12000.0)):
        if name + suffix not in file.variables:
            return np.array([])  # of which no profile's mode may speak
        variable = file[name + suffix]
        values = np.asarray(variable[:])
        low = float(getattr(variable, "valid_min", low))
        high = float(getattr(variable, "valid_max", high))
        fine = fine & there(file, name + suffix) & (values >= low) & (values <= high)
        fine = fine & np.isin(flags(file, name + suffix + "_QC"), good)
    return fine


def argo(path: Path) -> tuple[int, int]:
    """Temperatures held, and those usable by the manual's rules: profile by profile."""
    good = (1, 2, 5, 8)
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        file.set_auto_chartostring(False)
        held = there(file, "TEMP")
        if "TEMP_ADJUSTED" in file.variables:
            held |= there(file, "TEMP_ADJUSTED")
        used = 0
        placed, dated = (np.isin(flags(file, name), good) for name in ("POSITION_QC", "JULD_QC"))
        modes = np.asarray(file["DATA_MODE"][:]).astype("U1")
        fine = {suffix: usable(file, suffix, good) for suffix in ("", "_ADJUSTED")}
        for i in range(len(held)):
            suffix = "_ADJUSTED" if modes[i] in ("A", "D") else ""
            if placed[i] and dated[i]:
                used += int(fine[suffix][i].sum())
        return int(held.sum()), used


@pytest.mark.parametrize("path", ARGO, ids=lambda path: path.name)
def test_argo(path: Path) -> None:
    read = read_profiles(path)
    account = Account.from_json(read.attrs["account"])
    held, used = argo(path)
    repeated = account.dropped.get("duplicate of another profile", 0)
    assert (account.held, account.used + repeated) == (held, used), account
    assert account.used == np.isfinite(read.thetao.values).sum()
    assert account.used + sum(account.dropped.values()) == account.held


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("GL_PR_PF_5906438.nc", "TEMP"),
        ("other/netCDF_vertical_profiles_ctd.nc", "TEMPPR01"),
        ("other/ocldb1570984477.6279_OSD.nc", "Temperature"),
    ],
)
def test_others(name: str, variable: str) -> None:
    read = read_profiles(ROOT / name)
    account = Account.from_json(read.attrs["account"])
    with netCDF4.Dataset(ROOT / name) as file:
        file.set_auto_maskandscale(False)
        held = there(file, variable)
        if f"{variable}_ADJUSTED" in file.variables:
            held |= there(file, f"{variable}_ADJUSTED")
    assert account.held == held.sum()
    assert account.used == np.isfinite(read.thetao.values).sum()
    assert account.used + sum(account.dropped.values()) == account.held


@pytest.mark.parametrize(
    "name",
    [
        "GL_PR_PF_5906438.nc",
        "13857_prof.nc",
        "2901746_prof.nc",
        "other/netCDF_vertical_profiles_ctd.nc",
        "other/ocldb1570984477.6279_OSD.nc",
    ],
)
def test_names_in_small_letters_are_the_same_names(tmp_path: Path, name: str) -> None:
    path = ROOT / name
    small = read_profiles(in_small_letters(path, tmp_path / path.name))
    assert small.identical(read_profiles(path))


def test_matlab() -> None:
    import scipy.io

    path = ROOT / "other/argo_3505.mat"
    account = Account.from_json(read_profiles(path).attrs["account"])
    assert account.held == np.isfinite(scipy.io.loadmat(path)["temp"]).sum()
    assert account.used + sum(account.dropped.values()) == account.held
