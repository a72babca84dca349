"""Temporaries of dead processes are removed, but only by the host whose processes they were."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from thermocline.files import (
    atomic_directory,
    atomic_path,
    scratch_directory,
    temporary_directory,
)

Kind = Callable[[Path], AbstractContextManager[Path]]
KINDS: list[Kind] = [atomic_path, atomic_directory, scratch_directory]
DEAD = 999_999_999
"""No process has this number."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The name of this host; to be changed."""
    named = ["node-1.cluster"]
    monkeypatch.setattr(socket, "gethostname", lambda: named[0])
    yield named


def made(kind: Kind, path: Path, process: int) -> Path:
    """A temporary as this host's process of that number leaves it when it is killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "getpid", lambda: process)
        with kind(path) as temporary:
            left = temporary
            if temporary.is_file():
                temporary.write_text("whole")
    if kind is atomic_path:
        path.unlink()
        left.write_text("half")
    else:
        shutil.rmtree(path, ignore_errors=True)
        left.mkdir()
    return left


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", ["node-2.cluster", "node-1", "a" * 70, "b/ä*[-.pid1-", ""])
def test_another_host_s_temporaries_stay(
    kind: Kind, other: str, tmp_path: Path, host: list[str]
) -> None:
    """Whatever it is called: here nobody knows whether the process is dead."""
    own = made(kind, tmp_path / "a.nc", DEAD)
    host[0] = other
    theirs = made(kind, tmp_path / "a.nc", DEAD)
    assert own.exists() and theirs.exists() and len(theirs.name) < 70
    with kind(tmp_path / "a.nc") as temporary:
        temporary.touch()
        assert own.exists() and not theirs.exists()
    host[0] = "node-1.cluster"
    with kind(tmp_path / "a.nc") as temporary:
        temporary.touch()
        assert not own.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_living_process_s_and_those_without_a_host_stay(
    kind: Kind, tmp_path: Path, host: list[str]
) -> None:
    living = made(kind, tmp_path / "a.nc", os.getppid())
    unnamed = tmp_path / f".a.pid{DEAD}-x.nc"
    unnamed.write_text("of no host that is known")
    with kind(tmp_path / "a.nc") as temporary:
        temporary.touch()
        assert living.exists() and unnamed.exists()


def test_hosts_whose_names_begin_alike_are_told_apart(host: list[str], tmp_path: Path) -> None:
    host[0] = "a-very-long-name-of-node-1"
    first = made(atomic_path, tmp_path / "a.nc", DEAD)
    host[0] = "a-very-long-name-of-node-2"
    with atomic_path(tmp_path / "a.nc"):
        assert first.exists()


def test_it_is_imported_where_there_is_no_fcntl() -> None:
    code = "import sys; sys.modules['fcntl'] = None; import thermocline.files"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_killed_command_s_temporary_folder_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it held; those of commands that live, and of others, stay."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    code = """if True:
        import os, pathlib, signal
        from thermocline.files import temporary_directory
        with temporary_directory() as folder:
            (pathlib.Path(folder) / "model").mkdir()
            (pathlib.Path(folder) / "model/weights").write_bytes(bytes(1000))
            os.kill(os.getpid(), signal.SIGKILL)
    """
    (tmp_path / "thermocline-other").mkdir()
    subprocess.run([sys.executable, "-c", code], check=False)
    (left,) = tmp_path.glob(".thermocline.*")
    assert (left / "model/weights").exists()
    with temporary_directory() as first, temporary_directory() as second:
        assert not left.exists()
        assert Path(first).parent == tmp_path and Path(second).is_dir() and Path(first).is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["thermocline-other"]


def test_commands_have_no_other_temporary_folders() -> None:
    """But those of `files`, rebuilds, whose folders hold a lock, and what only tries a folder."""
    source = Path(__file__).resolve().parents[1] / "src"
    makers = {
        f"{path.parent.name}/{path.name}"
        for path in source.rglob("*.py")
        if "TemporaryDirectory(" in (text := path.read_text(encoding="utf-8")) or "mkdtemp(" in text
    }
    assert makers <= {
        *("files/temporaries.py", "rebuilding/worktree.py", "rebuilding/run_stages.py"),
        "endpoints/kept.py",
    }
