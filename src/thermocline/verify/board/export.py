"""A board for `dvc metrics` and `dvc plots`: its main numbers as nested JSON, and as a table."""

import csv
from pathlib import Path

from thermocline.files import atomic_path, write_json
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.tables import observed

SCORES_SHOWN = ("rmse", "crps", "bias", "spread_skill")


def write_metrics(board: Board, path: str | Path) -> None:
    """What was asked → method → number, as JSON: `dvc metrics diff` compares two of these."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in board.rows:
        asked = observed(board, row.group, short=False)
        numbers = {name: getattr(row, name) for name in SCORES_SHOWN}
        kept = {name: float(value) for name, value in numbers.items() if value is not None}
        found.setdefault(asked, {})[row.method] = kept
    write_json(path, found)


def write_plots(board: Board, path: str | Path) -> None:
    """A line for each row of the board, as CSV: method, what was asked, variable, RMSE and CRPS."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["method", "asked", "variable", "rmse", "crps"])
        for row in board.rows:
            asked = observed(board, row.group, short=False)
            table.writerow([row.method, asked, row.variable, row.rmse, row.crps])
