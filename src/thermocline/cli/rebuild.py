"""`thermocline rebuild`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from thermocline.cli.connection import REFERENCE, SystemOption, default_name


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(rebuild)


def rebuild(
    model: Annotated[str, typer.Argument(help=REFERENCE)] = "champion",
    system: SystemOption = None,
    weights_only: Annotated[
        bool, typer.Option("--weights-only", help="Stop after comparing the weights.")
    ] = False,
    keep: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A new folder for the rebuilt model; otherwise nothing is kept."),
    ] = None,
    root: Annotated[
        Path, typer.Option(help="A clone of the repository it was trained in.")
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Train a registered model again from its lineage, and say how far the result is the same.

    Exit status: 0 if the weights are the same to the bit, or else the scoreboard agrees within
    its intervals; 2 if not, or if it cannot be rebuilt.
    """
    import json

    from rich.console import Console

    from thermocline.registry.rebuilding.rebuild import rebuild as run
    from thermocline.registry.rebuilding.reproducibility import in_words

    console = Console(stderr=as_json, soft_wrap=True, highlight=False, markup=False)
    with console.status("Fetching the model") as status:
        result = run(
            model,
            root,
            name=default_name(system),
            weights_only=weights_only,
            keep=keep,
            say=_say(console, status),
        )
    if result.scores is not None:
        for row in result.scores.rows:
            console.print(f"  {in_words(row)}")
    console.print(result.verdict)
    if keep is not None:
        console.print(f"kept in {keep}")
    if as_json:
        print(json.dumps(result.to_dict(), indent=1))
    raise typer.Exit(0 if result.reproduced else 2)


def _say(console: Any, status: Any) -> Callable[[str, str], None]:
    """Show the stage that runs and its latest line; print what is worth keeping."""
    from rich.text import Text

    running = [""]

    def say(event: str, text: str) -> None:
        if event == "stage":
            running[0] = text
            status.update(Text(text))
        elif event == "line":
            width = max(20, console.width - len(running[0]) - 8)
            status.update(Text(f"{running[0]}: {text[:width]}"))
        else:
            console.print(text)

    return say
