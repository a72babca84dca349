"""Files and folders that are either whole or absent, JSON among them."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from typing import Any

from thermocline.errors import ThermoclineError, of_the_machine
from thermocline.files.temporaries import beside_path

LEAST_FREE = 1 << 20
"""Bytes; a disk with less is full."""


@contextmanager
def atomic_path(path: str | Path, *, replace: bool = True) -> Iterator[Path]:
    """Yield a temporary file name beside `path`; rename it to `path` if the block succeeds.

    Without `replace`, a file that is there by then is left as it is.

    A killed process leaves at most a hidden temporary file, never half of `path`. The
    temporary name keeps the suffix, so that writers which look at it work.
    """
    path = Path(path)
    temporary = beside_path(path, path.suffix)
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
    temporary = beside_path(path)
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


def _withheld() -> int:
    """The umask: the rights that this process gives nobody, or not to all."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
        return int(status.partition("\nUmask:")[2].split()[0], 8)
    except (OSError, IndexError):  # it can only be set; strictly, as other threads may make files
        before = os.umask(0o077)
        os.umask(before)
        return before
