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
import json
import os
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import requests
from benchmarks.served import Served, models_in, ready, served

from thermocline import predict, systems
from thermocline.client import _body

SMALL, LARGE = "reconstruct", "superresolve"
CLIENTS, BURST = 8, 60
GROWTH, REPLACED = 0.05, 10.0
"""Share that memory may grow by, and seconds until a killed worker is replaced."""
REFUSED = {"bad": {400, 422}}
"""Statuses that are right beside 200 to 202, by kind of request."""


class Soak:
    """Asks until `end`, and keeps count.

    Attributes:
        seen: answers by kind and status; 0 for a connection that was lost.
        tasks: route and seed of every task that was accepted, by its id.
        killed: between a kill and the time that the service is ready again.
    """

    def __init__(self, running: Served, examples: dict[str, dict[str, Any]], end: float):
        self.url, self.examples, self.end = running.url, examples, end
        self.seen: Counter[tuple[str, int, bool]] = Counter()
        self.tasks: dict[str, tuple[str, int]] = {}
        self.seeds, self.lock, self.killed = count(), threading.Lock(), threading.Event()

    def ask(self, kind: str, route: str, **changes: Any) -> requests.Response | None:
        """Post a question of an endpoint's example; count what comes."""
        before = self.killed.is_set()
        response = None
        with suppress(requests.RequestException), _body(self.examples[route] | changes) as body:
            prefix = "/tasks" if kind.startswith("task") else ""
            response = requests.post(f"{self.url}{prefix}/{route}", timeout=600, **body)
        status = response.status_code if response is not None else 0
        with self.lock:
            self.seen[kind, status, before or self.killed.is_set()] += 1
        return response

    def client(self, number: int) -> None:
        """One that asks again as soon as it was answered."""
        table = "latitude,longitude,depth,temperature\n0.5,-23,5,27.1\n0.5,-23,100,18.4\n"
        for turn in count(number):
            if time.time() > self.end:
                return
            seed = next(self.seeds)
            match turn % 8:
                case 0:
                    self.ask("bad", SMALL, date="never")
                case 1:
                    self.ask("netcdf", SMALL, seed=seed, members=2, format="netcdf")
                case 2:
                    self.upload(table, seed)
                case 3:
                    self.task("task small", SMALL, seed % 5)
                case 4 if number == 0:
                    self.task("task large", LARGE, seed % 5)
                case _:
                    self.ask("json", SMALL, seed=seed, members=2)

    def upload(self, table: str, seed: int) -> None:
        """The small question with a table."""
        before, status = self.killed.is_set(), 0
        form = {"date": "2008-03", "members": "2", "seed": str(seed)}
        with suppress(requests.RequestException):
            files = {"file": ("casts.csv", table)}
            answer = requests.post(f"{self.url}/{SMALL}", data=form, files=files, timeout=600)
            status = answer.status_code
        with self.lock:
            self.seen["upload", status, before or self.killed.is_set()] += 1

    def task(self, kind: str, route: str, seed: int) -> None:
        """Submit one, unless many wait; remember it if it was accepted."""
        if len(self.tasks) - self.ended() < 20:
            answer = self.ask(kind, route, seed=seed, members=2)
            if answer is not None and answer.status_code == 202:
                with self.lock:
                    self.tasks[answer.json()["task"]] = route, seed

    def ended(self) -> int:
        """Of the tasks that were accepted: those that wait no more, as the service counts them."""
        with suppress(requests.RequestException, ValueError):
            text = requests.get(f"{self.url}/metrics", timeout=60).text
            lines = [
                line for line in text.splitlines() if line.startswith("thermocline_tasks_open")
            ]
            if lines:
                return len(self.tasks) - int(float(lines[-1].split()[-1]))
        return 0

    def bursts(self) -> None:
        """More at once than are let in, once a minute."""
        while time.time() < self.end - 30:
            many = [
                threading.Thread(target=self.ask, args=("burst", SMALL), kwargs={"members": 1})
                for _ in range(BURST)
            ]
            for each in many:
                each.start()
            for each in many:
                each.join()
            time.sleep(60)

    def kill(self, process: psutil.Process) -> float:
        """Kill the worker; seconds until the service is ready again."""
        self.killed.set()
        began = time.perf_counter()
        worker(process).kill()
        time.sleep(0.1)
        while not ready(self.url):
            time.sleep(0.1)
        took = time.perf_counter() - began
        time.sleep(2)  # answers that were lost are heard of
        self.killed.clear()
        return took


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    given = parser.parse_args()
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
    print(
        f"{given.minutes:g} minutes, {CLIENTS} clients; load of the machine {os.getloadavg()[0]:.1f}"
    )
    failed = [report(soak), bool(wrong)]
    halves = {"before the kill": (0.0, seconds / 2), "after it": (back, seconds)}
    failed += [grown(name, memory, *half) for name, half in halves.items()]
    print(f"\nthe killed worker was replaced after {took:.1f} s (at most {REPLACED:g})")
    print(
        f"{len(soak.tasks)} tasks accepted, {records} kept by the service; they ended as {dict(ends)}"
    )
    print(
        f"answers that differ from others of the same question: {wrong}; of large tasks, ", end=""
    )
    large = sum(route == LARGE for route, _ in soak.tasks.values())
    print(f"{answers} were computed for {large} accepted")
    failed += [took > REPLACED, records != len(soak.tasks), set(ends) != {"finished"}]
    failed += [not large <= answers <= large + 1]  # one may have been about to be kept
    sys.exit(any(failed))


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


