"""SIGTERM as Python's own end of a program, so that what is unfinished is cleaned up."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Within it, SIGTERM raises SystemExit (143), as Ctrl-C raises KeyboardInterrupt.

    Otherwise the process is gone at once, and leaves its scratch files.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is sent signals
        return
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
