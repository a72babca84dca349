"""What an upload's reader may do, good and bad. Light: processes that read import it."""

import os
import resource
import signal
import sys
import time
from pathlib import Path

import cftime
import numpy as np
import xarray as xr

from thermocline.errors import BadData, shown


def count(path: Path) -> xr.Dataset:
    """The words of a text; the process aborts at one of them, as a broken library makes it."""
    words = path.read_text().split()
    if "abort" in words:
        os.abort()
    return xr.Dataset({"count": ((), float(len(words)))})


def fault(path: Path, number: int) -> xr.Dataset:
    """End this process by a signal."""
    os.kill(os.getpid(), number)
    raise AssertionError


def spin(path: Path) -> xr.Dataset:
    """Compute for ever."""
    while True:
        pass


def sleep(path: Path) -> xr.Dataset:
    """Wait for ever, deaf to Python's own signal handling."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    time.sleep(1000)
    raise AssertionError


def begin(path: Path) -> xr.Dataset:
    """Leave an empty file that names this process beside the upload, and wait for ever."""
    path.with_name(f"began-{os.getpid()}").touch()
    return sleep(path)


def fill(path: Path) -> xr.Dataset:
    """Two gigabytes."""
    return xr.Dataset({"x": ("n", np.ones(2**28))})


def write(path: Path) -> xr.Dataset:
    """A file beside the upload."""
    path.with_name("written").write_bytes(b"1")
    raise AssertionError


def lie(path: Path) -> xr.Dataset:
    """Send what is no answer, in place of it."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            os.write(int(name), b"\xff" * 64)
        except OSError:
            continue
    os._exit(0)


def refuse(path: Path) -> xr.Dataset:
    """With a value of the file in its words."""
    raise BadData(f"{shown('secret')} is odd", where=path.name, fix=f"look at {path}")


def facts(path: Path, number: int, text: str | None, array: np.ndarray) -> xr.Dataset:
    """What was given, and values of every kind."""
    dates = [cftime.DatetimeNoLeap(2001, 2, 28, 12), cftime.DatetimeNoLeap(2001, 3, 1)]
    return xr.Dataset(
        {
            "array": (("y", "x"), array),
            "names": ("n", np.array(["a", "βγδ"], object), {"long_name": "Names"}),
            "flags": ("n", np.array([True, False])),
            "none": (("n", "m"), np.zeros((2, 0), np.float32)),
            "when": ("n", np.array(["2001-01-01", "NaT"], "datetime64[ns]")),
            "scalar": ((), np.float32(1.5)),
        },
        {"time": ("n", np.array(dates, object))},
        {"number": number, "text": str(text), "size": path.stat().st_size},
    )


def about(path: Path) -> xr.Dataset:
    """Of the process that reads: its number, and whether it was given what it must not have."""
    secret = any("TOKEN" in name for name in os.environ)
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    told = {"process": os.getpid(), "secret": int(secret), "limit": limit, "files": files}
    return xr.Dataset({name: ((), value) for name, value in told.items()})


def modules(path: Path) -> xr.Dataset:
    """Whether networks were imported here."""
    return xr.Dataset({"torch": ((), "torch" in sys.modules)})
