"""Every real Argo file goes through, or says clearly why not."""

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from asking import reconstruct

from thermocline.errors import BadObservations, ThermoclineError
from thermocline.predict import ServedModel, write_netcdf
from thermocline.systems.reconstruct.endpoints.tables import read_observations

REAL = os.environ.get("THERMOCLINE_REAL_DATA", "")
FOLDER = Path(REAL) / "profiles"
FILES = sorted([*FOLDER.glob("*.nc"), *FOLDER.glob("eqatlantic/*.nc")]) if REAL else []
# Delayed mode with every adjusted level flagged 4, whatever the raw flags say.
EMPTY = {"1900500_prof.nc", "1900561_prof.nc", "3900296_prof.nc", "3900564_prof.nc"}

pytestmark = pytest.mark.skipif(not REAL, reason="THERMOCLINE_REAL_DATA is not set: no real files")


def test_every_file(served: ServedModel, tmp_path: Path) -> None:
    """The usable ones come back as NetCDF; those without a good value are refused by name."""
    depth = served.model.depth
    failed, refused, used = [], set(), {}
    assert len(FILES) > 35
    for path in FILES:
        try:
            observations, month, _ = read_observations(path, depth)
            dataset = reconstruct(served, observations, month, members=2)
            written = write_netcdf(dataset, tmp_path / "answer.nc")
            with xr.open_dataset(written) as back:
                good = np.isfinite(back["thetao"].values)
                assert (good[0] == served.model.statistics.ocean).all()
                assert back["thetao"].attrs["units"] == "degree_Celsius"
                used[path.name] = int(back.attrs["observations_used"])
        except BadObservations as problem:
            assert problem.what and problem.fix, path.name
            refused.add(path.name)
        except (ThermoclineError, AssertionError) as problem:
            failed.append(f"{path.name}: {problem}")
    assert not failed, failed
    assert refused == EMPTY
    assert len(used) == len(FILES) - len(EMPTY) and min(used.values()) >= 1


def test_broken_files(served: ServedModel) -> None:
    for path in sorted((Path(REAL) / "broken").iterdir()):
        with pytest.raises(ThermoclineError) as caught:
            read_observations(path, served.model.depth, "2013-12")
        assert caught.value.what and caught.value.fix
