"""Answers that end before they are written: nothing is left but what one can go on from."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
import xarray as xr
from tiny_superres import coarse_sst, save_tiny_superres

from thermocline.predict.unfinished import LOCK, held

SCRIPT = """
import os, signal, sys
from thermocline.cli import main
from thermocline.systems.superres.model.method import Superresolver

def analyse(*given, **options):
    os.kill(os.getpid(), signal.{signal})

Superresolver.analyse = analyse
sys.argv = ["thermocline", "superresolve", {file!r}, "-o", {output!r}, "--model", {model!r}]
main()
"""


def ended(python: str, folder: Path, name: str, file: Path, model: Path) -> int:
    said = {"file": str(file), "output": str(folder / "k.nc"), "model": str(model)}
    script = SCRIPT.format(signal=name, **said)
    run = [python, "-c", script]
    return subprocess.run(run, env=os.environ, cwd=folder, capture_output=True).returncode


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_superres(tmp_path_factory.mktemp("model") / "superres")


def test_a_command_that_is_ended_leaves_nothing(
    tmp_path: Path, model: Path, warm_python: str
) -> None:
    (given := tmp_path / "given").mkdir()
    (out := tmp_path / "out").mkdir()
    dataset: xr.Dataset = coarse_sst(rows=12, columns=12)
    dataset.to_netcdf(given / "sst.nc")
    assert ended(warm_python, out, "SIGTERM", given / "sst.nc", model) == 143
    assert list(out.iterdir()) == []
    assert ended(warm_python, out, "SIGKILL", given / "sst.nc", model) == -signal.SIGKILL
    (left,) = out.glob("k.nc.unfinished-*")
    assert [file.name for file in left.iterdir()] == [LOCK]
    dataset.sst[:] = dataset.sst + 1  # another question, whose folder has another name
    dataset.to_netcdf(given / "sst.nc")
    assert ended(warm_python, out, "SIGTERM", given / "sst.nc", model) == 143
    assert [file for file in out.iterdir() if not file.name.startswith(".")] == []


def test_folders_with_something_in_them_or_held_stay(tmp_path: Path) -> None:
    kept, busy, gone, other = (
        tmp_path / f"{name}.unfinished-{letter * 12}"
        for name, letter in (("a.nc", "1"), ("a.nc", "2"), ("a.nc", "3"), ("b.nc", "4"))
    )
    for folder in (kept, gone, other):
        folder.mkdir()
        (folder / LOCK).touch()
    (kept / "0000.safetensors").write_bytes(b"a part")
    (gone / ".0000.pid999999999-x.safetensors").write_bytes(b"half a part")
    with held(busy), held(tmp_path / f"a.nc.unfinished-{'5' * 12}"):
        assert kept.is_dir() and busy.is_dir() and other.is_dir() and not gone.exists()
    assert sorted(tmp_path.iterdir()) == [kept, other]
