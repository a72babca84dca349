"""The command line. Heavy packages are imported inside the commands, so that help is instant."""

import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from thermocline import __version__
from thermocline.cli import (
    compare,
    drift,
    endpoints,
    fetch,
    gather,
    lineage,
    models,
    plan,
    rebuild,
    servers,
    shadow,
    stages,
    summary,
    sweep,
    transfer,
)
from thermocline.errors import ThermoclineError, in_words

app = typer.Typer(
    cls=endpoints.Commands,
    help="Complete ocean fields with trustworthy uncertainty from sparse observations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models.app, name="models")
ROOMS = (
    *(endpoints, compare, drift, fetch, gather, lineage, plan, rebuild, servers, shadow, stages),
    summary,
    sweep,
    transfer,
)
for room in ROOMS:
    room.add_commands(app, models.app)


def main() -> None:
    """Run the command line; a problem the user can mend is one line on stderr and exit code 2."""
    try:
        app()
    except Exception as problem:
        print(f"thermocline: {in_words(problem)}", file=sys.stderr)
        sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Complete ocean fields with trustworthy uncertainty from sparse observations."""


@app.command("check-config")
def check_config(
    file: Annotated[Path, typer.Argument(help="The parameters to check.")] = Path("params.yaml"),
) -> None:
    """Say whether params.yaml is valid; name every unknown key and impossible value, and what
    cannot be searched.
    """
    from thermocline import systems
    from thermocline.systems.config import load_config
    from thermocline.tuning.space import remarks

    config = load_config(file)
    for name in systems.names():
        if config.section(name).tune.space:
            for line in remarks(config, name):
                print(f"{file}: {name}.tune.space: {line}")
    print(f"{file}: valid")


@app.command()
def scoreboard(
    system: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="The system; all that have a scoreboard if left out."),
    ] = None,
    brief: Annotated[
        bool, typer.Option("--brief", help="Only the model against the best other method.")
    ] = False,
) -> None:
    """Show a system's scoreboard, and the verdicts of the promotion test."""
    from thermocline import systems

    boards = Path("build/reports")
    if system is not None:
        found = [systems.get(system).name]
    else:
        found = [name for name in systems.names() if (boards / name).is_dir()]
    if not found:
        raise ThermoclineError(
            "no scoreboard yet", where=str(boards), fix="`dvc repro` trains models and scores them"
        )
    for name in found:
        _show_board(boards / name, name, brief)


def _show_board(folder: Path, system: str, brief: bool) -> None:
    import json

    from thermocline.verify.board.boardfiles import read_board
    from thermocline.verify.board.console import show, show_summary

    board = read_board(folder)
    show_summary(board) if brief else show(board)
    registered = Path("build/registry") / f"{system}.json"
    if registered.is_file():
        result = json.loads(registered.read_text(encoding="utf-8"))
        print(f"{result['name']} version {result['version']} {_aliases(result)}".rstrip())
        print(f"  {result['promotion']['explanation']}")
        print(f"  {result['baseline']['explanation']}")
        print("  (each case counts alike here; above, cases with large errors count more)")


def _aliases(registered: dict[str, Any]) -> str:
    """The aliases that a registered version holds now; if that cannot be told, nothing."""
    from thermocline.predict.tracking import tracking_uri
    from thermocline.registry.store.calls import if_there
    from thermocline.registry.store.reader import open_reader
    from thermocline.registry.store.tags import DIGEST
    from thermocline.registry.versions.lookup import aliases_of

    reader = open_reader(tracking_uri())
    name, number = registered["name"], registered["version"]
    version = if_there(reader.get_model_version, name, number) if reader else None
    if version is None or version.tags.get(DIGEST) != registered.get("digest"):
        return ""
    return " ".join(f"@{alias}" for alias in aliases_of(reader, version))
