"""What came of it: answers by status, memory, tasks."""

import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import requests
from benchmarks.soak.load import LARGE, Soak
from bento.tasks.databases import open_engine
from bento.tasks.records import TASKS
from sqlalchemy import func, select

GROWTH = 0.05
"""Share that memory may grow by."""
REFUSED = {"bad": {400, 422}}
"""Statuses that are right beside 200 to 202, by kind of request."""


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
    get = lambda path: requests.get(f"{soak.url}/tasks/{path}", timeout=60)
    for task, asked in soak.tasks.items():
        while (said := get(task)).ok and said.json()["status"] in ("queued", "running"):
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
    with open_engine(tasks, None).connect() as table:
        records = table.scalar(select(func.count()).select_from(TASKS))
    lines = (tasks / "answers.jsonl").read_text().splitlines()
    return records or 0, sum(json.loads(line)["route"] == LARGE for line in lines)
