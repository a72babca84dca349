"""The thread that asks candidates, and logs how their answers differ from the champions'."""

import logging
import math
import queue
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

import thermocline.predict as predict
from bento.following import candidates
from bento.limits import SHADOW, lower_priority
from bento.lines import Lines
from bento.routes import Route
from bento.shadow.waiting import Asked, Counting, Waiting
from bento.stopping import Stop, Stopped
from bento.tasks import requests
from thermocline.errors import ThermoclineError
from thermocline.predict.shadow import COMPARED, FAILED, REFUSED, differences

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger("thermocline.service")
PAUSE = 0.5
"""Seconds between two looks at the time, and whether the service ends."""

Asking = Callable[[predict.ServedModel, Route, BaseModel, Stop], "xr.Dataset"]
"""Gives a model's answer to a request; raises Stopped when that is wished."""


class Shadow:
    """Asks candidates one request after another, in a thread of the lowest priority.

    Args:
        champions: gives those that answer now, by system.
        home: the folder of tasks, which this process holds.
        share: of the requests, those which candidates are asked; 0 for none, and no thread.
        every: seconds between two looks at the registry; 0 for one look.
    """

    def __init__(
        self,
        champions: Callable[[], Mapping[str, predict.ServedModel]],
        home: Path,
        asking: Asking,
        counted: Counting,
        share: float,
        every: float,
    ):
        self.champions, self.asking, self.counted = champions, asking, counted
        self.every = every or math.inf
        self.candidates: dict[str, predict.ServedModel] = {}
        self.failed: set[str] = set()
        self.waiting = Waiting(home / "shadow", share, counted)
        self.lines = Lines(home / "shadow.jsonl")
        self.stop, self.ended = Stop(), threading.Event()
        if share:
            threading.Thread(target=self._run, daemon=True).start()

    def offer(
        self,
        route: Route,
        champion: predict.ServedModel,
        request: BaseModel,
        answer: "xr.Dataset",
        seconds: float,
    ) -> None:
        """A champion's answer, which took so long: a candidate may be asked the same."""
        if route.system in self.candidates:
            self.waiting.offer(route, champion, request, answer, seconds)

    def look(self) -> None:
        """Have the candidates that the registry names by now."""
        try:
            found = candidates(self.champions(), self.candidates, self.failed)
        except Exception:  # of the registry's client; those here are asked on
            logger.exception("the registry's candidates were not read")
            return
        for system, served in found.items():
            if served is not self.candidates.get(system):
                who = served.identity
                logger.info("asking %s version %s, too", who.name, who.version)
        self.candidates = found

    def close(self) -> None:
        """End the thread, after the step that it makes."""
        self.ended.set()
        self.stop.wish()

    def _run(self) -> None:
        lower_priority(SHADOW)
        next_look = time.monotonic()
        while not self.ended.is_set():
            if time.monotonic() >= next_look:
                self.look()
                next_look = time.monotonic() + self.every
            try:
                asked = self.waiting.kept.get(timeout=PAUSE)
            except queue.Empty:
                continue
            try:
                self.ask(asked)
            except Stopped:
                return
            except Exception:  # of the house; the next request is another
                logger.exception("a candidate was not compared")
            finally:
                shutil.rmtree(asked.folder, ignore_errors=True)

    def ask(self, asked: Asked) -> None:
        """Ask the candidate, and log what it says; nothing, if there is none any more."""
        route, candidate = asked.route, self.candidates.get(asked.route.system)
        if candidate is None:
            return
        fate, why, found, began = COMPARED, "", {}, time.perf_counter()
        try:
            request = requests.kept(asked.folder, route)
            answer = self.asking(candidate, route, request, self.stop)
        except ThermoclineError as problem:
            fate, why = REFUSED, problem.what
        except Stopped:
            raise
        except Exception as problem:
            logger.exception("internal error of the candidate of /%s", route.endpoint.route)
            fate, why = FAILED, type(problem).__name__
        seconds = {"champion": asked.seconds, "candidate": time.perf_counter() - began}
        if fate == COMPARED:
            found = differences(asked.fields, answer)
        self.counted(route, fate, found)
        line: dict[str, Any] = {
            "time": round(time.time(), 3),
            "route": route.endpoint.route,
            "champion": _named(asked.champion),
            "candidate": _named(candidate),
            "fate": fate,
            "why": why,
            "missed": asked.missed,
            "seconds": {who: round(each, 3) for who, each in seconds.items()},
            "differences": found,
        }
        self.lines.add(line)


def _named(served: predict.ServedModel) -> str:
    return f"{served.identity.name}/{served.identity.version}"
