"""Temporary files and folders, beside what they are for; those of killed processes are removed."""

import glob
import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thermocline.files.processes import may_live, this_process


@contextmanager
def scratch_directory(beside: str | Path) -> Iterator[Path]:
    """A hidden folder beside a path while the block runs; one that a killed process left is removed
    when the next is made for the same path.
    """
    beside = Path(beside)
    folder = beside_path(beside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_directory() -> Iterator[str]:
    """A folder among the system's temporary ones while the block runs.

    Those that killed processes of this machine left are removed when the next is made.
    """
    with scratch_directory(Path(tempfile.gettempdir()).resolve() / "thermocline") as folder:
        yield str(folder)


def beside_path(path: Path, suffix: str | None = None) -> Path:
    """A new temporary beside `path`: a file with a suffix, or else a folder.

    What keeps it from being made is said of `path`, the name that people know.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if suffix is None:
            return Path(tempfile.mkdtemp(prefix=_prefix(path), dir=path.parent))
        handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=suffix, dir=path.parent)
    except OSError as problem:
        problem.filename = str(path)
        raise
    os.close(handle)
    return Path(name)


def _prefix(path: Path) -> str:
    """How the temporaries of this process for `path` begin; removes those of dead processes.

    Of this host's alone: whether a process of another one lives, nobody here can tell.
    """
    host = _host()
    for leftover in path.parent.glob(f".{glob.escape(path.stem)}.pid*.{host}-*"):
        owner = leftover.name.removeprefix(f".{path.stem}.pid").partition(".")[0]
        if not may_live(owner):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
    return f".{path.stem}.pid{this_process()}.{host}-"


def _host() -> str:
    """This host's name for file names: how it begins, and digits that tell it from the like."""
    name = socket.gethostname()
    digits = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9]', '_', name)[:12]}_{digits}"
