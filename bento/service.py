"""The service: one address for every endpoint of every system, made from its request.

`bentoml serve bento.service:Thermocline` serves the registered champions; a built Bento serves the
models inside it; THERMOCLINE_MODEL and THERMOCLINE_MODEL_<SYSTEM> (a folder, or models:/NAME@ALIAS,
each) override both. What there is no model for is answered with 503. Tasks are kept in the folder
THERMOCLINE_TASKS, build/service unless set (`folders.home`), or where `tasks.databases` says, for
THERMOCLINE_KEEP_HOURS after their end. Champions are looked up again every
THERMOCLINE_POLL_SECONDS. Of THERMOCLINE_SHADOW, a share of the requests, candidates are asked, too.
"""

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if (ROOT / "src" / "thermocline").is_dir():  # inside a Bento the package comes along, uninstalled
    sys.path.insert(0, str(ROOT / "src"))

# No upload is unpacked by a plugin: HDF5 reads this when it starts, and then looks for none.
os.environ["HDF5_PLUGIN_PRELOAD"] = "::"

gc.disable()  # imports leave next to no garbage, and a third of their time goes into looking for it

import bentoml  # noqa: E402
import psycopg  # noqa: E402
from starlette.responses import JSONResponse, Response  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

import thermocline.predict as predict  # noqa: E402
from bento.answers import answer, in_words  # noqa: E402
from bento.ending import ENDING, as_worker  # noqa: E402
from bento.endpoints import with_endpoints  # noqa: E402
from bento.following import Following, poll_seconds  # noqa: E402
from bento.forms import ACCEPT, form  # noqa: E402
from bento.guard import Guard  # noqa: E402
from bento.inquiry import Answered, Asking  # noqa: E402
from bento.limits import ADMITTED, READ, TIMEOUT, one_thread_each  # noqa: E402
from bento.logs import Logged, quiet_refusals  # noqa: E402
from bento.memory import no_collection  # noqa: E402
from bento.models import Away, all_warmed_up, find_models  # noqa: E402
from bento.monitoring import Monitor  # noqa: E402
from bento.pages import pages  # noqa: E402
from bento.refusals import Refused, no_tasks, none_served, response  # noqa: E402
from bento.replacing import look_often  # noqa: E402
from bento.replies import refusal, status_of  # noqa: E402
from bento.routes import TASKS, Route  # noqa: E402
from bento.shadow.shadow import Shadow  # noqa: E402
from bento.shadow.waiting import share  # noqa: E402
from bento.stopping import STOP, Stop, Stopped  # noqa: E402
from bento.tasks.folders import home, remember_where_started  # noqa: E402
from bento.tasks.tasks import Tasks  # noqa: E402
from thermocline.errors import ThermoclineError  # noqa: E402
from thermocline.memory import few_arenas  # noqa: E402
from thermocline.systems.endpoint import Progress, no_progress  # noqa: E402

gc.enable()
logger = logging.getLogger("thermocline.service")
AGAIN = 10
"""Seconds after which a database of tasks that was away is tried again."""


