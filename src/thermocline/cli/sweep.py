"""`thermocline sweep`: search the settings with Optuna."""

from typing import Annotated, Optional

import typer


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

    from thermocline.registry.runs.sweeps import TrackedSweep
    from thermocline.systems.config import load_config
    from thermocline.tuning import summary
    from thermocline.tuning.printer import say
    from thermocline.tuning.processes import WORKER, run_workers
    from thermocline.tuning.search import default_storage, search

    config, console = load_config(), Console()
    own = config.section(system)
    steps = own.tune.steps if steps is None else steps
    address, alone = storage or default_storage(system), workers == 1
    if not alone:
        run_workers(system, trials, steps, address, workers)
    study = search(config, system, address, trials, steps, console, TrackedSweep, alone)
    if os.environ.get(WORKER):
        return
    console.print(summary.table(study))
    for failure in summary.failed(study):
        console.print(failure, highlight=False, markup=False)
    say(console, summary.advice(study, own.tune.needed(own.training.steps)))
