"""`thermocline sweep`: search the settings with Optuna."""

from typing import Annotated, Any, Optional

import typer

from thermocline.errors import ThermoclineError


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(sweep)


def sweep(
    system: Annotated[str, typer.Argument(help="The system.")] = "reconstruct",
    trials: Annotated[int, typer.Option(min=1, help="Finished trials the study shall hold.")] = 8,
    steps: Annotated[int, typer.Option(min=1, help="Training steps of each trial.")] = 200,
    storage: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The study's database; sqlite:///build/sweeps/SYSTEM.db if left out."),
    ] = None,
) -> None:
    """Search the settings with Optuna; each trial is a nested MLflow run. Can be gone on with."""
    if system != "reconstruct":
        raise ThermoclineError(
            f"no sweep of {system!r}", where="sweep", fix="`thermocline sweep reconstruct`"
        )
    from contextlib import ExitStack

    from rich.console import Console

    from thermocline.config import load_config
    from thermocline.registry.sweeps import tracked_sweep
    from thermocline.tuning import summary
    from thermocline.tuning.study import IDENTITY
    from thermocline.tuning.sweep import override, run_sweep

    config, console = load_config(), Console()
    with ExitStack() as stack:
        track: list[Any] = []

        def on_study(study: Any) -> None:
            reread = lambda changed: override(config, dict(changed))
            tracked = tracked_sweep(system, config, reread, study.user_attrs[IDENTITY])
            track.append(stack.enter_context(tracked))

        def on_trial(trial: Any, overrides: dict[str, Any]) -> None:
            console.print(summary.line(trial), highlight=False, markup=False)
            track[0](trial, overrides)

        address = storage or f"sqlite:///build/sweeps/{system}.db"
        study = run_sweep(config, address, trials, steps, on_trial, on_study)
    console.print(summary.table(study))
    console.print(summary.advice(study), highlight=False, markup=False, soft_wrap=True)
