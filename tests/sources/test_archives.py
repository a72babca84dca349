"""Tables as the big archives write them read like the same table written plainly."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from thermocline.errors import ThermoclineError
from thermocline.sources import read_casts
from thermocline.sources.account import Account

PLAIN = """time,latitude,longitude,pressure,sea_water_temperature,salinity,salinity_qc
2010-05-06T12:30,45,-150,5,12,34,1
2010-05-06T12:30,45,-150,3000,1.5,34.6,4
"""
CCHDO = """BOTTLE,20200101CCHSIO
# a comment
EXPOCODE,STNNBR,DATE,TIME,LATITUDE,LONGITUDE,DEPTH,CTDPRS,CTDTMP,SALNTY,CTDSAL,CTDSAL_FLAG_W
,,,,,,METERS,DBAR,ITS-90,PSS-78,PSS-78,
33RO,1,20100506,1230,45.0,-150.0,4500,5.0,12.0,33,34.0,2
33RO,1,20100506,1230,45.0,-150.0,4500,3000.0,1.5,33,34.6,4
END_DATA
"""
ODV = """//<Encoding>UTF-8</Encoding>
Cruise,Station,Type,yyyy-mm-ddThh:mm:ss.sss,Longitude [degrees_east],Latitude [degrees_north],\
Bot. Depth [m],Pressure [dbar],sea_water_temperature [ITS-90, deg C],\
QV:SEADATANET,Salinity [psu],QV:SEADATANET
C1,S1,C,2010-05-06T12:30:00.000,-150,45,4500,5,12,1,34,1
,,,,,,,3000,1.5,1,34.6,4
"""
PANGAEA = """/* DATA DESCRIPTION:
Coverage:,LATITUDE: 45,LONGITUDE: -150
*/
Event,Date/Time,Latitude,Longitude,Press [dbar],sea_water_temperature [°C],Sal,QF Sal
E,2010-05-06T12:30,45,-150,5,12,34,1
E,2010-05-06T12:30,45,-150,3000,1.5,34.6,4
"""
WAYS = {
    "cchdo": CCHDO,
    "odv": ODV.replace(", deg", " deg").replace(",", "\t"),
    "pangaea": PANGAEA.replace(",", "\t"),
    "excel": "sep=;\n" + PLAIN.replace(",", ";"),
    "a title": "My cruise, and what it measured\n\n" + PLAIN,
    "slashes": "// latitude,longitude\n" + PLAIN,
    "adjusted": PLAIN.replace("salinity,", "salinity_adjusted,salinity,")
    .replace(",34,", ",34,33,")
    .replace(",34.6,", ",34.6,33,"),
}


def table(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def account(found: xr.Dataset) -> Account:
    return Account.from_json(found.attrs["account"])


@pytest.mark.parametrize("way", WAYS)
def test_a_table_of_an_archive(tmp_path: Path, way: str) -> None:
    plain = read_casts(table(tmp_path / "f.csv", PLAIN))
    found = read_casts(table(tmp_path / "f.csv", WAYS[way]))
    assert plain.so.values[0, 0] == 34 and np.isnan(plain.so.values[0, 1])
    either, other = (each.drop_vars("platform_number") for each in (found, plain))
    xr.testing.assert_allclose(either, other)
    assert found.attrs["salinity_account"] == plain.attrs["salinity_account"]


def test_what_is_decided_is_noted(tmp_path: Path) -> None:
    notes = account(read_casts(table(tmp_path / "f.csv", CCHDO))).notes
    for note in (
        "lines above the header that are not read: 1",
        "columns not used: 'EXPOCODE', 'STNNBR', 'SALNTY', 'DEPTH'",
        "DEPTH is taken for the depth of the sea floor",
    ):  # fmt: skip
        assert note in notes
    notes = account(read_casts(table(tmp_path / "f.csv", WAYS["odv"]))).notes
    assert "places and dates are those of a station's first row" in notes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CCHDO + PLAIN, "goes on after END_DATA"),
        (WAYS["adjusted"].replace(",34.6,33,", ",,33,"), "line 3 is empty in the one that is read"),
        (WAYS["odv"].replace("C1", "").replace("S1", "").replace("-150", ""), "longitude in line"),
    ],
)
def test_what_is_lost_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ThermoclineError, match=says):
        read_casts(table(tmp_path / "f.csv", text))


def test_flags_of_raw_values_are_those_of_adjusted_ones(tmp_path: Path) -> None:
    """Where these have none of their own."""
    text = WAYS["adjusted"]
    assert np.isnan(read_casts(table(tmp_path / "f.csv", text)).so.values[0, 1])
    both = text.replace("salinity_qc", "salinity_qc,salinity_adjusted_qc").replace(",1\n", ",4,1\n")
    found = read_casts(table(tmp_path / "f.csv", both.replace("33,4\n", "33,1,4\n")))
    assert found.so.values[0, 0] == 34 and np.isnan(found.so.values[0, 1])
