"""The processes of a service, and their memory."""

from contextlib import suppress

import psutil


def worker(process: psutil.Process) -> psutil.Process:
    """The process that answers: it is the one that has the readers of uploads."""
    for child in process.children():
        if any("bento.uploads.forking" in each.cmdline() for each in child.children()):
            return child
    raise RuntimeError("no worker")


def megabytes(process: psutil.Process) -> float:
    """Resident memory of all processes of the service; what readers share counts once."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            shared = each.memory_full_info()
            total += shared.pss / 1e6
    return total
