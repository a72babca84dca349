"""The tables of the robustness benchmark, as Markdown and on the console."""

from collections.abc import Iterator

from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.text import markdown_table, number
from thermocline.verify.significance.bootstrap import Verdict

Scored = dict[str, tuple[Board, dict[str, float]]]
Sheet = tuple[str, list[str], list[list[str]]]

TITLES = {
    "clean": "as stated",
    "doubled": "errors doubled",
    "gross_columns": "20 % of columns off",
    "gross_values": "20 % of values off",
    "one_basin": "North Atlantic alone",
    "nothing": "none",
}
METHODS = {
    "climatology": "Climatology",
    "ensemble_oi": "Ensemble OI",
    "ensemble_oi_checked": "… checked",
    "thermocline": "Ours",
    "thermocline_checked": "… checked",
}
SCORES = {"rmse": "RMSE (°C)", "crps": "CRPS (°C)", "spread_skill": "Spread/skill"}
AGAINST = {"ensemble_oi_checked": "ensemble OI, checked", "climatology": "climatology"}


def sheets(scored: Scored) -> Iterator[Sheet]:
    """Title, headings and rows of each table."""
    for key, title in SCORES.items():
        rows = []
        for name, (board, _) in scored.items():
            found = {row.method: getattr(row, key) for row in board.rows}
            rows.append([TITLES[name], *(number(found[method]) for method in METHODS)])
        yield title, ["Observations", *METHODS.values()], rows
    rows = []
    for name, (board, _) in scored.items():
        for reference, words in AGAINST.items():
            [ratio] = board.ratios("thermocline_checked", reference)
            rows.append([TITLES[name], words, _interval(ratio.rmse), _interval(ratio.crps)])
    yield "Ours to others, both checked", ["Observations", "To", "RMSE ratio", "CRPS ratio"], rows
    rows = [
        [
            TITLES[name],
            number(checks["found"] / checks["gross"] if checks["gross"] else None, ".1%"),
            number(checks["false"] / checks["good"] if checks["good"] else None, ".2%"),
            number(checks["factor"], ".2f"),
        ]
        for name, (_, checks) in scored.items()
    ]
    yield "The checks", ["Observations", "Wrong found", "Good rejected", "Error factor"], rows


def markdown(scored: Scored) -> str:
    """The whole report."""
    lines = ["# Robustness"]
    for title, headings, rows in sheets(scored):
        lines += ["", f"## {title}", "", *markdown_table(headings, rows)]
    return "\n".join(lines) + "\n"


def show(scored: Scored) -> None:
    """Print the tables."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    for title, headings, rows in sheets(scored):
        table = Table(title=title, box=SIMPLE_HEAD, title_justify="left")
        for number_of, heading in enumerate(headings):
            table.add_column(heading, justify="right" if number_of else "left")
        for row in rows:
            table.add_row(*row)
        Console().print(table)


def _interval(verdict: Verdict | None) -> str:
    if verdict is None:
        return "–"
    ratio = verdict.ratio
    return f"{ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
