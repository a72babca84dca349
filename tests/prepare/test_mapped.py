"""Large arrays are files that are mapped, and say the same as those in memory."""

import numpy as np
import pytest

from thermocline.errors import BadConfig
from thermocline.prepare.mapped import IN_MEMORY, stacked

ROWS = np.arange(60, dtype=np.float32).reshape(5, 3, 4)


def made(folder, digest="aaaa", rows=ROWS):
    return stacked(iter(rows), (5, 3, 4), lambda: folder / f"train-{digest}.npy")


def test_a_small_array_is_in_memory(tmp_path):
    found = made(tmp_path)
    assert np.array_equal(found, ROWS) and not isinstance(found, np.memmap)
    assert not list(tmp_path.iterdir())


def test_a_large_array_is_mapped_says_the_same_and_is_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv(IN_MEMORY, "0")
    folder = tmp_path / "states"
    found = made(folder)
    assert isinstance(found, np.memmap) and not found.flags.writeable
    assert np.array_equal(found, ROWS) and np.array_equal(found[[4, 0, 4]], ROWS[[4, 0, 4]])
    assert np.array_equal(made(folder, rows=()), ROWS)
    (folder / "validation-aaaa.npy").touch()
    assert np.array_equal(made(folder, "bbbb", ROWS + 1), ROWS + 1)
    assert {path.name for path in folder.iterdir()} == {"train-bbbb.npy", "validation-aaaa.npy"}


def test_what_is_cut_short_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(IN_MEMORY, "0")
    with pytest.raises(ValueError, match="shorter"):
        made(tmp_path, rows=ROWS[:3])
    assert not list(tmp_path.iterdir())


def test_a_limit_that_is_no_number_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(IN_MEMORY, "all")
    with pytest.raises(BadConfig, match="THERMOCLINE_IN_MEMORY_GB is 'all'"):
        made(tmp_path)
