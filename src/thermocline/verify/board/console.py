"""The scoreboard on the console, 80 characters wide."""

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.tables import cells_of, ratio_text, title_of

if TYPE_CHECKING:
    from thermocline.verify.board.rows import Ratio, Row
    from thermocline.verify.board.scoreboard import Board

STYLE: dict[str, Any] = {
    "box": SIMPLE_HEAD,
    "title_justify": "left",
    "title_style": "bold",
    "pad_edge": False,
    "show_edge": False,
    "collapse_padding": True,
}
HEADS = ("RMSE", "95 %", "CRPS", "Spread\n/skill", "Evals", "Seconds", "Cases")
COLUMNS_SHOWN = ("crps", "spread_skill", "evaluations", "seconds", "cases")


def show(board: "Board") -> None:
    """Print every method's main scores, and the model against the best other method."""
    console, words = Console(), board.presentation
    for group, rows in board.groups():
        unit = words.unit_of(group[2])
        table = Table(title=title_of(words, group) + (f" ({unit})" if unit else ""), **STYLE)
        table.add_column("Method", no_wrap=True)
        for heading in HEADS:
            table.add_column(heading, justify="right", no_wrap=True)
        for cells, row in zip(cells_of(words, rows, _bold, intervals=False), rows, strict=True):
            interval = "–" if row.rmse_ci is None else f"{row.rmse_ci[0]:.3f}–{row.rmse_ci[1]:.3f}"
            name = words.name(row.method, short=True) + cells["method"].partition(" †")[1]
            table.add_row(name, cells["rmse"], interval, *(cells[key] for key in COLUMNS_SHOWN))
        console.print(table, "")
    show_summary(board)


def show_summary(board: "Board") -> None:
    """Print, for all that was asked, the model against the best other method by each score."""
    words, title = board.presentation, f"{board.system}: Thermocline over the best other"
    table = Table(title=f"{title} by each score; green is certain", **STYLE)
    table.add_column("Observed")
    for heading in ("RMSE ratio", "CRPS ratio"):
        table.add_column(heading, no_wrap=True)
    several, said = len({row.variable for row in board.rows}) > 1, ""
    ratios = {(each.group, each.reference): each for each in board.ratios()}
    for group, rows in board.groups():
        found = [(score, _best_other(rows, score)) for score in ("rmse", "crps")]
        if not any((group, method) in ratios for _, method in found):
            continue
        texts = [
            _over(ratios.get((group, method)), score, words.spoken(method))
            for score, method in found
        ]
        if several and group[2] != said:
            said = group[2]
            table.add_row(f"[bold]{words.variable_title(said)}[/]")
        table.add_row(words.asked(*group[:2], short=True), *texts)
    if table.row_count:
        Console().print(table, "")


def _best_other(rows: "list[Row]", score: str) -> str:
    """The method of the least score, the model aside; "" if no other has it."""
    found = {row.method: getattr(row, score) for row in rows if row.method != MODEL}
    known = {method: value for method, value in found.items() if value is not None}
    return min(known, key=known.__getitem__, default="")


def _over(ratio: "Ratio | None", score: str, other: str) -> str:
    """A ratio, and below it over what it is."""
    verdict = None if ratio is None else ratio.verdicts.get(score)
    return ratio_text(verdict, _bold) + (f"\nover {other}" if verdict is not None else "")


def _bold(text: str) -> str:
    return f"[bold green]{text}[/]"
