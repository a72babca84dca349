"""Several workers on this machine: processes of their own, which share nothing but the study."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

ADDRESS = "THERMOCLINE_STORAGE"
"""The environment variable workers take the study's address from: a command line can be read by
everyone on the machine, and the address may hold a password."""


def run_workers(arguments: Sequence[str], count: int, address: str) -> list[int]:
    """Run `thermocline <arguments>` `count` times at once, and wait; their exit statuses.

    Stopping this process stops them.
    """
    threads = max(1, (os.cpu_count() or 1) // count)
    environment = {"OMP_NUM_THREADS": str(threads), **os.environ, ADDRESS: address}
    command = [sys.executable, "-m", "thermocline.cli", *arguments]
    workers = [subprocess.Popen(command, env=environment) for _ in range(count)]
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return [worker.wait() for worker in workers]
    finally:
        signal.signal(signal.SIGTERM, previous)
        _stop(workers)


def _stop(workers: list[subprocess.Popen[bytes]]) -> None:
    """Interrupt those that are still at work, so that they give their trials back."""
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 20
    for worker in workers:
        try:
            worker.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
