"""Several workers on this machine: processes of their own, which share nothing but the study."""

import os
import signal
import subprocess
import sys
import time

from thermocline.errors import BadConfig
from thermocline.tuning.storage import Storage

WORKER = "THERMOCLINE_WORKER"
"""Set in workers: the process that starts them speaks for all."""
ADDRESS = "THERMOCLINE_STORAGE"
"""The environment variable workers take the study's address from: a command line can be read by
everyone on the machine, and the address may hold a password."""


def run_workers(system: str, trials: int, steps: int, address: str, count: int) -> None:
    """Run `thermocline sweep` in `count` processes at once, and wait; stopping this stops them.

    Raises:
        BadConfig: for a storage that serves one worker.
    """
    place = Storage.parse(address)
    if not place.shared:
        raise BadConfig(
            f"{place.kind} serves one worker, not {count}",
            where=place.shown,
            fix="use --storage postgresql://USER:PASSWORD@HOST/NAME",
        )
    print(f"{count} workers start; that takes a while on few cores", flush=True)
    threads = max(1, (os.cpu_count() or 1) // count)
    environment = {"OMP_NUM_THREADS": str(threads), **os.environ, ADDRESS: address, WORKER: "1"}
    command = [sys.executable, "-m", "thermocline.cli", "sweep", system]
    command += ["--trials", str(trials), "--steps", str(steps)]
    workers = [subprocess.Popen(command, env=environment) for _ in range(count)]
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for worker in workers:
            worker.wait()
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
