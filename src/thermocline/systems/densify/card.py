"""Additional content of this system's card."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.systems.composed_defaults import common_facts
from thermocline.systems.protocol import Card
from thermocline.verify.board.presentation import MODEL, unit_of

Record = Mapping[str, Any]
COLUMNS = "columns"
"""The protocol whose rows are all shown; of others the model's and the best other method's."""


def facts(contract: Record, rows: Sequence[Record], best: str = "") -> dict[str, Any]:
    """Of contract.json and the rows of scoreboard.json: names the template uses."""
    return {
        **common_facts(contract, rows, short=True),
        "levels": contract.get("depth") or (),
        "regions": [str(name).replace("_", " ") for name in contract.get("regions") or ()],
        "columns": [row for row in rows if row.get("protocol") == COLUMNS],
        "others": list(_others(rows)),
        "layers": [r for r in rows if r.get("protocol") == COLUMNS and "mixed_layer_rmse" in r],
        "factors": _factors(contract.get("gate") or {}),
        "unit": lambda row: unit_of(str(row["variable"])),
    }


def _others(rows: Sequence[Record]) -> Any:
    """The model's row of each other group, with the best row of the other methods, by CRPS."""
    for ours in rows:
        if ours.get("method") != MODEL or ours.get("protocol") == COLUMNS:
            continue
        group = ("protocol", "density", "variable")
        rivals = [
            row
            for row in rows
            if row.get("method") != MODEL and all(row[key] == ours[key] for key in group)
        ]
        if rivals:
            yield ours, min(rivals, key=lambda row: row.get("crps") or float("inf"))


def _factors(gate: Record) -> list[tuple[float, float, float]]:
    """Density, and the means over levels of the factors on correction and spread."""
    mean = lambda values: sum(values) / max(len(values), 1)
    columns = [gate.get(key) or () for key in ("density", "correction", "spread")]
    return [(d, mean(c), mean(s)) for d, c, s in zip(*columns, strict=True)]


CARD = Card(template=Path(__file__).with_name("card.md.j2"), facts=facts)
