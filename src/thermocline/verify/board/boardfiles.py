"""A scoreboard as files: for the pipeline, for people, and for whoever compares it later."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile
from thermocline.files import write_text
from thermocline.verify.board.jsonfiles import read_list, to_json
from thermocline.verify.board.presentation import MODEL, Presentation
from thermocline.verify.board.rows import KEYS, Context, Row, extra_keys
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.tables import markdown


def write_board(board: Board, folder: str | Path) -> None:
    """Write `scoreboard.json`, `scoreboard.md` and `cases.json`, each whole or not at all."""
    folder = Path(folder)
    write_text(folder / "cases.json", to_json(board.cases))
    write_text(folder / "scoreboard.json", to_json(records_of(board)))
    write_text(folder / "scoreboard.md", markdown(board))


def records_of(board: Board) -> list[dict[str, Any]]:
    """The rows as flat objects: the common keys, the context, and extra keys.

    The first also holds the presentation.
    """
    context = asdict(board.context)
    settings = {"resamples": board.resamples, "seed": board.seed, "block": board.block}
    records = []
    for row in board.rows:
        against = None if row.method == MODEL else board.presentation.reference
        versus = {
            ratio.reference: ratio.record()
            for ratio in board.ratios(row.method, against, row.group)
        }
        records.append(
            {key: getattr(row, key) for key in KEYS}
            | context
            | {k: v for k, v in row.extra.items() if k not in context}
            | {"versus": versus, "bootstrap": settings, "notes": board.notes}
        )
    for record in records[:1]:
        record["presentation"] = board.presentation.record()
    return records


def read_board(folder: str | Path) -> Board:
    """Read what `write_board` wrote.

    Raises:
        BadFile: if a file is missing or is not a scoreboard.
        BadData: if the rows of the list differ in grid, mask, period or valid cells.
    """
    folder = Path(folder)
    records, cases = (read_list(folder / n) for n in ("scoreboard.json", "cases.json"))
    if not records:
        raise BadFile("an empty scoreboard", where=str(folder), fix="run the evaluate stage")
    try:
        contexts = [_context(r) for r in records]
        rows = [Row(**{k: r[k] for k in KEYS}, extra=extra_keys(r)) for r in records]
        settings = records[0]["bootstrap"]
        notes = records[0]["notes"]
        presentation = Presentation.of_rows(records, cases)
    except (KeyError, TypeError) as problem:
        raise BadFile(
            f"not a scoreboard: {problem}", where=str(folder), fix="run the evaluate stage"
        ) from problem
    for other in contexts[1:]:
        contexts[0].refuse_unless_same(other, "rows of one board")
    return Board(
        rows[0].system,
        contexts[0],
        **settings,
        presentation=presentation,
        rows=rows,
        cases=cases,
        notes=notes,
    )


def _context(record: dict[str, Any]) -> Context:
    """What a row was scored on; boards of an older Thermocline do not name their truth."""
    known = {"truth": ""} | record
    return Context(**{name: known[name] for name in Context.__dataclass_fields__})
