"""`thermocline drift`."""

import math
from pathlib import Path
from typing import Annotated

import typer

LOG = "The service's log of answers."
LATEST = "How many of each model's latest answers are looked at."


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's command."""
    app.command("drift")(drift)


def drift(
    log: Annotated[Path, typer.Argument(help=LOG)] = Path("build/service/answers.jsonl"),
    latest: Annotated[int, typer.Option(min=1, help=LATEST)] = 200,
) -> None:
    """Whether the observations that people send are still those of the training; 2 if not."""
    from thermocline.predict.drift import drifts
    from thermocline.predict.log import read_log

    found = drifts(read_log(log, "route", "model", "held", "used"), latest)
    for each in found:
        answers = "1 answer" if each.answers == 1 else f"{each.answers} answers"
        print(f"/{each.route}, {each.model}: {answers} to {each.observations} values")
        if not each.observations:
            print("  nothing is observed in these questions, so nothing can drift")
            continue
        if not math.isnan(each.mean):
            error = "" if math.isnan(each.error) else f" ± {each.error:.2f}"
            print(f"  departure from the climatology: {each.mean:+.2f}{error} on average,")
            print(f"  {each.rms:.2f} root mean square, in its standard deviations")
        print(f"  values that could not be used: {each.dropped:.0%}")
        print(f"  {f'retraining is due: {each.why}' if each.why else 'no sign of drift'}")
    if any(each.why for each in found):
        raise typer.Exit(2)
