"""What threads have freed goes back to the system."""

import threading
import time

import psutil
import pytest
from bento.memory import Memory

from thermocline.memory import glibc

MEGABYTE = 2**20


def resident() -> float:
    return psutil.Process().memory_info().rss / MEGABYTE


def allocate() -> None:
    """Many pieces, too small for pages of their own, of which the last stays until the end."""
    pieces = [bytearray(50_000) for _ in range(2000)]
    del pieces[:-1]
    allocated.wait()
    done.wait()


THREADS = 4
allocated, done = threading.Barrier(THREADS + 1, timeout=120), threading.Event()


@pytest.mark.skipif(glibc("malloc_trim") is None, reason="no glibc")
def test_freed_memory_is_given_back() -> None:
    memory = Memory()
    threads = [threading.Thread(target=allocate) for _ in range(THREADS)]
    for each in threads:
        each.start()
    allocated.wait()
    before = resident()
    memory.freed()
    end = time.monotonic() + 60
    while resident() > before - 200 and time.monotonic() < end:
        time.sleep(0.1)
    after = resident()
    done.set()
    for each in threads:
        each.join()
    memory.close()
    assert after < before - 200, (before, after)
