"""Pickles are told by name and by content, whatever they are called, and nothing else is."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import shutil
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_model import save_tiny

from thermocline.errors import BadFile
from thermocline.predict import load_model
from thermocline.predict.manifest import PICKLES, check_manifest, write_manifest
from thermocline.predict.pickles import refuse_pickles, why_pickle

ROOT = Path(__file__).resolve().parents[2]


class Harmful:
    """Unpickling it would run a command."""

    def __reduce__(self):
        return os.system, ("false",)


def reason(tmp_path: Path, content: bytes, name: str = "notes.txt") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    return why_pickle(path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_under_innocent_names(tmp_path: Path, protocol: int) -> None:
    """Every protocol, plain data and calls; also cut off, or followed by something else."""
    for thing in ({"a": [1, 2.0, None]}, np.arange(3), Harmful(), [1] * 3000, "x", 5):
        assert reason(tmp_path, pickle.dumps(thing, protocol)), thing
    call = pickle.dumps(Harmful(), protocol)
    assert reason(tmp_path, call[:-1]) and reason(tmp_path, call + b"\nmore text")


def test_what_torch_and_joblib_write(tmp_path: Path) -> None:
    for new in (True, False):
        file = io.BytesIO()
        torch.save({"w": torch.ones(3)}, file, _use_new_zipfile_serialization=new)
        assert reason(tmp_path, file.getvalue(), "weights.safetensors")
    program = torch.export.export(torch.nn.Linear(2, 2), (torch.ones(1, 2),))
    torch.export.save(program, tmp_path / "model.pt2")
    assert ".pt2" in why_pickle(tmp_path / "model.pt2")
    (tmp_path / "model.pt2").rename(tmp_path / "model.safetensors")
    assert "zip" in why_pickle(tmp_path / "model.safetensors")
    dumped = pickle.dumps({"a": 1})
    for pack in (gzip.compress, bz2.compress, lzma.compress, zlib.compress):
        assert "compressed" in reason(tmp_path, pack(dumped))
    behind = io.BytesIO(b"# A text\n" * 100)
    with zipfile.ZipFile(behind, "a") as archive:
        archive.writestr("data.pkl", dumped)
    assert "zip" in reason(tmp_path, behind.getvalue())


@pytest.mark.parametrize("ending", sorted(PICKLES))
def test_names(tmp_path: Path, ending: str) -> None:
    assert ending in reason(tmp_path, b"harmless", f"a{ending}")
    assert reason(tmp_path, b"harmless", f"a{ending.upper()}")


def test_what_is_no_pickle(tmp_path: Path) -> None:
    """Texts that begin like opcodes; safetensors whose length reads like a protocol; our files."""
    texts = ["", "N.B. this is text", "import os\nimport sys\n", "class A:\n    pass\n", "x^2 + 1"]
    texts += [
        "0.5",
        '{"a": 1}',
        "---\nlicense: apache-2.0\n",
        "(a) first.",
        "I am\n.",
    ]
    for text in texts:
        assert not reason(tmp_path, text.encode()), text
    for size in (0x280, 0x380, 0x480, 0x580):
        header = b"{}".ljust(size)
        assert not reason(tmp_path, size.to_bytes(8, "little") + header, "w.safetensors")
    for folder in ("src", "bento", "pipelines", "tests/systems/golden"):
        for path in (ROOT / folder).rglob("*"):
            assert not path.is_file() or not why_pickle(path), path


@pytest.mark.parametrize("name", ["model.pt2", "extra.pkl", "note"])
def test_refused_at_load(tmp_path: Path, name: str) -> None:
    """Put among a model's files: refused with a manifest that lists it, and without any."""
    folder = save_tiny(tmp_path / "model")
    load_model(folder)
    (folder / name).write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(BadFile, match=f"{name}.*pickle"):
        load_model(folder)
    write_manifest(folder)
    for load in (load_model, check_manifest):
        with pytest.raises(BadFile, match=f"{name}.*pickle"):
            load(folder)
    (folder / name).unlink()
    shutil.copytree(folder, tmp_path / "clean")
    refuse_pickles(tmp_path / "clean")
