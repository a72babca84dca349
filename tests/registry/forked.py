"""Processes that race or are killed, forked from one that has imported what they need.

    forked.py write VERSION VERSION…
    forked.py promote PARAMS VERSION VERSION
    forked.py register PARAMS MODEL REPORT DELAY…

in the registry of the current folder. Imports take seconds, what is tried here takes less.
"""

import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import thermocline.registry.promotion.promote as promotion
from thermocline.errors import ThermoclineError
from thermocline.registry.aliases.log import append, apply
from thermocline.registry.registration import package
from thermocline.registry.registration.register import register
from thermocline.registry.store.connection import connect
from thermocline.systems.config import load_config

NAME = "thermocline-reconstruct"
PRELOADED = (
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.pyfunc",
    "thermocline.systems.reconstruct.model.method",
)
"""What is only imported where it is needed; the latter two where a model is loaded."""


def fork(function: Callable[[], None]) -> int:
    """The number of a new process that runs `function` and ends."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    status = 1
    try:
        function()
        sys.stdout.flush()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def write(version: str) -> None:
    """Four entries that take the alias from nobody."""
    client = connect()
    for _ in range(4):
        append(client, NAME, "champion", version, "", "race")
        apply(client, NAME)


def promote(params: str, mine: str, other: str) -> None:
    """Promote version `mine` after `other` was judged too; print what came of it."""
    real = promotion.append

    def wait(*arguments: object, **options: object) -> object:
        Path(f"judged-{mine}").touch()
        while not Path(f"judged-{other}").exists():
            time.sleep(0.01)
        return real(*arguments, **options)  # type: ignore[arg-type]

    promotion.append = wait  # type: ignore[assignment]
    try:
        promotion.promote(connect(), NAME, mine, load_config(params))
        said = "won"
    except ThermoclineError as problem:
        said = str(problem)
    print(json.dumps([mine, said]))


def killed(params: str, model: str, report: str, delay: float) -> str:
    """Register, and SIGKILL it after `delay` seconds unless it has ended; how it ended."""
    package.input_example = lambda system: None  # type: ignore[assignment,return-value]
    config = load_config(params)
    child = fork(lambda: register(model, report, config, root=".") and None)
    until = time.monotonic() + delay
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return "failed" if status else "done"
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "killed"


def main() -> int:
    what, *words = sys.argv[1:]
    for module in PRELOADED if what != "write" else PRELOADED[:2]:
        importlib.import_module(module)
    if what == "register":
        params, model, report, *delays = words
        for delay in delays:
            print(killed(params, model, report, float(delay)), flush=True)
        return 0
    if what == "write":
        children = [fork(lambda w=word: write(w)) for word in words]  # type: ignore[misc]
    else:
        params, one, two = words
        pairs = ((one, two), (two, one))
        children = [fork(lambda p=pair: promote(params, *p)) for pair in pairs]  # type: ignore[misc]
    return max([os.waitpid(child, 0)[1] for child in children])


if __name__ == "__main__":
    sys.exit(main())
