"""Files that are either whole or absent, JSON among them, and the digests that identify them."""

import glob
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.errors import BadFile, ThermoclineError, of_the_machine
from thermocline.files.processes import may_live, this_process

LEAST_FREE = 1 << 20
"""Bytes; a disk with less is full."""


def files_of(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that match, sorted; raises BadFile if there is none."""
    found = sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))
    if not found:
        raise BadFile(f"no {pattern} here", where=str(folder), fix="run `dvc pull` or `make data`")
    return found


@contextmanager
def atomic_path(path: str | Path, *, replace: bool = True) -> Iterator[Path]:
    """Yield a temporary file name beside `path`; rename it to `path` if the block succeeds.

    Without `replace`, a file that is there by then is left as it is.

    A killed process leaves at most a hidden temporary file, never half of `path`. The
    temporary name keeps the suffix, so that writers which look at it work.
    """
    path = Path(path)
    temporary = _beside(path, path.suffix)
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_withheld())
        if replace:
            temporary.replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
    except Exception as problem:
        _say_if_full(path, problem)
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_directory(path: str | Path) -> Iterator[Path]:
    """Like `atomic_path`, for a folder; an existing folder of that name is replaced."""
    path = Path(path)
    temporary = _beside(path)
    try:
        yield temporary
        withheld = _withheld()
        temporary.chmod(0o777 & ~withheld)
        for file in temporary.rglob("*"):  # some writers leave files only their owner may read
            file.chmod((0o777 if file.is_dir() else 0o666) & ~withheld)
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    except Exception as problem:
        _say_if_full(path, problem)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def json_text(content: Any, **options: Any) -> str:
    """A value as the text of one of our JSON files; `options` are those of `json.dumps`."""
    return json.dumps(content, indent=1, **options) + "\n"


def write_json(path: str | Path, content: Any, **options: Any) -> None:
    """Write a value as a JSON file, whole or not at all; see `json_text`."""
    write_text(path, json_text(content, **options))


def read_object(path: str | Path) -> dict[str, Any]:
    """The object in a JSON file; {} if there is no file, or it holds no object."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _say_if_full(path: Path, problem: Exception) -> None:
    if not isinstance(problem, ThermoclineError):
        say_if_full(path, problem)


def say_if_full(path: Path, problem: Exception) -> None:
    """Raise that the disk of a path is full, if it is: few libraries, or programs, say so when they
    cannot write.
    """
    if shutil.disk_usage(path.parent).free < LEAST_FREE:
        raise of_the_machine(OSError(ENOSPC, "", str(path))) from problem


@contextmanager
def scratch_directory(beside: str | Path) -> Iterator[Path]:
    """A hidden folder beside a path while the block runs; one that a killed process left is removed
    when the next is made for the same path.
    """
    beside = Path(beside)
    folder = _beside(beside)
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


def _beside(path: Path, suffix: str | None = None) -> Path:
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


def _withheld() -> int:
    """The umask: the rights that this process gives nobody, or not to all."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
        return int(status.partition("\nUmask:")[2].split()[0], 8)
    except (OSError, IndexError):  # it can only be set; strictly, as other threads may make files
        before = os.umask(0o077)
        os.umask(before)
        return before


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


def sha256_file(path: str | Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_tree(folder: Path, skip: Iterable[str] = ()) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path there, in order of these paths.

    Args:
        skip: names of files, and of folders, that are left out.
    """
    skip = set(skip)
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    kept = sorted(name.as_posix() for name in names if skip.isdisjoint(name.parts))
    return {name: sha256_file(folder / name) for name in kept}


def sha256_arrays(*arrays: np.ndarray) -> str:
    """SHA-256 over dtype, shape and values of arrays: of the content, not of its storage."""
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
