"""Energy and variogram scores of the last demo's boards: members as fields, not cell by cell.

    python -m benchmarks.shape [--reports build/reports]

Run `make demo` first. For all that was asked: ours over the best other method by that score, with
a paired interval; ratios whose interval excludes 1 are bold. Methods that state a spread and draw
no members have neither score; where no other method has one, a dash stands.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from thermocline.verify.board.boardfiles import read_board
from thermocline.verify.board.presentation import MODEL, variable_title
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.tables import ratio_text

SCORES = ("energy", "variogram")


def best_other(rows: list, score: str) -> str | None:
    """The method with the least score, but for ours; None if no other has one."""
    found = [r for r in rows if r.method != MODEL and r.extra.get(score) is not None]
    return min(found, key=lambda row: row.extra[score]).method if found else None


def table_of(board: Board) -> Table:
    """A row for all that was asked of a system."""
    words = board.presentation
    table = Table(title=f"{board.system}: Thermocline over the best other method by that score")
    for heading in ("Observed", "Variable", "Best other", "Energy", "Best other", "Variogram"):
        table.add_column(heading)
    ratios = {(each.group, each.reference): each.verdicts for each in board.ratios()}
    for group, rows in board.groups():
        cells = []
        for score in SCORES:
            other = best_other(rows, score)
            verdict = ratios.get((group, other), {}).get(score)
            name = words.name(other, short=True) if other else "–"
            cells += [name, ratio_text(verdict, lambda text: f"[bold]{text}[/]")]
        table.add_row(words.asked(*group[:2], short=True), variable_title(group[2]), *cells)
    return table


def main() -> None:
    """Print a table a system."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=Path, default=Path("build/reports"))
    for report in sorted(parser.parse_args().reports.glob("*/scoreboard.json")):
        Console(width=130).print(table_of(read_board(report.parent)), "")


if __name__ == "__main__":
    main()
