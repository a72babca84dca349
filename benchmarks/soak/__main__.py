"""Mixed requests at capacity for a long time, with a worker killed midway.

    python -m benchmarks.soak [--minutes 30] [--models build/models]

Run `make demo` first. Serves the demo's models and keeps them busy: small questions as JSON, as
NetCDF and with an uploaded table, bad questions, probes, tasks large and small, and a burst of more
requests than are let in, once a minute. Midway the worker is killed. Printed: answers by kind and
status; memory of all the service's processes, grown since the warm-up, before and after the kill;
after how long the service was ready again; and what became of the tasks, each of which must end
once, with the answer that the same question has without a kill. Exit code 1 if anything is amiss.
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path

import psutil
from benchmarks.served import models_in, served
from benchmarks.soak.load import LARGE, SMALL, Soak
from benchmarks.soak.processes import megabytes
from benchmarks.soak.results import grown, kept, outcomes, report

from thermocline import predict, systems

CLIENTS = 8
REPLACED = 10.0
"""Seconds until a killed worker is replaced."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    given = parser.parse_args()
    before = os.getloadavg()[0]
    examples = {}
    for system, endpoint in systems.endpoints():
        if endpoint.route in (SMALL, LARGE):
            model = predict.load_model(given.models / system)
            examples[endpoint.route] = endpoint.example(model.model)
    seconds = 60 * given.minutes
    with served(models_in(given.models)) as running:
        process, began = psutil.Process(running.process.pid), time.time()
        soak = Soak(running, examples, began + seconds)
        threads = [threading.Thread(target=soak.client, args=(n,)) for n in range(CLIENTS)]
        threads.append(threading.Thread(target=soak.bursts))
        for each in threads:
            each.start()
        memory, took = [], 0.0
        while any(each.is_alive() for each in threads):
            memory.append((time.time() - began, megabytes(process)))
            if not took and time.time() - began > seconds / 2:
                took = soak.kill(process)
                back = time.time() - began
            time.sleep(2)
        ends, wrong = outcomes(soak)
        records, answers = kept(running.log.parent / "tasks")
    print(f"{given.minutes:g} minutes, {CLIENTS} clients; load of the machine ", end="")
    print(f"{before:.1f} before, {os.getloadavg()[0]:.1f} after")
    failed = [report(soak), bool(wrong)]
    halves = {"before the kill": (0.0, seconds / 2), "after it": (back, seconds)}
    failed += [grown(name, memory, *half) for name, half in halves.items()]
    large = sum(route == LARGE for route, _ in soak.tasks.values())
    print(f"\nthe killed worker was replaced after {took:.1f} s (at most {REPLACED:g})")
    print(f"{len(soak.tasks)} tasks accepted, {records} kept; they ended as {dict(ends)}")
    print(f"answers that differ from others of the same question: {wrong}")
    print(f"{large} large tasks accepted, {answers} answers of such were computed")
    failed += [took > REPLACED, records != len(soak.tasks), set(ends) != {"finished"}]
    failed += [not large <= answers <= large + 1]  # one may have been about to be kept
    sys.exit(any(failed))


if __name__ == "__main__":
    main()
