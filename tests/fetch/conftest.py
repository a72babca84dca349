"""A provider, and a folder to fetch into; no waiting between attempts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from provider import Provider, serving

from thermocline.fetch import download


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Provider]:
    """A server that imitates those of providers."""
    monkeypatch.setattr(download, "WAIT", 0.0)
    monkeypatch.setattr(download, "BLOCK", 10)  # so that little is enough to be gone on with
    monkeypatch.chdir(tmp_path)
    with serving() as made:
        yield made


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made
