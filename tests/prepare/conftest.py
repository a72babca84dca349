"""The tiny archive and a store made from it."""

import pytest
from tiny_archive import DATA, GRID, archive

from thermocline.systems.reconstruct.data.prepare import write_states
from thermocline.systems.reconstruct.data.states import States


@pytest.fixture
def tiny_store(tmp_path):
    write_states(tmp_path / "store.nc", archive(), GRID, DATA)
    return States.open(tmp_path / "store.nc")
