"""The scoreboard as text: Markdown for the report, a coloured table for the console."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from thermocline.ocean.variables import VARIABLES
from thermocline.verify import bootstrap
from thermocline.verify.calibration_tables import calibration
from thermocline.verify.columns import Column, columns_of
from thermocline.verify.downscaled_tables import BLOCK_DEFINITIONS, downscaled_sections
from thermocline.verify.names import method_name
from thermocline.verify.scoreboard import OURS
from thermocline.verify.text import PROTOCOLS, markdown_table, share_observed

if TYPE_CHECKING:
    from thermocline.verify.rows import Context, Ratio, Row
    from thermocline.verify.scoreboard import Board

DEFINITIONS = (
    "RMSE, bias, CRPS and spread/skill are over all ocean cells of all levels, weighted by cell "
    "area; every level counts alike, whatever its thickness. CRPS is the fair one for members, "
    "the Gaussian one for a stated standard deviation and the mean absolute error for a point "
    "estimate. Spread/skill is 1 when the stated uncertainty has the size of the error.",
    "MSE on observed cells, on the others, and in total = density × observed + (1 − density) × "
    "others, are not weighted by area, as published.",
    "Brackets are 95 % bootstrap intervals over cases. Evaluations are network evaluations a "
    "member; seconds are wall-clock a case.",
)


def unit_of(variable: str) -> str:
    """The unit as readers write it, such as °C."""
    units = VARIABLES[variable].units if variable in VARIABLES else ""
    return {"degree_Celsius": "°C", "1": ""}.get(units, units)


def group_title(protocol: str, density: float, variable: str) -> str:
    """Such as `2 % of columns observed`."""
    name = VARIABLES[variable].long_name if variable in VARIABLES else variable
    if protocol == "blocks":
        return f"{name}: from {share_observed(protocol, density)} cells"
    return f"{name}: {100 * density:g} % {PROTOCOLS.get(protocol, protocol)}"


def groups(board: "Board") -> list[tuple[tuple[str, float, str], list["Row"]]]:
    """Rows by protocol, density and variable, columns first, densities ascending, best first."""
    keys = sorted({row.group for row in board.rows}, key=lambda g: (g[2], g[0] != "columns", g[1]))
    order = lambda row: row.rmse if row.rmse is not None else float("inf")
    return [(key, sorted((r for r in board.rows if r.group == key), key=order)) for key in keys]


def markdown(board: "Board") -> str:
    """The whole scoreboard as Markdown."""
    lines = [f"# Scoreboard: {board.system}", "", _described(board.context)]
    for group, rows in groups(board):
        lines += ["", f"## {group_title(*group)}", ""]
        columns, unit = columns_of(group[0]), unit_of(group[2])
        headings = ["Method", *(column.heading.format(unit=unit) for column in columns)]
        cells = _cells(rows, lambda text: f"**{text}**")
        lines += markdown_table(headings, [list(texts.values()) for texts in cells])
        if _partial(rows):
            lines += ["", "† scored on fewer cases than the others; not compared for the best."]
    ours = [row for _, rows in groups(board) for row in rows if row.method == OURS]
    blocks = "depth" not in board.context.grid
    if blocks:
        lines += downscaled_sections([row for _, rows in groups(board) for row in rows])
    else:
        lines += calibration(ours, board.context.grid["depth"])
    ratios = board.ratios()
    if ratios:
        lines += ["", "## Thermocline against the others", ""]
        lines.append(
            "Ratio of scores on the cases both were scored on, with paired 95 % intervals; below "
            "1 Thermocline is better, and bold where the whole interval lies to one side."
        )
        lines.append("")
        others = list(dict.fromkeys(name for ratio in ratios for name in ratio.others))
        headings = ["Observed", "Against", "RMSE ratio", "CRPS ratio"]
        headings += [f"{JUDGED_NAMES[name]} ratio" for name in others]
        lines += markdown_table(
            [*headings, "Cases"],
            [_ratio_cells(ratio, lambda text: f"**{text}**", others) for ratio in _ordered(ratios)],
        )
    lines += ["", "## Notes", ""]
    definitions = BLOCK_DEFINITIONS if blocks else DEFINITIONS
    lines += [f"- {note}" for note in (*definitions, *board.notes, *_row_notes(board))]
    return "\n".join(lines) + "\n"


def show(board: "Board") -> None:
    """Print the board's main columns and the ratios on the console, 80 characters wide."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    bold = lambda text: f"[bold green]{text}[/]"
    style: dict[str, Any] = {"box": SIMPLE_HEAD, "title_justify": "left", "title_style": "bold"}
    style |= {"pad_edge": False, "show_edge": False}
    for group, rows in groups(board):
        unit = unit_of(group[2])
        table = Table(title=f"{group_title(*group)} ({unit})", **style)
        table.add_column("Method", no_wrap=True)
        for heading in (
            "RMSE",
            "95 %",
            "CRPS",
            "Spread\n/skill",
            "Evalu-\nations",
            "s a\ncase",
            "Cases",
        ):
            table.add_column(heading, justify="right", no_wrap=True)
        shown = ("crps", "spread_skill", "evaluations", "seconds", "cases")
        for cells, row in zip(_cells(rows, bold, intervals=False), rows, strict=True):
            interval = "–" if row.rmse_ci is None else f"{row.rmse_ci[0]:.3f}–{row.rmse_ci[1]:.3f}"
            name = method_name(row.method, True, row.protocol) + cells["method"].partition(" †")[1]
            table.add_row(name, cells["rmse"], interval, *(cells[key] for key in shown))
        console.print(table, "")
    ratios = _ordered(board.ratios())
    if ratios:
        table = Table(title="Thermocline / other: below 1 is better, green is certain", **style)
        for heading in ("Observed", "Against", "RMSE ratio", "CRPS ratio"):
            table.add_column(heading, no_wrap=True)
        for ratio in ratios:
            found = _ratio_cells(ratio, bold, [])
            table.add_row(found[0], method_name(ratio.reference, True, ratio.protocol), *found[2:4])
        console.print(table, "")


