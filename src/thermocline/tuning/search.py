"""A search of a system's settings, as the command and the stage `tune` run it: told and drawn."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import optuna
from rich.console import Console

from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.tuning.figures import draw_figures
from thermocline.tuning.overrides import override, unchecked
from thermocline.tuning.printer import TrialPrinter, say
from thermocline.tuning.processes import WORKER
from thermocline.tuning.space import remarks, search_space
from thermocline.tuning.storage import Storage
from thermocline.tuning.study import finished, running
from thermocline.tuning.sweep import run_sweep
from thermocline.tuning.untried import size

Reread = Callable[[Mapping[str, Any]], Config]
Record = Callable[[str, Config, Reread, str], Any]
"""Makes an observer that keeps figures too, such as `registry.runs.sweeps.TrackedSweep`."""


def default_storage(system: str) -> str:
    """Where a study is kept if nothing else is said."""
    return f"sqlite:///build/sweeps/{system}.db"


def search(
    config: Config,
    system: str,
    storage: str,
    trials: int,
    steps: int,
    console: Console,
    record: Record,
    alone: bool = True,
) -> optuna.Study:
    """Run trials until the study holds `trials` finished ones; draws its figures.

    Args:
        storage: the study's database; see `storage.FORMS`.
        steps: training steps of each trial.
        record: keeps the trials, in MLflow.
        alone: whether no other worker was started for it.

    Raises:
        ThermoclineError: see `run_sweep`.
    """
    first = not os.environ.get(WORKER)
    if first:
        for line in remarks(config, system):
            say(console, line)

    def reread(changed: Mapping[str, Any]) -> Config:
        try:
            return override(config, dict(changed))
        except BadConfig:  # of a trial that fails for it, and is written down all the same
            return unchecked(config, dict(changed))

    kept = record(system, config, reread, Storage.parse(storage).shown)
    printer = TrialPrinter(kept, console, trials, only_own=not (first and alone))
    status = "FAILED"
    try:
        study = run_sweep(config, system, storage, trials, steps, printer)
        if (held := finished(study)) < trials and first:
            say(
                console,
                f"The search space is exhausted: each of its {size(search_space(config, system))} "
                f"combinations was tried, and none is tried again. The study holds {held} finished "
                f"trials, {trials} were asked for.",
            )
        elif alone and not printer.begun:
            say(
                console,
                f"Nothing to do: the study holds {held} finished trials, {trials} were "
                "asked for. Ask for more to go on (`--trials`; `-P trials=` with mlflow run).",
            )
        if first:
            folder = Path("build/sweeps") / system / "figures"
            drawn, missing = draw_figures(study, search_space(config, system), folder)
            kept.figures(folder)
            for reason in missing:
                say(console, f"not drawn: {reason}")
            console.print(f"Figures: {folder}: {', '.join(path.name for path in drawn)}")
        status = "FINISHED"
    except (KeyboardInterrupt, SystemExit):
        status = "KILLED"
        if first:
            console.print("Stopped. The same command goes on from here.")
        raise
    finally:
        # While other workers are at the study, its run goes on.
        if printer.study is not None and (status == "FINISHED" or not running(printer.study)):
            kept.close(status)
    return study
