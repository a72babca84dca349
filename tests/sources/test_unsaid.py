"""A standard name such as `unknown` says nothing, and what else a variable says counts."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from encoded_profiles import IN_SITU, Encoding, write
from stated_fields import TRUTH, read, sst

from thermocline.errors import BadData
from thermocline.sources import read_profiles

WORDS = ("unknown", "Unknown", "none", "N/A", "not_defined", "undefined", "-", "")


@pytest.mark.parametrize("name", WORDS)
def test_fields(tmp_path: Path, name: str) -> None:
    """As ERA5's sea surface temperature has it."""
    dataset = sst(TRUTH + 273.15, standard_name=name, units="K")
    dataset.lat.attrs["standard_name"] = name
    np.testing.assert_allclose(read(tmp_path, dataset).tos.values[0, 0], TRUTH, atol=0.01)


@pytest.mark.parametrize("name", WORDS)
def test_casts(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "f.nc", "instac", Encoding(vertical="depth"))
    with netCDF4.Dataset(path, "a") as file:
        for variable in ("TEMP", "PSAL"):
            file[variable].standard_name = name
    found = read_profiles(path)
    assert np.abs(found.thetao - IN_SITU).max() < 0.2 and np.isfinite(found.so).all()


def test_another_name_is_a_name(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="the temperature is air_temperature"):
        read(tmp_path, sst(standard_name="air_temperature"))
