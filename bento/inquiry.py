"""Asking a model on behalf of a request: in its turn, stoppable, with uploads read elsewhere."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import thermocline.predict as predict
from bento.limits import Turns, at_low_priority
from bento.memory import Memory
from bento.routes import Route
from bento.stopping import Stop
from bento.uploads.readers import Readers
from thermocline.answers.reading import reading_elsewhere
from thermocline.concurrency import taking_turns
from thermocline.errors import withholding
from thermocline.systems.endpoint import Options, Progress, no_progress

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

Answered = tuple["xr.Dataset", "xr.Dataset | None"]
"""An answer, and what the page shows beside it, if there is anything."""
Result = TypeVar("Result")


class Asking:
    """Asks models; any thread may.

    All methods raise Stopped once that is wished, after the step that is being made, and
    ThermoclineError for what is wrong with the request.
    """

    def __init__(self, root: Path):
        self.readers, self.turns, self.memory = Readers(root), Turns(), Memory()
        self.readers.start()  # beside the models' loading

    def ask(
        self,
        served: predict.ServedModel,
        route: Route,
        request: "BaseModel",
        stop: Stop,
        progress: Progress = no_progress,
        file: Path | None = None,
    ) -> Answered:
        """The dataset that answers a request.

        Args:
            file: which it will be written to; what is finished of a large one is kept beside it,
                and what the page shows beside an answer is given, too.
        """
        endpoint, options = route.endpoint, _options(route, stop, progress)
        if file is not None and endpoint.resumable:
            kept = predict.unfinished_folder(served, endpoint, request, file, options)
            options = replace(options, unfinished=kept)
        compare = file is not None
        ask = partial(predict.answer_beside, served, endpoint, request, options, compare=compare)
        turn = self.turns.of(endpoint.exclusive, stop)
        return self._asked(partial(at_low_priority, ask) if endpoint.exclusive else ask, turn, stop)

    def ask_beside(
        self, served: predict.ServedModel, route: Route, request: "BaseModel", stop: Stop
    ) -> "xr.Dataset":
        """The same without a turn, on the caller's thread: nobody who asks waits for it."""
        options = _options(route, stop, no_progress)
        ask = partial(predict.answer, served, route.endpoint, request, options)
        return self._asked(ask, nullcontext, stop)

    def close(self) -> None:
        """End readers and threads."""
        self.readers.close()
        self.memory.close()

    def _asked(
        self, ask: Callable[[], Result], turn: Callable[[], AbstractContextManager[Any]], stop: Stop
    ) -> Result:
        elsewhere = self.readers.elsewhere(stop)
        try:
            with withholding(), taking_turns(turn), reading_elsewhere(elsewhere):
                return ask()
        finally:
            self.memory.freed()


def _options(route: Route, stop: Stop, progress: Progress) -> Options:
    def told(done: int, of: int) -> None:
        stop.check()
        progress(done, of)

    return Options(most_values=route.endpoint.most_values, progress=told)
