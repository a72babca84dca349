"""The tiny archive and a store made from it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def tiny_store(tmp_path):
    from tiny_archive import DATA, GRID, archive

    from thermocline.prepare.store import Store
    from thermocline.prepare.writer import write_store

    write_store(tmp_path / "store.nc", archive(), GRID, DATA)
    return Store.open(tmp_path / "store.nc")
