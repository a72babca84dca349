"""The scoreboard as Markdown, for the report; `verify.console` has it for the console."""

from collections.abc import Callable, Sequence

from thermocline.verify.board.calibration_tables import calibration
from thermocline.verify.board.columns import Column, Section
from thermocline.verify.board.presentation import Presentation
from thermocline.verify.board.rows import Group, Ratio, Row
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.text import markdown_table
from thermocline.verify.significance import bootstrap

INTERVALS = (
    "Brackets are 95 % bootstrap intervals over {cases}. Evaluations are network evaluations a "
    "member; seconds are wall-clock a case."
)
Bold = Callable[[str], str]


def title_of(words: Presentation, group: Group) -> str:
    """Such as `Sea surface temperature: from means of 5 × 5 cells`."""
    return f"{words.variable_title(group[2])}: {words.asked(*group[:2])}"


def markdown(board: Board) -> str:
    """The whole scoreboard as Markdown."""
    words, context = board.presentation, board.context
    size = f"{context.grid.get('rows', '?')} × {context.grid.get('columns', '?')} cells"
    lines = [f"# Scoreboard: {board.system}", ""]
    lines.append(
        f"{words.described or size}; {context.valid_cells} cells of sea are scored; held-out "
        f"{words.cases} of {context.period}; mask {context.mask_digest[:12]}."
    )
    for group, rows in board.groups():
        unit = words.unit_of(group[2])
        headings = ["Method", *(column.title(unit) for column in words.columns)]
        cells = cells_of(words, rows, lambda text: f"**{text}**")
        lines += ["", f"## {title_of(words, group)}", ""]
        lines += markdown_table(headings, [list(texts.values()) for texts in cells])
        if _partial(rows):
            lines += ["", "† scored on fewer cases than the others; not compared for the best."]
    for section in words.sections:
        lines += _section(board, section)
    rows = [row for _, each in board.groups() for row in each]
    lines += calibration(rows, words, context.grid.get("depth", []))
    lines += _ratios(board)
    lines += ["", "## Notes", ""]
    definitions = (*words.definitions, INTERVALS.format(cases=words.cases))
    notes = (f"{words.name(r.method)}: {r.extra['note']}" for r in board.rows if "note" in r.extra)
    lines += [f"- {note}" for note in (*definitions, *board.notes, *dict.fromkeys(notes))]
    return "\n".join(lines) + "\n"


def _section(board: Board, section: Section) -> list[str]:
    """Lines of a table below the main one; none if no row has its numbers."""
    words, several = board.presentation, len(board.groups()) > 1
    cells = []
    for group, rows in board.groups():
        for row in rows:
            values = [column.value(row) for column in section.columns]
            if any(value is not None for value in values):
                place = [observed(board, group)] if several else []
                texts = (c.write(v) for c, v in zip(section.columns, values, strict=True))
                cells.append([words.name(row.method), *place, *texts])
    if not cells:
        return []
    unit = words.unit_of(board.rows[0].variable)
    heads = ["Method", *(["Observed"] if several else [])]
    heads += [column.title(unit) for column in section.columns]
    below = [line for text in section.below for line in ("", text)]
    return ["", f"## {section.title}", "", *markdown_table(heads, cells), *below]


def observed(board: Board, group: Group, short: bool = True) -> str:
    """What was observed, and the variable that is asked for where there are several."""
    said = board.presentation.asked(*group[:2], short=short)
    several = len({row.variable for row in board.rows}) > 1
    return f"{said}, {board.presentation.variable_title(group[2]).lower()}" if several else said


def _ratios(board: Board) -> list[str]:
    ratios, words = _ordered(board), board.presentation
    if not ratios:
        return []
    metrics = [m for m in words.metrics if any(m.name in ratio.verdicts for ratio in ratios)]
    bold = lambda text: f"**{text}**"
    cells = [
        [
            observed(board, ratio.group),
            words.name(ratio.reference),
            *(ratio_text(ratio.verdicts.get(metric.name), bold) for metric in metrics),
            str(ratio.cases),
        ]
        for ratio in ratios
    ]
    heads = ["Observed", "Against", *(f"{metric.title} ratio" for metric in metrics), "Cases"]
    return [
        "",
        "## Thermocline against the others",
        "",
        "Ratio of scores on the cases both were scored on, with paired 95 % intervals; below "
        "1 Thermocline is better, and bold where the whole interval lies to one side.",
        "",
        *markdown_table(heads, cells),
    ]


def ratio_text(verdict: bootstrap.Verdict | None, bold: Bold) -> str:
    if verdict is None:
        return "–"
    value = f"{verdict.ratio.estimate:.3f}"
    value = bold(value) if verdict.decision != "undecided" else value
    return f"{value} [{verdict.ratio.low:.3f}, {verdict.ratio.high:.3f}]"


def cells_of(
    words: Presentation, rows: Sequence[Row], bold: Bold, intervals: bool = True
) -> list[dict[str, str]]:
    """Text by key of every row's columns, first the `method`; the best of full rows is bold."""
    partial = _partial(rows)
    full = [row for row in rows if row.method not in partial]
    best = {
        c.key: min((v for r in full if (v := c.value(r)) is not None), default=None)
        for c in words.columns
        if c.least
    }

    def text(column: Column, row: Row) -> str:
        value = column.value(row)
        said = column.write(value)
        if value is not None and row in full and value == best.get(column.key):
            said = bold(said)
        interval = column.interval(row) if intervals else None
        return said + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")

    return [
        {"method": words.name(row.method) + (" †" if row.method in partial else "")}
        | {column.key: text(column, row) for column in words.columns}
        for row in rows
    ]


def _ordered(board: Board) -> list[Ratio]:
    order = board.presentation.order
    return sorted(board.ratios(), key=lambda ratio: (order(ratio.group), ratio.reference))


def _partial(rows: Sequence[Row]) -> set[str]:
    most = max(row.cases for row in rows)
    return {row.method for row in rows if row.cases < most}
