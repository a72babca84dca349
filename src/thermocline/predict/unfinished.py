"""The folder beside an answer's file that holds its finished parts until it is written.

Its name is that of the file, `.unfinished-`, and twelve digits of a digest of all that decides the
answer: the same question to the same model goes on from it, another never looks into it.
"""

import fcntl
import inspect
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from glob import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from thermocline.errors import BadFile
from thermocline.files import sha256_file
from thermocline.predict.asked import asked, digest
from thermocline.predict.identity import ServedModel
from thermocline.systems.endpoint import Endpoint, Options

if TYPE_CHECKING:
    from pydantic import BaseModel

logger = logging.getLogger("thermocline")

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "torch")
"""Those whose versions decide how numbers are rounded."""
LOCK = "lock"
PART = {"box", "depths", "quantiles", "keep_members"}
"""Fields that say which part of an answer is wanted: finished parts may serve another one, too."""


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """The folder, for one process at a time; removed if the block succeeds, or left nothing in it.

    Folders of other answers to the same file in which a killed process left nothing go, too.

    Raises:
        BadFile: if another process is at it, or no file can be written there.
    """
    for other in folder.parent.glob(f"{escape(folder.name.rpartition('-')[0])}-*"):
        if other != folder and _is_empty(other):
            with suppress(OSError), _locked(other) as alone:
                if alone and _is_empty(other):
                    shutil.rmtree(other, ignore_errors=True)
    try:
        _make(folder)
    except OSError as problem:
        raise BadFile(
            f"cannot be written to ({problem.strerror})",
            where=str(folder.parent),
            fix="name an output elsewhere",
        ) from None
    with _locked(folder) as alone:
        if not alone:
            raise BadFile(
                "another process is making the same answer",
                where=str(folder),
                fix="wait for it, or name another output",
            )
        try:
            yield folder
        except BaseException:
            if not _is_empty(folder):
                logger.warning("what is finished is kept in %s: ask again to go on", folder)
                raise
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path) -> None:
    """The folder and its lock; again if another answer, which found it empty, removed it."""
    for left in reversed(range(3)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / LOCK).touch()
            return
        except FileNotFoundError:
            if not left:
                raise


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether this process alone has the folder, while the block runs."""
    with (folder / LOCK).open("r+") as lock:  # of a killed process the system lets go
        alone = True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        # Who had it may have removed it in between.
        there = os.fstat(lock.fileno()).st_nlink > 0
        yield alone and there


def _is_empty(folder: Path) -> bool:
    """Whether there is nothing in it to go on from: only the lock, and halves of files."""
    return not any(file.name != LOCK for file in folder.glob("[!.]*"))


def unfinished_folder(
    served: ServedModel, endpoint: Endpoint, request: "BaseModel", path: Path, options: Options
) -> Path | None:
    """The folder beside `path` that belongs to this question, there or not.

    None for a model that has no digest, and for endpoints that keep nothing. A request that holds a
    dataset in place of a file is known by its other fields: what lies in the folder says itself of
    which values it is.
    """
    if not (endpoint.resumable and served.identity.digest):
        return None
    whole = request.model_copy(update=dict.fromkeys(PART & set(type(request).model_fields)))
    known = asked(endpoint, whole) | {
        "model": served.identity.digest,
        "options": [options.most_values],
        "code": [_code(PACKAGE), _code(Path(inspect.getfile(endpoint.answer)).parent)],
        "libraries": [version(name) for name in LIBRARIES],
    }
    return path.with_name(f"{path.name}.unfinished-{digest(known)[:12]}")


@cache
def _code(folder: Path) -> str:
    """Digest of the Python files below a folder."""
    files = sorted(folder.rglob("*.py"))
    return digest([f"{file.relative_to(folder)} {sha256_file(file)}" for file in files])