def _described(context: "Context") -> str:
    """What was scored, in a sentence."""
    grid = context.grid
    size = f"{grid['rows']} × {grid['columns']} cells"
    if "depth" not in grid:
        return (
            f"{size} of {grid['degrees']:g}°, from means of {grid['factor']} × {grid['factor']}, "
            f"in {', '.join(name.replace('_', ' ') for name in grid['regions'])}; "
            f"{context.valid_cells} cells of sea; held-out days of {context.period}; "
            f"mask {context.mask_digest[:12]}."
        )
    depth = grid["depth"]
    return (
        f"{size}, {len(depth)} levels from {depth[0]:g} to {depth[-1]:g} m, "
        f"{context.valid_cells} of them ocean; "
        f"held-out months {context.period}; mask {context.mask_digest[:12]}."
    )


def _cells(
    rows: list["Row"], bold: Callable[[str], str], intervals: bool = True
) -> list[dict[str, str]]:
    """Text by key of every row's columns, first the `method`; the best of full rows is bold."""
    partial = _partial(rows)
    full = [row for row in rows if row.method not in partial]
    columns = columns_of(rows[0].protocol)
    best = {
        c.key: min((v for r in full if (v := c.value(r)) is not None), default=None)
        for c in columns
        if c.least
    }

    def text(column: Column, row: "Row") -> str:
        value = column.value(row)
        words = column.write(value)
        if value is not None and row in full and value == best.get(column.key):
            words = bold(words)
        interval = column.interval(row) if intervals else None
        return words + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")

    return [
        {
            "method": method_name(row.method, protocol=row.protocol)
            + (" †" if row.method in partial else "")
        }
        | {column.key: text(column, row) for column in columns}
        for row in rows
    ]


JUDGED_NAMES = {"gradient_rmse": "Gradient RMSE"}
"""What readers call what only some systems are judged by."""


def _ratio_cells(ratio: "Ratio", bold: Callable[[str], str], others: Iterable[str]) -> list[str]:
    def text(verdict: bootstrap.Verdict | None) -> str:
        if verdict is None:
            return "–"
        value = f"{verdict.ratio.estimate:.3f}"
        value = bold(value) if verdict.decision != "undecided" else value
        return f"{value} [{verdict.ratio.low:.3f}, {verdict.ratio.high:.3f}]"

    observed = share_observed(ratio.protocol, ratio.density)
    against = method_name(ratio.reference, protocol=ratio.protocol)
    more = [text(ratio.others.get(name)) for name in others]
    return [observed, against, text(ratio.rmse), text(ratio.crps), *more, str(ratio.cases)]


def _ordered(ratios: Iterable["Ratio"]) -> list["Ratio"]:
    return sorted(
        ratios, key=lambda r: (r.variable, r.protocol != "columns", r.density, r.reference)
    )


def _partial(rows: list["Row"]) -> set[str]:
    most = max(row.cases for row in rows)
    return {row.method for row in rows if row.cases < most}


def _row_notes(board: "Board") -> list[str]:
    notes = []
    for row in board.rows:
        if "note" in row.extra:
            notes.append(f"{method_name(row.method)}: {row.extra['note']}")
    return list(dict.fromkeys(notes))
