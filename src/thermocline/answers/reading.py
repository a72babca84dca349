"""Reading of uploads: within this process, or by whatever `reading_elsewhere` names in its place.

A strange file may exhaust memory or time, or crash the library that reads it. So all that opens
an upload are functions of modules that are given a path and plain values, and give a dataset in
memory: the service has such functions run in a process of their own, with limits.
"""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate

from thermocline.concurrency import FILES
from thermocline.errors import BadFile, ThermoclineError, holding

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger("thermocline.service")

Reader = Callable[Concatenate[Path, ...], "xr.Dataset"]
"""A function at the top of a module; see `read`."""
Elsewhere = Callable[[Reader, Path, str, tuple[Any, ...]], "xr.Dataset"]
"""Does what `read` does with its arguments, in another process."""

_ELSEWHERE: ContextVar[Elsewhere | None] = ContextVar("elsewhere", default=None)
_REMEMBERED: ContextVar[dict[Any, "xr.Dataset"] | None] = ContextVar("remembered", default=None)


def reading_elsewhere(elsewhere: Elsewhere) -> AbstractContextManager[None]:
    """Within it, on this thread, `read` hands its work to `elsewhere`."""
    return holding(_ELSEWHERE, elsewhere)


def remembering(files: "dict[Any, xr.Dataset]") -> AbstractContextManager[None]:
    """Within it, on this thread, `read` keeps what it makes of files, and makes nothing twice.

    A file that changes meanwhile is read again.
    """
    return holding(_REMEMBERED, files)


def read(reader: Reader, file: Path, wants: str, *values: Any) -> "xr.Dataset":
    """What `reader(file, *values)` makes of a file.

    Args:
        reader: gives a dataset whose values are in memory: numbers, texts, and times (datetime64
            or cftime). Its attributes are texts and numbers.
        wants: what the file should be, such as "a gridded NetCDF".
        values: None, texts, numbers and arrays.

    Raises:
        BadFile: if it cannot be read.
        ThermoclineError: whatever else the reader finds wrong.
    """
    elsewhere = _ELSEWHERE.get()
    if elsewhere is not None:
        return elsewhere(reader, Path(file), wants, values)
    # What depends on other values, such as the date, differs from question to question.
    remembered, key = None if values else _REMEMBERED.get(), (reader, Path(file), *_state(file))
    if remembered is not None and key in remembered:
        return remembered[key].copy()
    with reading(file, wants):
        found = reader(Path(file), *values)
    if remembered is not None:
        remembered[key] = found.copy()
    return found


def _state(file: Path) -> tuple[int, ...]:
    """What changes when a file is written anew; nothing of one that is not there."""
    try:
        found = Path(file).stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def reading(file: Any, wants: str) -> Iterator[None]:
    """Whatever a strange file does to a reader is the file's fault: any error becomes BadFile.

    One thread reads at a time (`concurrency.FILES`): values are read here, not later.

    Args:
        file: a path, or a dataset.
        wants: what it should be; see `read`.
    """
    try:
        with FILES:
            yield
    except ThermoclineError:
        raise
    except Exception as problem:
        # The error's own words may repeat the file, or name files of this machine.
        last = traceback.extract_tb(problem.__traceback__)[-1]
        place = f"{Path(last.filename).name}, line {last.lineno}"
        logger.warning("reading a file failed: %s in %s", type(problem).__name__, place)
        raise BadFile(
            f"cannot be read ({type(problem).__name__})",
            where=Path(file).name if isinstance(file, str | Path) else "dataset",
            fix=f"give {wants}",
        ) from problem
