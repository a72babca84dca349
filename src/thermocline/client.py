"""A service of models, asked from Python:

    client = Client("http://localhost:3000")
    field = client.ask("ROUTE", date="2008-03", file=Path("profiles.nc"))    # an xarray.Dataset
    task = client.submit("ROUTE", file=sst, members=16)                      # a long question
    field = task.wait(lambda step, steps: print(step, "of", steps)).result()

Routes and their fields are those that the service lists in /docs.json. Files are paths, xarray
datasets, or pandas tables with the columns of a CSV table; lists of points may be tables, too.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import requests

from thermocline.answers.given import as_files_and_rows
from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.files import atomic_path, temporary_directory
from thermocline.systems.endpoint import Progress, no_progress

if TYPE_CHECKING:
    import xarray as xr

Status = Literal["queued", "running", "finished", "failed", "cancelled"]
FIRST, LAST = 0.1, 2.0
"""Seconds between two looks at a task, at first and later."""
AWAY, PATIENCE = (0, 429, 502, 503, 504), 120.0
"""Statuses of a service that may come back, and seconds in which it has to."""


class ServiceError(ThermoclineError):
    """What a service refused, or why it could not be asked.

    Attributes:
        status: of its answer in HTTP; 0 if there was none.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "", status: int = 0):
        super().__init__(what, where=where, fix=fix)
        self.status = status


@dataclass(frozen=True)
class State:
    """How far a task is: `step` of `steps`, once it is known of how many."""

    status: Status
    step: int
    steps: int | None
    error: dict[str, str] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status not in ("queued", "running")


class Client:
    """A service.

    Args:
        url: its address.
        token: if it wants one; that of THERMOCLINE_TOKEN if left out.
        timeout: seconds to wait for an answer to begin.
    """

    def __init__(self, url: str, token: str | None = None, timeout: float = 630):
        self.url, self.timeout = url.rstrip("/"), timeout
        self.session = requests.Session()
        token = os.environ.get("THERMOCLINE_TOKEN") if token is None else token
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def models(self) -> list[dict[str, Any]]:
        """What the service says of each of its systems, and of the model that it serves."""
        systems: list[dict[str, Any]] = self.send("GET", "/models").json()["systems"]
        return systems

    def ask(self, route: str, **values: Any) -> "xr.Dataset":
        """The answer to a question, in memory.

        Args:
            values: fields of the endpoint's request; those that are None are left out.

        Raises:
            ServiceError: with what the service found wrong with it.
        """
        with _body(route, values | {"format": "netcdf"}) as body:
            return _dataset(self.send("POST", f"/{route}", **body).content)

    def submit(self, route: str, **values: Any) -> "Task":
        """The same question as a task, which the service works on by itself."""
        with _body(route, values) as body:
            return Task(self, self.send("POST", f"/tasks/{route}", **body).json()["task"])

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request to one of the service's addresses; raises ServiceError for a refusal."""
        try:
            answer = self.session.request(
                method, f"{self.url}{path}", timeout=self.timeout, **options
            )
        except requests.RequestException as problem:
            raise ServiceError(
                f"the service does not answer ({type(problem).__name__})",
                where=self.url,
                fix="check the address, and that the service runs",
            ) from problem
        if answer.ok:
            return answer
        try:
            error = answer.json()["error"]
            said = {name: str(error[name]) for name in ("what", "where", "fix")}
        except (ValueError, KeyError, TypeError):
            said = {"what": f"status {answer.status_code}", "where": self.url, "fix": ""}
        raise ServiceError(**said, status=answer.status_code)


@dataclass(frozen=True)
class Task:
    """A question that a service works on; `id` is enough to ask about it later."""

    client: Client
    id: str

    def state(self) -> State:
        """How far it is."""
        return _state(self.client.send("GET", f"/tasks/{self.id}"))

    def wait(self, progress: Progress = no_progress) -> "Task":
        """Wait for its end, even if the service starts again meanwhile.

        Raises:
            ServiceError: if it failed or was cancelled, or the service is away for too long.
        """
        pause, heard = FIRST, time.monotonic()
        while True:
            try:
                state, heard = self.state(), time.monotonic()
            except ServiceError as problem:
                if problem.status not in AWAY or time.monotonic() - heard > PATIENCE:
                    raise
                time.sleep(LAST)
                continue
            if state.steps:
                progress(state.step, state.steps)
            if state.ended:
                break
            time.sleep(pause)
            pause = min(1.2 * pause, LAST)
        if state.status != "finished":
            said = {"what": f"the task was {state.status}", "where": "", "fix": ""}
            said |= state.error or {}
            raise ServiceError(said["what"], where=said["where"], fix=said["fix"])
        return self

    def cancel(self) -> State:
        """End it; the service stops after the step that it makes."""
        return _state(self.client.send("DELETE", f"/tasks/{self.id}"))

    def result(self) -> "xr.Dataset":
        """The answer of a finished task, in memory."""
        return _dataset(self._content())

    def save(self, path: str | Path) -> Path:
        """Write the answer as the service made it: as NetCDF, or, for `.zip`, as zipped Zarr."""
        with atomic_path(path) as temporary:
            form = "zarr" if Path(path).suffix == ".zip" else "netcdf"
            temporary.write_bytes(self._content(form))
        return Path(path)

    def _content(self, form: str = "netcdf") -> bytes:
        return self.client.send("GET", f"/tasks/{self.id}/result?format={form}").content


def _state(answer: requests.Response) -> State:
    said = answer.json()
    return State(said["status"], said["step"], said["steps"], said.get("error"))


@contextmanager
def _body(route: str, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """JSON; a form, if there are files among the values."""
    given = {name: value for name, value in values.items() if value is not None}
    uploads = _uploads(route) or tuple(n for n, v in given.items() if hasattr(v, "to_netcdf"))
    with ExitStack() as stack:
        given = stack.enter_context(as_files_and_rows(given, uploads))
        files = {n: _path(n, v) for n, v in given.items() if n in uploads or isinstance(v, Path)}
        others = {name: value for name, value in given.items() if name not in files}
        if not files:
            text = ", ".join(f"{_json(n, n)}: {_json(n, v)}" for n, v in others.items())
            yield {"data": f"{{{text}}}", "headers": {"Content-Type": "application/json"}}
            return
        sent = {}
        for name, path in files.items():
            try:
                sent[name] = (path.name, stack.enter_context(path.open("rb")))
            except OSError as problem:
                raise BadFile(
                    f"cannot be read ({problem.strerror})", where=str(path), fix="name another file"
                ) from problem
        yield {"files": sent, "data": {name: _json(name, value) for name, value in others.items()}}


def _uploads(route: str) -> tuple[str, ...]:
    """The fields of a route that are files; none of a system that is not installed here."""
    from thermocline.answers.request import uploads
    from thermocline.systems import endpoints

    return next((uploads(one.Request) for _, one in endpoints() if one.route == route), ())


def _path(where: str, value: Any) -> Path:
    if isinstance(value, str | os.PathLike):
        return Path(value)
    raise BadData(
        f"{value!r:.80} is no file", where=where, fix="give a path, an xarray dataset or a table"
    )


def _json(where: str, value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise BadData(
            f"no JSON can be made of it ({problem})",
            where=where,
            fix="give plain numbers, texts and lists, and leave out what is not known (NaN)",
        ) from problem


def _dataset(content: bytes) -> "xr.Dataset":
    from thermocline.netcdf import open_answer

    with temporary_directory() as folder:
        path = Path(folder) / "answer.nc"
        path.write_bytes(content)
        with open_answer(path) as dataset:
            return dataset.load()