@bentoml.service(
    name="thermocline",
    workers=1,
    resources={"gpu": 1},
    threads=ADMITTED,  # each request that is inside has one; they wait for their turn in it
    traffic={"timeout": TIMEOUT + READ + 60},  # the guard's own limits come first
    logging={"access": {"enabled": False}},
    http={"host": "127.0.0.1", "port": 3000},
)
@bentoml.asgi_app(pages, path="/")
@with_endpoints
class Thermocline:
    """Complete ocean fields with trustworthy uncertainty."""

    where_started = bentoml.on_deployment(remember_where_started)

    def __init__(self) -> None:
        few_arenas()
        self.share, seconds = share(), poll_seconds(ROOT)  # settings that are none end the start
        # The same bytes whatever else runs: work of other requests changes BLAS's limit, too.
        threadpool_limits(1, user_api="blas")
        one_thread_each()
        self.asking = Asking(ROOT)
        away: Away = {}
        with no_collection():
            found = all_warmed_up(find_models(ROOT, away if seconds else None))
        self.following = Following(found, seconds, away)
        quiet_refusals()
        for system, served in self.models.items():
            who = served.identity
            logger.info("serving %s: %s version %s", system, who.name, who.version)
        self.monitor = Monitor(home(ROOT))
        self.tasks: Tasks | None = None
        self.shadow: Shadow | None = None
        self._open_tasks()
        ENDING.soon.append(self.leave_tasks)
        as_worker()

    @property
    def models(self) -> dict[str, predict.ServedModel]:
        """Those that answer now, by system."""
        return self.following.models

    async def __is_ready__(self) -> bool:
        """What `/readyz` says."""
        return self.following.ready

    def ask(self, route: Route, *, format: str | None, **values: Any) -> Response:
        """The answer to a request, or its refusal."""

        def ask() -> Response:
            wanted = form(format, ACCEPT.get(), route.endpoint.default_format)
            request = predict.question(route.endpoint, **values)
            stop = STOP.get() or Stop()
            return answer(self.made(route, request, stop)[0], wanted, route.endpoint)

        return self._answered(route, values, ask)

    def submit(self, route: Route, *, format: str | None, **values: Any) -> Response:
        """A task of a request, or its refusal; `format` is asked for with the result."""

        def submit() -> Response:
            if self.tasks is None:
                raise no_tasks()
            record = self.tasks.submit(route, predict.question(route.endpoint, **values))
            where = {"Location": f"{TASKS}/{record.task}"}
            return JSONResponse(record.to_dict(), 202, headers=where)

        return self._answered(route, values, submit)

    def made(
        self,
        route: Route,
        request: Any,
        stop: Stop,
        progress: Progress = no_progress,
        file: Path | None = None,
    ) -> Answered:
        """The dataset that answers a request, and what is shown beside it.

        Args:
            file: which it will be written to; without one, there is nothing beside.

        Raises:
            Refused: if there is no model.
            Stopped: once that is wished, after the step that is being made.
            ThermoclineError: for what is wrong with the request.
        """
        served, began = self._served(route), perf_counter()
        dataset, beside = self.asking.ask(served, route, request, stop, progress, file)
        seconds = perf_counter() - began
        self.monitor.answered(route, dataset, seconds)
        if self.shadow is not None:
            self.shadow.offer(route, served, request, dataset, seconds)
        return dataset, beside

    replaced_soon = bentoml.on_deployment(look_often)

    @bentoml.on_shutdown
    async def close(self) -> None:
        """Leave what is not done to the next process; answers are sent meanwhile."""
        await asyncio.to_thread(self._close)

    def leave_tasks(self) -> None:
        """Stop tasks after the step that is being made, before requests have come to their end."""
        if self.tasks is not None:
            self.tasks.leave()

    def _close(self) -> None:
        self.following.ended.set()
        if self.shadow is not None:
            self.shadow.close()
        if self.tasks is not None:
            self.tasks.close()
        self.asking.close()

    def _answered(
        self, route: Route, values: dict[str, Any], asked: Callable[[], Response]
    ) -> Response:
        try:
            self._served(route)
            return asked()
        except Refused as refused:
            return response(refused)
        except ThermoclineError as problem:
            files = {name: values.get(name) for name in route.uploads}
            return JSONResponse(in_words(problem, files), status_of(problem))
        except Stopped:
            return JSONResponse(refusal("nobody waits for the answer"), 499)

    def _served(self, route: Route) -> predict.ServedModel:
        served = self.models.get(route.system)
        if served is None:
            raise none_served(route.system)
        return served

    def _shadow(self) -> Shadow:
        ask, counted, every = self.asking.ask_beside, self.monitor.shadowed, self.following.seconds
        return Shadow(lambda: self.models, home(ROOT), ask, counted, self.share, every)

    def _open_tasks(self) -> None:
        """Take tasks, and ask candidates; later, if a shared database is away now."""
        able = lambda route: route.system in self.models
        try:
            self.tasks = Tasks(home(ROOT), self.made, self.monitor.tasks.set, able)
            self.shadow = self._shadow()  # the folder is this process's alone
        except ThermoclineError as problem:
            logger.warning("no tasks are taken: %s", problem)
        except (Refused, psycopg.OperationalError) as problem:
            logger.warning("no tasks are taken yet: %s", str(problem).partition("\n")[0])
            again = threading.Timer(AGAIN, self._open_tasks)
            again.daemon = True
            again.start()


Thermocline.add_asgi_middleware(Logged)  # type: ignore[attr-defined]
Thermocline.add_asgi_middleware(Guard)  # type: ignore[attr-defined]
