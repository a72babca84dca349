"""Which requests candidates are asked, too, and what is kept of them until then."""

import os
import queue
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

import thermocline.predict as predict
from bento.routes import Route
from bento.tasks import requests
from thermocline.errors import BadConfig
from thermocline.predict.shadow import compared_fields

if TYPE_CHECKING:
    import xarray as xr

SHARE = "THERMOCLINE_SHADOW"
"""An environment variable: the share of requests that candidates are asked, 0 unless it is set."""
PLACES, MOST = 4, 64 * 2**20
"""Requests that wait for a candidate at most, and the bytes of an answer that is kept for it."""
MISSED = "missed"
"""What became of a request that there was no room for."""

Counting = Callable[[Route, str, dict[str, Any]], None]
"""Told the route, what became of a request, and how the answers differ."""


def share() -> float:
    """THERMOCLINE_SHADOW; raises BadConfig if it is no share."""
    said = os.environ.get(SHARE) or "0"
    try:
        found = float(said)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        fix = "set a share of requests: 0 for none, 0.1 for every tenth, 1 for all"
        raise BadConfig(f"{said[:40]!r} is no share", where=SHARE, fix=fix)
    return found


@dataclass(frozen=True)
class Asked:
    """A request that waits for a candidate.

    Attributes:
        folder: holds the request.
        champion, fields, seconds: who answered, what is compared of the answer, and its time.
        missed: requests before this one that there was no room for.
    """

    route: Route
    folder: Path
    champion: predict.ServedModel
    fields: "xr.Dataset"
    seconds: float
    missed: int


class Waiting:
    """The requests that wait, in the order of their coming; any thread may offer one.

    Args:
        folder: for this process alone; what is in it is removed.
        share: of the requests that are offered, those which are taken, evenly.
    """

    def __init__(self, folder: Path, share: float, counted: Counting):
        self.folder, self.share, self.counted = folder, share, counted
        self.kept: queue.Queue[Asked] = queue.Queue(PLACES)
        self.lock, self.due, self.number, self.missed = threading.Lock(), 0.0, 0, 0
        shutil.rmtree(folder, ignore_errors=True)  # what a killed process left

    def offer(
        self,
        route: Route,
        champion: predict.ServedModel,
        request: BaseModel,
        answer: "xr.Dataset",
        seconds: float,
    ) -> None:
        """Keep a copy of a request and of its answer, if it is its turn and there is room.

        Nothing is raised.
        """
        number = self._number()
        if number is None:
            return
        folder = self.folder / str(number)
        try:
            if answer.nbytes > MOST or self.kept.full():
                raise queue.Full
            requests.keep(folder, route, request)
            fields = compared_fields(answer).copy(deep=True)
            with self.lock:
                asked = Asked(route, folder, champion, fields, seconds, self.missed)
                self.kept.put_nowait(asked)
                self.missed = 0
        except Exception:  # whoever asked has an answer, whatever becomes of this
            shutil.rmtree(folder, ignore_errors=True)
            with self.lock:
                self.missed += 1
            self.counted(route, MISSED, {})

    def _number(self) -> int | None:
        """A number of its own for a request whose turn it is; None for the others."""
        with self.lock:
            self.due += self.share
            if self.due < 1 - 1e-9:
                return None
            self.due -= 1
            self.number += 1
            return self.number
