"""The process that forks readers, each of which reads one upload after another.

    python -m bento.uploads.forking NUMBER

NUMBER is an open socket. On it the service sends a socket for each reader that it wants, and the
name of the module that it used last, which is imported here, before the fork. A reader makes itself
ready and waits; by its own socket it is told what to read, and answers. It ends with what it
refuses, which may have left it in any state, after a number of uploads, and when the service wants
no answer any more, and has it killed here. This process opens no upload itself, computes on one
thread, as only such a process may fork, and ends with the service.
"""

import gc
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import dask
import numpy as np
import xarray as xr

from bento.uploads import limits, wire
from thermocline.answers.reading import logger, reading
from thermocline.errors import ThermoclineError, withholding
from thermocline.files import temporary_directory
from thermocline.files.processes import signal_when_ends
from thermocline.sources import read_field, read_profiles

UPLOADS = 100
"""That one reader reads."""
LINES = 5
"""Most lines of a reader's log."""


def main() -> None:
    """Fork until the service closes its end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends this process, in its own time
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # what has ended keeps its process id: see `kill`
    dask.config.set(scheduler="synchronous")
    with temporary_directory() as folder:
        files = examples(Path(folder))
        warm_up(files)
        gc.freeze()
        readers: dict[int, int] = {}
        while (order := receive(control)) is not None:
            number, module, upload = order
            forget_ended(readers)
            if upload is None:
                kill(readers, number)
                continue
            if module and module not in sys.modules:
                with suppress(Exception):  # a reader says so
                    import_module(module)
            parent, process = os.getpid(), os.fork()
            if process == 0:
                end_with(parent)
                control.close()
                serve(socket.socket(fileno=upload), files)
            os.close(upload)
            readers[number] = process


def receive(control: socket.socket) -> tuple[int, str, int | None] | None:
    """A reader's number, a module's name, and the reader's socket; None for one that is to end.

    None once the service has ended.
    """
    head, sent, _, _ = socket.recv_fds(control, wire.ORDER.size, 1)
    if len(head) < wire.ORDER.size:
        return None
    end, number, size = wire.ORDER.unpack(head)
    if not (end or sent):
        return None
    module = control.recv(size, socket.MSG_WAITALL).decode() if size else ""
    return number, module, None if end else sent[0]


def forget_ended(readers: dict[int, int]) -> None:
    """Take those that have ended out of the process ids of readers, by number."""
    for number, process in list(readers.items()):
        if os.waitpid(process, os.WNOHANG)[0]:
            del readers[number]


def kill(readers: dict[int, int], number: int) -> None:
    """End a reader, unless it is forgotten: until then nothing else has its process id."""
    if number in readers:
        os.kill(readers[number], signal.SIGKILL)


def end_with(parent: int) -> None:
    """Have this process killed when the one that forked it has ended, however that ended."""
    signal_when_ends(parent, signal.SIGKILL)


def serve(connection: socket.socket, files: Sequence[Path]) -> NoReturn:
    """Read uploads in this process, and end it."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):  # libraries repeat there what they read
            os.dup2(nowhere, stream)
        warm_up(files)  # so that memory shared with the other process is copied now
        limit = limits.Limit()
        for _ in range(UPLOADS):
            asked = wire.received(connection, limits.MEMORY)
            try:
                parts, good = answer(limit, *asked)
            except Exception:  # a fault of the house, not of the upload
                parts, good = wire.packed({"fault": traceback.format_exc()}), False
            for part in parts:
                connection.sendall(part)
            if not good or limit.nearly:
                break
    finally:
        os._exit(0)


def answer(
    limit: limits.Limit, text: bytes, rest: memoryview
) -> tuple[list[bytes | memoryview], bool]:
    """What `systems.reading.read` gives, or its refusal, as a message; and which of them.

    Args:
        text, rest: a message of a function's module and name, the upload's path, what it should
            be, limits of seconds, the function's other values, and the places of those that are
            arrays, which follow.
    """
    content, arrays = wire.unpacked(text, rest)
    module, name, file, wants, seconds, values, places = content
    for place, array in zip(places, arrays, strict=True):
        values[place] = array
    log: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: log.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        reader = getattr(import_module(module), name)
        with limit.to(*seconds), withholding(), reading(file, wants):
            content, found = wire.from_dataset(reader(Path(file), *values).load())
    except ThermoclineError as problem:
        words = problem.what, problem.where, problem.fix
        refused = {"refused": [type(problem).__name__, *words], "log": log[:LINES]}
        return wire.packed(refused), False
    finally:
        logger.removeHandler(handler)
    return wire.packed({"dataset": content, "log": log[:LINES]}, found), True


def examples(folder: Path) -> tuple[Path, Path]:
    """A field and a table of our own."""
    axes = {"lat": ("degrees_north", 4), "lon": ("degrees_east", 5)}
    made = xr.Dataset(
        {"tos": (tuple(axes), np.full((4, 5), 15.0), {"units": "degC"})},
        {name: (name, np.arange(float(size)), {"units": u}) for name, (u, size) in axes.items()},
    )
    made.to_netcdf(folder / "field.nc")
    table = "latitude,longitude,depth,temperature,date\n1,2,5,20,2008-03-01\n"
    (folder / "table.csv").write_text(table)
    return folder / "field.nc", folder / "table.csv"


def warm_up(files: Sequence[Path]) -> None:
    """Read the examples: whatever is imported, or made, at the first reading is so now."""
    field, table = files
    with suppress(ThermoclineError):
        read_profiles(table)
        with read_field(field, "tos") as opened:
            opened.load()


if __name__ == "__main__":
    main()
