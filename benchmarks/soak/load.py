"""The load: clients that ask all kinds of questions, bursts of more than are let in, and a kill."""

import threading
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from typing import Any

import psutil
import requests
from benchmarks.served import Served, ready
from benchmarks.soak.processes import worker

from thermocline.client import _body

SMALL, LARGE = "reconstruct", "superresolve"
BURST, PAUSE = 60, 60
"""Requests at once, and seconds between two bursts."""
OPEN = "thermocline_tasks_open"


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
        self._count(kind, status, before)
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
        self._count("upload", status, before)

    def _count(self, kind: str, status: int, before: bool) -> None:
        with self.lock:
            self.seen[kind, status, before or self.killed.is_set()] += 1
        if status in (0, 429, 503):
            time.sleep(1)

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
            lines = [line for line in text.splitlines() if line.startswith(OPEN)]
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
            time.sleep(PAUSE)

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
