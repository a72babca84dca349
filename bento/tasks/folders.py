"""The folders of tasks: a request as JSON with its uploads, and an answer as NetCDF and JSON."""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import thermocline.predict as predict
from bento.answers import headers
from bento.forms import FORMS
from bento.refusals import Refused
from bento.routes import Route
from bento.tasks import requests
from thermocline.errors import BadFile

NETCDF, SUMMARY = "result.nc", "result.json"
COMPARISON, ZARR = "comparison.nc", "result.zarr.zip"
OURS = re.compile(r"[\w-]{20,30}|\.[\w-]{20,30}\.pid[\d_]+(\.\w+)?-\w+", re.ASCII)
"""Names of tasks' folders, and of those that a service was writing when it was killed."""


class Folders:
    """One folder a task, below one that this process holds alone, or one shared with others.

    Args:
        root: what this process holds.
        place: where the folders lie; in `root`, if None.

    Raises:
        BadFile: if another process holds it.
    """

    def __init__(self, root: Path, place: Path | None = None):
        self.root, self.place = root, place or root / "requests"
        root.mkdir(parents=True, exist_ok=True)
        self.place.mkdir(parents=True, exist_ok=True)
        self.held = (root / "lock").open("w")  # of a killed process the system lets go
        try:
            fcntl.flock(self.held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.held.close()
            raise BadFile(
                "another service keeps its tasks here",
                where=str(root),
                fix="name another folder in THERMOCLINE_TASKS",
            ) from None

    def of(self, task: str) -> Path:
        """A task's folder."""
        return self.place / task

    def keep(self, task: str, route: Route, request: BaseModel) -> None:
        """Write a request that was found good, with copies of its uploads."""
        requests.keep(self.of(task), route, request)

    def files(self, task: str, route: Route) -> dict[str, Path]:
        """The uploads of a task by field."""
        return requests.uploads(self.of(task), route)

    def request(self, task: str, route: Route) -> BaseModel:
        """What `keep` wrote, as the endpoint's request again."""
        return requests.kept(self.of(task), route)

    def write(self, task: str, route: Route, dataset: Any, comparison: Any = None) -> None:
        """Keep the answer, its headers, and what it is compared with, if there is anything."""
        predict.write_netcdf(dataset, self.netcdf(task))
        if comparison is not None:
            predict.write_netcdf(comparison, self.of(task) / COMPARISON)
        said = {
            "summary": predict.describe(route.endpoint, dataset),
            "headers": {form: headers(dataset, form, route.endpoint) for form in FORMS},
        }
        (self.of(task) / SUMMARY).write_text(json.dumps(said), encoding="utf-8")
        self.remove_unfinished(task)

    def remove_unfinished(self, task: str) -> None:
        """Remove what was finished of an answer, for those who would have gone on with it."""
        for folder in self.of(task).glob(f"{NETCDF}.unfinished-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def netcdf(self, task: str) -> Path:
        """The answer's file."""
        return self.of(task) / NETCDF

    def file(self, task: str, form: str) -> Path:
        """The answer's file in a form; the zipped Zarr is made when it is first asked for."""
        netcdf = self.netcdf(task)
        if form == "netcdf":
            return netcdf
        zipped = self.of(task) / ZARR
        if not zipped.is_file():
            try:
                predict.zipped_zarr(netcdf, zipped)
            except FileNotFoundError:  # another service made it, too, or removed the task
                if not netcdf.is_file():
                    raise gone() from None
                predict.zipped_zarr(netcdf, zipped)
        return zipped

    def fields(self, task: str) -> list[Path]:
        """The files that hold the answer's fields, and those it is compared with."""
        return [self.netcdf(task), *self.of(task).glob(COMPARISON)]

    def read(self, task: str, form: str) -> tuple[Any, dict[str, str]]:
        """An answer's summary, and the headers of one of its forms."""
        said = json.loads((self.of(task) / SUMMARY).read_text(encoding="utf-8"))
        return said["summary"], said["headers"][form]

    def size(self, task: str) -> int:
        """Bytes of all that is kept of a task."""
        with suppress(FileNotFoundError):  # which another service removes just now
            return sum(file.stat().st_size for file in self.of(task).rglob("*"))
        return 0

    def remove(self, task: str) -> None:
        """Forget a task's request and answer."""
        shutil.rmtree(self.of(task), ignore_errors=True)

    def remove_others(self, tasks: Iterable[str], young: float = 0) -> None:
        """Remove what belongs to no task of these, unless it is younger than so many seconds."""
        before, known = time.time() - young, set(tasks)
        for path in list(self.place.iterdir()):
            with suppress(FileNotFoundError):
                ours = OURS.fullmatch(path.name) and path.is_dir()
                if ours and path.name not in known and path.stat().st_mtime <= before:
                    self.remove(path.name)

    def close(self) -> None:
        """Let another process have the folder."""
        self.held.close()


def gone() -> Refused:
    """A task was removed while it was asked about."""
    return Refused(404, "no such task", "address", "submit the request again")


STARTED_IN = "THERMOCLINE_STARTED_IN"
"""The folder in which the command was typed: BentoML moves the worker of a Bento into the Bento."""


def remember_where_started() -> None:
    """Called in the process that starts the worker, which inherits it."""
    os.environ[STARTED_IN] = str(Path.cwd())


def home(root: Path) -> Path:
    """Where tasks are kept: THERMOCLINE_TASKS, or build/service below `root`.

    A Bento is copied, exported and replaced: requests do not lie in it, but in build/service
    below the folder in which the service was started.
    """
    in_bento = (root.parent / "bento.yaml").is_file()
    below = Path(os.environ.get(STARTED_IN, root)) if in_bento else root
    return Path(os.environ.get("THERMOCLINE_TASKS") or below / "build" / "service")
