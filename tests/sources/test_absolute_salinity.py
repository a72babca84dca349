"""Conservative temperature with absolute salinity is the same water as practical and potential."""

from pathlib import Path

import gsw
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from stated_fields import read, sst

from thermocline.errors import BadData
from thermocline.sources import read_profiles
from thermocline.sources.account import Account

DEPTH = np.array([5.0, 200, 1500])
LAT, LON = np.array([40.0, -35.0, 58.0]), np.array([-30.0, 100.0, 20.0])
"""The last is in the Baltic, where salt has another composition."""
POTENTIAL = np.array([[18.0, 12, 4], [15, 9, 2.5], [8, 5, 4]])
PRACTICAL = np.array([[36.0, 35.5, 35], [35.2, 34.8, 34.7], [7, 10, 12]])
PRESSURE = gsw.p_from_z(-DEPTH, LAT[:, None])
ABSOLUTE = gsw.SA_from_SP(PRACTICAL, PRESSURE, LON[:, None], LAT[:, None])
CONSERVATIVE = gsw.CT_from_pt(ABSOLUTE, POTENTIAL)
PAIRS = {
    "potential and practical": (POTENTIAL, "potential", PRACTICAL, "practical"),
    "conservative and absolute": (CONSERVATIVE, "conservative", ABSOLUTE, "absolute"),
    "conservative and practical": (CONSERVATIVE, "conservative", PRACTICAL, "practical"),
    "potential and absolute": (POTENTIAL, "potential", ABSOLUTE, "absolute"),
}
NAMES = {"potential": "sea_water_potential_temperature",
         "conservative": "sea_water_conservative_temperature",
         "practical": "sea_water_practical_salinity",
         "absolute": "sea_water_absolute_salinity"}  # fmt: skip


def casts(path: Path, pair: str, vertical: str, units: str) -> Path:
    temperature, kind, salinity, salt = PAIRS[pair]
    scale = {"kg kg-1": 1e-3}.get(units, 1)
    down = {"depth": (np.tile(DEPTH, (3, 1)), "m"), "sea_water_pressure": (PRESSURE, "dbar")}
    variables: dict[str, tuple[NDArray, str, str]] = {
        "t": (temperature, "degC", NAMES[kind]),
        "s": (salinity * scale, units, NAMES[salt]),
        "v": (*down[vertical], vertical),
    }
    xr.Dataset(
        {
            name: (("cast", "level"), values, {"units": unit, "standard_name": standard})
            for name, (values, unit, standard) in variables.items()
        },
        {
            "lat": ("cast", LAT, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("cast", LON, {"units": "degrees_east", "standard_name": "longitude"}),
            "time": ("cast", [10.0, 11, 12], {"units": "days since 2008-01-01",
                                              "standard_name": "time"}),
        },
    ).to_netcdf(path)  # fmt: skip
    return path


def rows(path: Path, pair: str, vertical: str, units: str) -> Path:
    temperature, kind, salinity, salt = PAIRS[pair]
    title = {"potential": "temperature", "conservative": "conservative_temperature",
             "practical": "salinity", "absolute": "Absolute Salinity"}  # fmt: skip
    down = {"depth": np.tile(DEPTH, (3, 1)), "sea_water_pressure": PRESSURE}[vertical]
    scale = {"kg kg-1": 1e-3}.get(units, 1)
    lines = [f"latitude,longitude,{vertical},{title[kind]},{title[salt]} ({units}),time"]
    lines += [
        f"{LAT[i]},{LON[i]},{down[i, k]:.9f},{temperature[i, k]:.9f},"
        f"{salinity[i, k] * scale:.9f},2008-01-{11 + i}"
        for i in range(3) for k in range(3)
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("written", [casts, rows])
@pytest.mark.parametrize("vertical", ["depth", "sea_water_pressure"])
@pytest.mark.parametrize("units", ["g kg-1", "kg kg-1"])
@pytest.mark.parametrize("pair", PAIRS)
def test_every_pair_of_profiles_and_tables_is_the_same_water(
    tmp_path: Path, written, vertical: str, units: str, pair: str
) -> None:
    found = read_profiles(written(tmp_path / "f", pair, vertical, units))
    np.testing.assert_allclose(found.thetao, POTENTIAL, atol=2e-4)
    np.testing.assert_allclose(found.so, PRACTICAL, atol=1e-4)
    notes = Account.from_json(found.attrs["account"]).notes
    assert ("absolute salinity is converted to practical" in notes) == ("absolute" in pair)


def test_both_salinities_of_a_table(tmp_path: Path) -> None:
    head = "lat,lon,depth,temperature,salinity,salinity_qc,absolute_salinity,absolute_salinity_qc"
    (tmp_path / "f.csv").write_text(f"{head}\n40,-30,5,18,36,1,36.17,4\n")
    found = read_profiles(tmp_path / "f.csv")
    assert found.so.item() == 36
    (tmp_path / "f.csv").write_text(
        "lat,lon,depth,temperature,absolute_salinity,absolute_salinity_qc\n40,-30,5,18,36.17,4\n"
    )
    assert np.isnan(read_profiles(tmp_path / "f.csv").so.item())


def field(pair: str, **attributes: str) -> xr.Dataset:
    plain = sst()
    shape = np.ones((1, 3, plain.sizes["lat"], plain.sizes["lon"]))
    pressure = gsw.p_from_z(-DEPTH[:, None, None], plain.lat.values[:, None])
    potential = POTENTIAL[0][:, None, None] * shape
    practical = PRACTICAL[0][:, None, None] * shape
    absolute = gsw.SA_from_SP(practical, pressure, plain.lon.values, plain.lat.values[:, None])
    _, kind, _, salt = PAIRS[pair]
    temperature = gsw.CT_from_pt(absolute, potential) if kind == "conservative" else potential
    dims = ("time", "lev", "lat", "lon")
    salinity = absolute if salt == "absolute" else practical
    return xr.Dataset(
        {
            "t": (dims, temperature, {"units": "degC", "standard_name": NAMES[kind]}),
            "s": (dims, salinity, {"units": "g kg-1", "standard_name": NAMES[salt]} | attributes),
        },
        plain.coords | {"lev": ("lev", DEPTH, {"units": "m", "axis": "Z"})},
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_every_pair_of_fields_is_the_same_water(tmp_path: Path, pair: str) -> None:
    found = read(tmp_path, field(pair), "thetao").thetao.values[0]
    np.testing.assert_allclose(found, POTENTIAL[0][:, None, None] + 0 * found, atol=2e-4)


def test_other_salinities_convert_nothing(tmp_path: Path) -> None:
    dataset = field("conservative and absolute", standard_name="sea_water_preformed_salinity")
    with pytest.raises(BadData, match="conservative, without a salinity"):
        read(tmp_path, dataset, "thetao")
