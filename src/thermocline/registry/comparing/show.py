"""The differences of two models as tables on the console."""

import re
from collections.abc import Sequence
from typing import Any

from thermocline.registry.comparing.differences import Change, Differences
from thermocline.registry.comparing.paired_scores import Score
from thermocline.verify.board.text import number

COLOUR = {"better": "green", "worse": "red"}


def show(found: Differences, console: Any = None) -> None:
    """Print what differs; A is the first, B the second."""
    from rich.console import Console
    from rich.markup import escape

    console = console or Console()
    console.print(f"[bold]A[/]  {escape(found.a)}\n[bold]B[/]  {escape(found.b)}\n", soft_wrap=True)
    for title, changes in (
        ("Parameters", found.parameters),
        ("Data, code and environment", found.origin),
        ("Contract", found.contract),
        ("Verdicts of the promotion test", found.verdicts),
    ):
        if changes:
            console.print(_changes(title, changes), "")
    if found.scores:
        console.print(_scores(found.scores), "")
    if found.incomparable:
        console.print(f"Scores are not compared: {escape(found.incomparable)}.", soft_wrap=True)
    for note in found.notes:
        console.print(f"Note: {escape(note)}.", soft_wrap=True)
    if found.none:
        console.print("Nothing differs.")


def _changes(title: str, changes: Sequence[Change]) -> Any:
    from rich.markup import escape

    table = _table(title)
    table.add_column("", overflow="fold")
    for heading in ("A", "B"):
        table.add_column(heading, overflow="fold", ratio=1)
    for change in changes:
        table.add_row(*(escape(_brief(text)) for text in (change.name, change.a, change.b)))
    return table


def _scores(scores: Sequence[Score]) -> Any:
    table = _table("Scores on held-out cases, with 95 % intervals; A − B below 0: A errs less")
    table.add_column("Asked", overflow="fold")
    table.add_column("Score", no_wrap=True)
    for heading in ("A", "B", "A − B"):
        table.add_column(heading, justify="right", overflow="fold")
    previous = ""
    for score in scores:
        # To a tenth of what the scores show.
        gap = _number(score.difference, score.interval, "+.4f", " to ")
        if score.decision in COLOUR:
            gap = f"[{COLOUR[score.decision]}]{gap}[/]"
        table.add_row(
            "" if score.asked == previous else score.asked,
            score.title,
            _number(score.a, score.a_interval),
            _number(score.b, score.b_interval),
            score.note or gap,
        )
        previous = score.asked
    return table


def _table(title: str) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    look = {"title_justify": "left", "title_style": "bold", "box": SIMPLE_HEAD}
    return Table(title=title, pad_edge=False, show_edge=False, **look)  # type: ignore[arg-type]


def _number(
    value: float | None, interval: Sequence[float] | None, form: str = ".3f", to: str = "–"
) -> str:
    """A number with its interval beneath it."""
    below = f"\n{interval[0]:{form}}{to}{interval[1]:{form}}" if interval else ""
    return number(value, form) + below


def _brief(text: str) -> str:
    """The text with digests cut to what tells them apart; --json has them whole."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{20,}", r"\1…", text)
