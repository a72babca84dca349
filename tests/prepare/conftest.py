"""The tiny archive and a store made from it."""

import pytest
from tiny_archive import DATA, GRID, archive

from thermocline.prepare.store import Store
from thermocline.prepare.writer import write_store


@pytest.fixture
def tiny_store(tmp_path):
    write_store(tmp_path / "store.nc", archive(), GRID, DATA)
    return Store.open(tmp_path / "store.nc")
