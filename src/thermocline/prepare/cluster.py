"""Dask: workers of this machine, or those of a scheduler that was started elsewhere.

Dask unpickles what its scheduler, workers and clients send each other: whoever reaches one of them
runs code there. A cluster of this machine listens on 127.0.0.1 alone and takes none but its own
certificate, which is made for the run; the address of a scheduler is trusted by whoever gives it.
"""

import logging
import pickle
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster, Security
from distributed.comm import CommClosedError
from distributed.utils import TimeoutError as DaskTimeout

from thermocline.errors import BadConfig
from thermocline.prepare.remote import call

HOST = "127.0.0.1"
PATIENCE = 5
"""Seconds until a scheduler answers."""
STARTING = 60
"""Seconds until a scheduler has a worker."""
ALLOCATION = {
    "MALLOC_ARENA_MAX": 1,
    "MALLOC_TRIM_THRESHOLD_": 2**25,
    "MALLOC_MMAP_THRESHOLD_": 2**25,
}
"""What glibc is told in workers. It keeps 32 MB of freed memory for the next array: Dask has it
give back all but 64 KB, and each field's pages are then made anew, which takes half as long again.
One arena, as one thread computes: each further one holds memory of its own."""
SETTINGS = {
    # Fields are read where they are used and written to a part's file: nothing is kept to spill.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.profile.enabled": False,  # it stops the work a hundred times a second
    **{f"distributed.nanny.pre-spawn-environ.{name}": told for name, told in ALLOCATION.items()},
    # No web pages, of nobody.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
Mapped = Callable[[Callable, Sequence[Any]], Generator[Any, None, None]]
"""`map` whose results come in order; close it."""


@contextmanager
def local(workers: int, memory: int) -> Iterator[Mapped]:
    """`map` on processes of this machine, with `memory` bytes each."""
    with (
        dask.config.set(SETTINGS),
        LocalCluster(
            workers,
            threads_per_worker=1,
            memory_limit=memory,
            host=HOST,
            scheduler_kwargs={"dashboard": False, "dashboard_address": f"{HOST}:0"},
            security=True,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield partial(_map, client)


@contextmanager
def connected(address: str) -> Iterator[Mapped]:
    """`map` on the workers of a scheduler.

    Raises:
        BadConfig: if it does not answer, or has no worker.
    """
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False, security=Security())
    except (OSError, DaskTimeout, ValueError, TypeError) as problem:
        raise BadConfig(
            f"no Dask scheduler answers ({type(problem).__name__})",
            where=address,
            fix="start one by `dask scheduler`, and give its address, such as tcp://127.0.0.1:8786",
        ) from problem
    with client:
        try:
            client.wait_for_workers(1, timeout=STARTING)
        except DaskTimeout as problem:
            raise BadConfig(
                f"the scheduler had no worker for {STARTING} seconds",
                where=address,
                fix=f"start some by `dask worker {address} --nthreads 1 --memory-limit 2GB`",
            ) from problem
        yield partial(_map, client)


def _map(client: Client, function: Callable, items: Sequence[Any]) -> Generator[Any, None, None]:
    work = [pickle.dumps((function, item)) for item in items]
    futures = [client.submit(call, each, pure=False) for each in work]
    address = str(client.scheduler.address) if client.scheduler else ""
    try:
        while futures:
            yield futures.pop(0).result()
    except KilledWorker as problem:
        raise BadConfig(
            "workers were killed again and again over one part: it may need more memory",
            where="data.prepare",
            fix="give more memory, or fewer workers",
        ) from problem
    except (DaskTimeout, CommClosedError) as problem:
        raise _lost(address) from problem
    except BaseException as problem:
        # Futures of a scheduler that went away; the class is one of several by Dask's version.
        if type(problem).__name__ in ("CancelledError", "FutureCancelledError"):
            raise _lost(address) from problem
        raise
    finally:
        client.cancel(futures)


def _lost(address: str) -> BadConfig:
    return BadConfig(
        "the scheduler went away",
        where=address,
        fix="start it and run prepare again: parts that are done are kept",
    )
