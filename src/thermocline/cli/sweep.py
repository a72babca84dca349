"""`thermocline sweep`: search the settings with Optuna."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from thermocline.errors import BadConfig

if TYPE_CHECKING:
    import optuna

    from thermocline.config import Config

WORKER = "THERMOCLINE_WORKER"


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(sweep)


def sweep(
    system: Annotated[str, typer.Argument(help="The system.")],
    trials: Annotated[int, typer.Option(min=1, help="Finished trials the study shall hold.")] = 8,
    steps: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            min=1, help="Training steps of each trial; as the pipeline's own study if left out."
        ),
    ] = None,
    storage: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            envvar="THERMOCLINE_STORAGE",
            help="The study's database: sqlite:///FILE, journal:///FILE, or, for several workers, "
            "postgresql://USER:PASSWORD@HOST/NAME; sqlite:///build/sweeps/SYSTEM.db if left out.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Worker processes to start on this machine.")
    ] = 1,
) -> None:
    """Search the settings with Optuna; each trial is a nested MLflow run. It can be stopped
    and resumed.
    """
    import os

    from rich.console import Console

    from thermocline.systems.config import load_config
    from thermocline.tuning import summary

    config, console = load_config(), Console()
    own = config.section(system)
    steps = own.tune.steps if steps is None else steps
    address = storage or default_storage(system)
    if workers > 1:
        _start(system, trials, steps, address, workers)
    study = search(config, system, address, trials, steps, console, alone=workers == 1)
    if os.environ.get(WORKER):
        return
    console.print(summary.table(study))
    for failure in summary.failed(study):
        console.print(failure, highlight=False, markup=False)
    advice = summary.advice(study, own.tune.needed(own.training.steps))
    console.print(advice, highlight=False, markup=False, soft_wrap=True)


def default_storage(system: str) -> str:
    """Where a study is kept if nothing else is said."""
    return f"sqlite:///build/sweeps/{system}.db"


def search(
    config: "Config",
    system: str,
    address: str,
    trials: int,
    steps: int,
    console: Any,
    alone: bool = True,
) -> "optuna.Study":
    """Run trials until the study holds `trials` finished ones, tracked in MLflow; its figures.

    Args:
        alone: whether no other worker was started for it.

    Raises:
        ThermoclineError: see `run_sweep`.
    """
    import os

    from thermocline.registry.sweeps import TrackedSweep
    from thermocline.tuning.figures import draw_figures
    from thermocline.tuning.space import override, remarks, search_space, unchecked
    from thermocline.tuning.storage import Storage
    from thermocline.tuning.study import finished, running
    from thermocline.tuning.sweep import run_sweep

    space = search_space(config, system)
    shown = Storage.parse(address).shown
    if not os.environ.get(WORKER):
        for line in remarks(config, system):
            console.print(line, highlight=False, markup=False, soft_wrap=True)

    def reread(changed: Mapping[str, Any]) -> "Config":
        try:
            return override(config, dict(changed))
        except BadConfig:  # of a trial that fails for it, and is written down all the same
            return unchecked(config, dict(changed))

    tracked = TrackedSweep(system, config, reread, shown)
    told, status = Told(tracked, console, trials), "FAILED"
    try:
        study = run_sweep(config, system, address, trials, steps, told)
        if alone and not told.begun:
            console.print(
                f"Nothing to do: the study holds {finished(study)} finished trials, {trials} were "
                "asked for. Ask for more to go on (`--trials`; `-P trials=` with mlflow run).",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
        if not os.environ.get(WORKER):
            folder = Path("build/sweeps") / system / "figures"
            drawn, missing = draw_figures(study, space, folder)
            tracked.figures(folder)
            for reason in missing:
                console.print(f"not drawn: {reason}", highlight=False, markup=False)
            console.print(f"Figures: {folder}: {', '.join(path.name for path in drawn)}")
        status = "FINISHED"
    except (KeyboardInterrupt, SystemExit):
        status = "KILLED"
        if not os.environ.get(WORKER):
            console.print("Stopped. The same command goes on from here.")
        raise
    finally:
        # While other workers are at the study, its run goes on.
        if told.study is not None and (status == "FINISHED" or not running(told.study)):
            tracked.close(status)
    return study


class Told:
    """Prints how each trial ended, and passes everything on to whoever keeps the record."""

    def __init__(self, record: Any, console: Any, trials: int):
        self.record, self.console, self.trials = record, console, trials
        self.on_metrics = record.on_metrics
        self.study: Any = None
        self.begun = False

    def on_study(self, study: Any) -> None:
        from thermocline.tuning.study import finished

        self.study = study
        count = finished(study)
        whose = ", by the stage `tune` or an earlier sweep" if count else ""
        self._say(f"Study {study.study_name}: {count} of {self.trials} trials are finished{whose}")
        self.record.on_study(study)

    def on_begin(self, number: int, overrides: Mapping[str, Any]) -> None:
        from thermocline.tuning.storage import original

        self.begun = True
        tried = ", ".join(f"{name.rpartition('.')[2]} {v}" for name, v in overrides.items())
        first = original(self.study.get_trials(deepcopy=False)[number])
        again = f", which is trial {first} again" if first != number else ""
        self._say(f"trial {number} begun{again}: {tried}")
        self.record.on_begin(number, overrides)

    def on_end(self, trial: Any, outcome: str) -> None:
        from thermocline.tuning import summary

        self._say(summary.line(trial, outcome))
        self.record.on_end(trial, outcome)

    def _say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


def _start(system: str, trials: int, steps: int, address: str, workers: int) -> None:
    """Start workers and wait; raises BadConfig for a storage that serves one."""
    import os

    from thermocline.tuning.processes import run_workers
    from thermocline.tuning.storage import Storage

    place = Storage.parse(address)
    if not place.shared:
        raise BadConfig(
            f"{place.kind} serves one worker, not {workers}",
            where=place.shown,
            fix="use --storage postgresql://USER:PASSWORD@HOST/NAME",
        )
    print(f"{workers} workers start; that takes a while on few cores", flush=True)
    os.environ[WORKER] = "1"
    try:
        arguments = ["sweep", system, "--trials", str(trials), "--steps", str(steps)]
        run_workers(arguments, workers, address)
    finally:
        del os.environ[WORKER]
