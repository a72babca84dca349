"""Salinity of tables and of fields is practical, whatever unit it is given in."""

from pathlib import Path

import numpy as np
import pytest
from stated_fields import TRUTH, read, sst

from thermocline.errors import BadData, ThermoclineError
from thermocline.sources import read_profiles

SALT = (34 + TRUTH / 20).astype("f4")


def table(path: Path, title: str, *values: float | str) -> Path:
    rows = [f"1,2,{5 + 10 * k},20,{value}" for k, value in enumerate(values)]
    path.write_text("\n".join([f"lat,lon,depth,temp,{title}", *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("unit", "share"),
    [("", 1), (" (PSU)", 1), (" [1]", 1), (" (PSS-78)", 1), (" (g/kg)", 1), (" (‰)", 1),
     (" (ppt)", 1), (" (kg/kg)", 1e-3), (" [1]", 1e-3), (" (%)", 0.1), (" [mg/kg]", 1000)],
)  # fmt: skip
def test_salinities_of_tables(tmp_path: Path, unit: str, share: float) -> None:
    path = table(tmp_path / "f.csv", f"salinity{unit}", 35.5 * share, "", 2.5 * share, 38 * share)
    np.testing.assert_allclose(read_profiles(path).so.values, [[35.5, np.nan, 2.5, 38]])


@pytest.mark.parametrize(
    ("title", "value", "says"),
    [("salinity (mS/cm)", 42, "salinity has a unit of another quantity, 'mS/cm'"),
     ("psal [S/m]", 4.2, "another quantity, 'S/m'"),
     ("salinity (degC)", 35, "another quantity"),
     ("salinity (salt)", 35, "unknown unit, 'salt'"),
     ("salinity (kg/kg)", 35, "in 'kg/kg', and has the values of practical salinity"),
     ("salinity (%)", 35, "in '%', and has the values of practical salinity"),
     ("salinity", 0.0355, r"at most 0\.0355, which is no salinity of the sea in PSU"),
     ("salinity (PSU)", 0.0355, "no salinity of the sea")],
)  # fmt: skip
def test_what_is_no_salinity_of_a_table_is_refused(
    tmp_path: Path, title: str, value: float, says: str
) -> None:
    with pytest.raises(ThermoclineError, match=rf"f\.csv.*{says}") as caught:
        read_profiles(table(tmp_path / "f.csv", title, value, value))
    assert caught.value.fix


def test_a_salinity_that_a_flag_rejects_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("lat,lon,depth,temp,so,so_qc\n1,2,5,20,0.035,4\n1,2,15,20,,9\n")
    assert np.isnan(read_profiles(path).so.values).all()


@pytest.mark.parametrize(
    ("unit", "share"),
    [("", 1), ("1", 1), ("psu", 1), ("ppt", 1), ("‰", 1), ("per mil", 1), ("dimensionless", 1),
     ("g kg-1", 1), ("1", 1e-3), ("kg kg-1", 1e-3), ("%", 0.1)],
)  # fmt: skip
@pytest.mark.parametrize("fill", [np.nan, -999.0])
def test_salinities_of_fields(tmp_path: Path, unit: str, share: float, fill: float) -> None:
    values = SALT * np.float32(share)
    values[:3, :4] = fill
    said = {"units": unit, "standard_name": "sea_surface_salinity"}
    found = read(tmp_path, sst(values, "sos", **said), "sos", sos={"_FillValue": None})
    expected = SALT.copy()
    expected[:3, :4] = np.nan
    np.testing.assert_allclose(found.sos.values[0, 0], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("unit", "share", "says"),
    [("kg kg-1", 1, "in 'kg kg-1', and has the values of practical salinity"),
     ("%", 1, "in '%', and has the values of practical salinity"),
     ("psu", 1e-3, "no salinity of the sea in PSU"),
     ("", 1e-3, "no salinity of the sea in PSU"),
     ("pptv", 1, "in which it is not given, 'pptv'"),
     ("S m-1", 1, "another quantity")],
)  # fmt: skip
def test_fields_that_contradict_their_unit_are_refused(
    tmp_path: Path, unit: str, share: float, says: str
) -> None:
    with pytest.raises(BadData, match=says):
        read(tmp_path, sst(SALT * np.float32(share), "sos", units=unit), "sos")


@pytest.mark.parametrize("unit", ["1", "dimensionless"])
def test_what_may_be_a_fraction_or_brackish_is_refused(tmp_path: Path, unit: str) -> None:
    says = "1.1 to 1.9, too much for a fraction of salt and too little for practical salinity"
    with pytest.raises(BadData, match=says):
        read_profiles(table(tmp_path / "f.csv", f"salinity ({unit})", 1.1, 0, 1.9))
    values = np.linspace(1.1, 1.9, SALT.size).reshape(SALT.shape)
    with pytest.raises(BadData, match=says):
        read(tmp_path, sst(values, "sos", units=unit), "sos")


def test_brackish_water_beside_the_sea_is_practical(tmp_path: Path) -> None:
    path = table(tmp_path / "f.csv", "salinity (1)", 0.5, 1.1, 1.9, 7.5)
    np.testing.assert_allclose(read_profiles(path).so.values, [[0.5, 1.1, 1.9, 7.5]])
