"""`thermocline shadow`."""

from pathlib import Path
from typing import Annotated

import typer

LOG = "The service's log of what candidates were asked, too."


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's command."""
    app.command("shadow")(shadow)


def shadow(
    log: Annotated[Path, typer.Argument(help=LOG)] = Path("build/service/shadow.jsonl"),
) -> None:
    """How candidates' answers differ from champions', of a service with THERMOCLINE_SHADOW set."""
    from thermocline.predict.log import read_log
    from thermocline.predict.shadow import shadows

    for each in shadows(read_log(log, "route", "champion", "candidate", "fate")):
        asked = ", ".join(f"{count} {fate}" for fate, count in sorted(each.fates.items()))
        missed = f", {each.missed} not asked for want of room" if each.missed else ""
        print(f"/{each.route}, {each.candidate} beside {each.champion}: {asked}{missed}")
        if each.slower is not None:
            print(f"  it took {each.slower:.2f} × the champion's time; that holds its waiting, and")
            print("  the candidate has the lowest priority")
        for name, said in each.fields.items():
            words = f"{said['mean']:+.3g} on average, {said['rms']:.3g} root mean square"
            stated = said.get("stated")
            beside = f"; the champion states ± {stated:.3g}" if stated else ""
            print(f"  {name}, {said['units']}: {words}{beside}")
        for reason in each.reasons:
            print(f"  {reason}")