def report(soak: Soak) -> bool:
    """Print answers by kind; whether one has a status that it must not have."""
    print("\n| kind | status | answers | while the worker was replaced |\n|---|---:|---:|---:|")
    wrong = False
    for kind, status in sorted({(kind, status) for kind, status, _ in soak.seen}):
        calm, killed = (soak.seen[kind, status, when] for when in (False, True))
        print(f"| {kind} | {status or 'lost'} | {calm} | {killed} |")
        right = REFUSED.get(kind, {200, 202}) | {429, 503}
        wrong |= bool(calm) and status not in right
        wrong |= bool(killed) and status not in right | {0}
    return wrong


def grown(name: str, memory: list[tuple[float, float]], first: float, last: float) -> bool:
    """Print by how much memory grew from the second fifth of a time to its last; if too much."""
    fifth = (last - first) / 5
    of = lambda start: [m for at, m in memory if start <= at < start + fifth]
    early, late = (np.median(of(start)) for start in (first + fifth, last - fifth))
    share = late / early - 1
    print(f"\nmemory {name}: {early:.0f} MB after the warm-up, {late:.0f} MB at the end: ", end="")
    print(f"{share:+.1%} (at most {GROWTH:.0%})", end="")
    return bool(share > GROWTH)


def outcomes(soak: Soak) -> tuple[Counter[str], int]:
    """How tasks ended, once all have; and how many answers differ from those of the same seed."""
    ends: Counter[str] = Counter()
    found: dict[tuple[str, int], bytes] = {}
    wrong = 0
    state: Callable[[str], Any] = lambda task: requests.get(f"{soak.url}/tasks/{task}", timeout=60)
    for task, asked in soak.tasks.items():
        while (said := state(task)).ok and said.json()["status"] in ("queued", "running"):
            time.sleep(0.5)
        status = said.json().get("status", f"status {said.status_code}")
        ends[status] += 1
        if status == "finished":
            content = requests.get(
                f"{soak.url}/tasks/{task}/result?format=netcdf", timeout=60
            ).content
            wrong += found.setdefault(asked, content) != content
    return ends, wrong


def kept(tasks: Path) -> tuple[int, int]:
    """Tasks that the service keeps, and answers to large ones that it counted."""
    with sqlite3.connect(tasks / "tasks.db") as table:
        (records,) = table.execute("SELECT count(*) FROM tasks").fetchone()
    lines = (tasks / "answers.jsonl").read_text().splitlines()
    return records, sum(json.loads(line)["route"] == LARGE for line in lines)


if __name__ == "__main__":
    main()
