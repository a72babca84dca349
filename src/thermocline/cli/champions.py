"""`thermocline models evaluate | promote | rollback | champion | log`: who is champion, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from thermocline.cli.connection import (
    REFERENCE,
    SystemOption,
    default_name,
    reading_client,
    registered_name,
    registry_client,
)
from thermocline.errors import ThermoclineError

if TYPE_CHECKING:
    from thermocline.registry.aliases.history import Entry


def add_commands(models: typer.Typer) -> None:
    """Add this file's commands."""
    models.command("evaluate")(evaluate)
    models.command("promote")(promote)
    models.command("rollback")(rollback)
    models.command("champion")(champion)
    models.command("log")(log)


def evaluate(
    version: Annotated[str, typer.Argument(help=REFERENCE)] = "champion",
    system: SystemOption = None,
    params: Annotated[Path, typer.Option(help="What is asked.")] = Path("params.yaml"),
) -> None:
    """Score a version on the test split of params.yaml, as the pipeline's evaluate stage does.

    Its promotion test is by that evaluation from now on. The data are those that the pipeline
    prepared last; the first evaluation stays among the version's files.
    """
    from rich.progress import track

    from thermocline.registry.registration.evaluate_again import evaluate_again
    from thermocline.registry.versions.lookup import resolve
    from thermocline.systems.config import load_config
    from thermocline.verify.board.console import show_summary

    config = load_config(params)
    client = registry_client()
    found = resolve(client, version, default_name(system))
    board, other = evaluate_again(client, found, config, track)
    show_summary(board)
    told = "is judged by this evaluation now" if other else "was evaluated so already"
    print(f"{found.name} version {found.version} {told}")


def promote(
    version: Annotated[str, typer.Argument(help=REFERENCE)] = "candidate",
    system: SystemOption = None,
    params: Annotated[Path, typer.Option(help="Seed and resamples of the bootstrap.")] = Path(
        "params.yaml"
    ),
    allow_uncommitted: Annotated[
        bool,
        typer.Option(
            help="Also if files that the pipeline reads were not committed when it was trained; "
            "so does THERMOCLINE_ALLOW_UNCOMMITTED=1.",
        ),
    ] = False,
) -> None:
    """Make a version champion, if it is shown better than the champion on the same cases.

    Refused otherwise, with exit code 2 and the reason; there is no way around the test.
    """
    from thermocline.pipeline.edited import allowed_by_environment
    from thermocline.registry.promotion.edits import Edits
    from thermocline.registry.promotion.promote import promote
    from thermocline.registry.registration.record import note_champion, noting, renew
    from thermocline.registry.versions.lookup import resolve, system_of_version
    from thermocline.systems.config import load_config

    config = load_config(params)
    client = registry_client()
    found = resolve(client, version, default_name(system))
    edits = Edits(allowed=allow_uncommitted or allowed_by_environment())
    result = promote(client, found.name, str(found.version), config, edits)
    print(f"{result.name} version {result.version} is champion")
    print(f"  promotion test:        {result.promotion.explanation}")
    print(f"  best classical method: {result.baseline.explanation}")
    if result.note:
        print(f"  {result.note}")
    with noting():
        renew(result, system_of_version(client, found))
        note_champion(client, found.name)


def rollback(
    system: SystemOption = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the log.")] = "",
) -> None:
    """Make the former champion champion again, after loading it and asking it one problem."""
    from thermocline.registry.promotion.rollback import rollback
    from thermocline.registry.registration.record import note_champion, noting

    name = registered_name(system)
    client = registry_client()
    entry = rollback(client, name, reason)
    instead = f"in place of version {entry.former}" if entry.former else f"({entry.reason})"
    print(f"{name} version {entry.to} is champion again, {instead}")
    with noting():
        note_champion(client, name)


def champion(
    on: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="A day (its end, UTC) or a time, such as 2026-05-01; now if left out."),
    ] = None,
    system: SystemOption = None,
) -> None:
    """Who is champion, or was on a day, by the log."""
    import sys

    from thermocline.registry.aliases.history import last_change, parse_moment
    from thermocline.registry.aliases.log import apply, entries, settled
    from thermocline.registry.promotion.rollback import cut_short, finish
    from thermocline.registry.registration.record import note_champion, noting

    name = registered_name(system)
    at = None if on is None else parse_moment(on)
    client = reading_client()
    # What a killed process left behind is mended.
    if at is None and (entry := cut_short(client, name)):
        finish(registry_client(), name, entry)
    elif at is None and not settled(client, name):
        apply(registry_client(), name)
    if at is None:
        try:
            with noting():
                note_champion(client, name)
        except ThermoclineError as problem:  # who only asks may have no right to write here
            print(f"thermocline: {problem}", file=sys.stderr)
    log_ = entries(client, name)
    when = f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "now"
    entry = last_change(log_, at=at)
    if entry is None:
        first = last_change(log_[:1])
        print(f"{name}: no champion {when}" + (f"; the log begins {_time(first)}" if first else ""))
        return
    print(f"{name} version {entry.to} ({when})" if entry.to else f"{name}: no champion {when}")
    print(f"  since {_time(entry)}: {entry.change}. {entry.reason}")
    print(f"  by {entry.actor}")


def log(system: SystemOption = None) -> None:
    """Every change of the champion, in order; those that came too late to count are void."""
    from thermocline.registry.aliases.log import entries

    name = registered_name(system)
    found = entries(reading_client(), name)
    if not found:
        print(f"{name}: no change of the champion yet")
    for entry in found:
        void = "" if entry.valid else "  VOID: the champion had changed meanwhile"
        change = f"@{entry.alias} {entry.former or '–'} → {entry.to or '–'}  {entry.change}{void}"
        print(f"{entry.number:>4}  {_time(entry)}  {change}")
        print(f"      {entry.reason}")
        print(f"      {entry.actor}")


def _time(entry: "Entry") -> str:
    return f"{entry.time:%Y-%m-%d %H:%M:%S} UTC"
