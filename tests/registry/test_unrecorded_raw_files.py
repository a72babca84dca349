"""Raw files that a system reads and DVC does not know are told when a model is registered."""

import logging
from pathlib import Path

import pytest

from thermocline.registry.origin.dvc_facts import folder_hash, md5_file
from thermocline.registry.origin.raw_files import raw_files


def test_a_file_that_is_not_in_the_record_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("thermocline"), "propagate", True)
    known, strange = (tmp_path / "data" / name for name in ("known.nc", "strange.nc"))
    known.parent.mkdir()
    known.write_text("1")
    recorded = folder_hash({"known.nc": md5_file(known)})
    (file,) = raw_files(tmp_path, "data", recorded, {known.resolve()})
    assert file.read and not caplog.records
    (file,) = raw_files(tmp_path, "data", recorded, {known.resolve(), strange.resolve()})
    assert not file.read and "strange.nc" in caplog.text and "dvc commit data.dvc" in caplog.text
