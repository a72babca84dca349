"""The scoreboard as text: Markdown for the report, a coloured table for the console."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from thermocline.ocean.variables import VARIABLES
from thermocline.verify import bootstrap
from thermocline.verify.calibration_tables import calibration
from thermocline.verify.scoreboard import OURS
from thermocline.verify.text import PROTOCOLS, markdown_table, number, share_observed

if TYPE_CHECKING:
    from thermocline.verify.rows import Ratio, Row
    from thermocline.verify.scoreboard import Board

NAMES = {
    "thermocline": "Thermocline",
    "reconmost": "ReconMOST (published preset)",
    "climatology": "Climatology",
    "oi": "Optimal interpolation, per level",
    "ensemble_oi": "Ensemble OI, localised",
    "ensemble_oi_hybrid": "Ensemble OI, partly localised",
    "dineof": "DINEOF",
}
"""What readers call the methods."""

SHORT = {
    "reconmost": "ReconMOST",
    "oi": "OI per level",
    "ensemble_oi": "Ensemble OI",
    "ensemble_oi_hybrid": "Partly localised",
}

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


def method_name(method: str, short: bool = False) -> str:
    """What readers call a method, or a variant such as `oi (alone)`; `short` for narrow tables."""
    known, bracket, variant = method.partition(" (")
    name = NAMES.get(known, known)
    return (SHORT.get(known, name) if short else name) + bracket + variant


def unit_of(variable: str) -> str:
    """The unit as readers write it, such as °C."""
    units = VARIABLES[variable].units if variable in VARIABLES else ""
    return {"degree_Celsius": "°C", "1": ""}.get(units, units)


def group_title(protocol: str, density: float, variable: str) -> str:
    """Such as `2 % of columns observed`."""
    name = VARIABLES[variable].long_name if variable in VARIABLES else variable
    return f"{name}: {100 * density:g} % {PROTOCOLS.get(protocol, protocol)}"


def groups(board: "Board") -> list[tuple[tuple[str, float, str], list["Row"]]]:
    """Rows by protocol, density and variable, columns first, densities ascending, best first."""
    keys = sorted({row.group for row in board.rows}, key=lambda g: (g[2], g[0] != "columns", g[1]))
    order = lambda row: row.rmse if row.rmse is not None else float("inf")
    return [(key, sorted((r for r in board.rows if r.group == key), key=order)) for key in keys]


def markdown(board: "Board") -> str:
    """The whole scoreboard as Markdown."""
    context = board.context
    lines = [f"# Scoreboard: {board.system}", ""]
    lines.append(
        f"{context.grid['rows']} × {context.grid['columns']} cells, "
        f"{len(context.grid['depth'])} levels from {context.grid['depth'][0]:g} to "
        f"{context.grid['depth'][-1]:g} m, {context.valid_cells} of them ocean; "
        f"held-out months {context.period}; mask {context.mask_digest[:12]}."
    )
    for group, rows in groups(board):
        lines += ["", f"## {group_title(*group)}", ""]
        lines += markdown_table(
            _headings(unit_of(group[2])), _cells(rows, lambda text: f"**{text}**")
        )
        if _partial(rows):
            lines += ["", "† scored on fewer cases than the others; not compared for the best."]
    ours = [row for _, rows in groups(board) for row in rows if row.method == OURS]
    lines += calibration(ours, context.grid["depth"])
    ratios = board.ratios()
    if ratios:
        lines += ["", "## Thermocline against the others", ""]
        lines.append(
            "Ratio of scores on the cases both were scored on, with paired 95 % intervals; below "
            "1 Thermocline is better, and bold where the whole interval lies to one side."
        )
        lines.append("")
        lines += markdown_table(
            ["Observed", "Against", "RMSE ratio", "CRPS ratio", "Cases"],
            [_ratio_cells(ratio, lambda text: f"**{text}**") for ratio in _ordered(ratios)],
        )
    lines += ["", "## Notes", ""]
    lines += [f"- {note}" for note in (*DEFINITIONS, *board.notes, *_row_notes(board))]
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
        for cells, row in zip(_cells(rows, bold, intervals=False), rows, strict=True):
            interval = "–" if row.rmse_ci is None else f"{row.rmse_ci[0]:.3f}–{row.rmse_ci[1]:.3f}"
            name = method_name(row.method, short=True) + cells[0].partition(" †")[1]
            table.add_row(name, cells[1], interval, cells[2], cells[4], *cells[8:10], cells[11])
        console.print(table, "")
    ratios = _ordered(board.ratios())
    if ratios:
        table = Table(title="Thermocline / other: below 1 is better, green is certain", **style)
        for heading in ("Observed", "Against", "RMSE ratio", "CRPS ratio"):
            table.add_column(heading, no_wrap=True)
        for ratio in ratios:
            cells = _ratio_cells(ratio, bold)
            table.add_row(cells[0], method_name(ratio.reference, short=True), *cells[2:4])
        console.print(table, "")


def _headings(unit: str) -> list[str]:
    return [
        "Method",
        f"RMSE ({unit})",
        f"CRPS ({unit})",
        f"Bias ({unit})",
        "Spread/skill",
        f"MSE observed ({unit}²)",
        f"MSE others ({unit}²)",
        f"MSE total ({unit}²)",
        "Evaluations",
        "Seconds",
        "Members",
        "Cases",
    ]


def _cells(
    rows: list["Row"], bold: Callable[[str], str], intervals: bool = True
) -> list[list[str]]:
    partial = _partial(rows)
    full = [row for row in rows if row.method not in partial]
    best = {
        key: min((v for r in full if (v := getattr(r, key)) is not None), default=None)
        for key in ("rmse", "crps", "mse_total")
    }

    def value(row: "Row", key: str, interval: list[float] | None = None) -> str:
        score = getattr(row, key)
        text = number(score)
        if score is not None and row in full and score == best.get(key):
            text = bold(text)
        shown = interval if intervals else None
        return text + (f" [{shown[0]:.3f}, {shown[1]:.3f}]" if shown else "")

    return [
        [
            method_name(row.method) + (" †" if row.method in partial else ""),
            value(row, "rmse", row.rmse_ci),
            value(row, "crps", row.crps_ci),
            number(row.bias, "+.3f"),
            number(row.spread_skill, ".2f"),
            value(row, "mse_guidance"),
            value(row, "mse_reconstruction"),
            value(row, "mse_total"),
            str(row.evaluations) if row.evaluations else "–",
            f"{row.seconds:.1f}" if row.seconds >= 0.05 else "<0.1",
            str(row.members) if row.members else "–",
            str(row.cases),
        ]
        for row in rows
    ]


def _ratio_cells(ratio: "Ratio", bold: Callable[[str], str]) -> list[str]:
    def text(verdict: bootstrap.Verdict | None) -> str:
        if verdict is None:
            return "–"
        value = f"{verdict.ratio.estimate:.3f}"
        value = bold(value) if verdict.decision != "undecided" else value
        return f"{value} [{verdict.ratio.low:.3f}, {verdict.ratio.high:.3f}]"

    observed, against = share_observed(ratio.protocol, ratio.density), method_name(ratio.reference)
    return [observed, against, text(ratio.rmse), text(ratio.crps), str(ratio.cases)]


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
