"""A provider, and a folder to fetch into; no waiting between attempts."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
import xarray as xr
from provider import Provider, serving

from thermocline.fetch import download, server


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Provider]:
    """A server that imitates those of providers."""
    monkeypatch.setattr(server, "WAIT", 0.0)
    monkeypatch.setattr(download, "BLOCK", 10)  # so that little is enough to be gone on with
    monkeypatch.chdir(tmp_path)
    with serving() as made:
        yield made


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


@pytest.fixture
def netcdf(tmp_path: Path) -> bytes:
    """A small map of sea surface temperature."""
    path = tmp_path / "made.nc"
    coords = {"lat": [0.0, 1.0], "lon": [10.0, 11.0]}
    field = xr.DataArray(np.full((2, 2), 20.0), coords, ("lat", "lon"), attrs={"units": "degC"})
    field.to_dataset(name="sst").to_netcdf(path)
    return path.read_bytes()
