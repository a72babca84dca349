"""Additional content of this system's card: tables by region and by gradient."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.config.types import renamed_within
from thermocline.systems.protocol import Card
from thermocline.verify.board.presentation import MODEL, Presentation

Record = Mapping[str, Any]
SIZES = "a fifth to half of a given cell", "less"
"""Of the bands of `model.details`."""
RENAMED = {"blind": "mean_fraction", "centre": "first_guess", "steepness": "gradient_magnitude"}
"""Keys of earlier contracts."""


def facts(contract: Record, rows: Sequence[Record], best: str = "") -> dict[str, Any]:
    """Variables of the template, from contract.json and the rows of scoreboard.json.

    Args:
        best: the baseline that the model is compared with.
    """
    by_method = {str(row["method"]): row.get("regions") or {} for row in rows}
    beside = [m for m in dict.fromkeys((best, "bicubic")) if by_method.get(m)]
    ours = by_method.get(MODEL) or {}
    contract = renamed_within(contract, **RENAMED)
    gate = contract.get("gate") or {}
    texture, details = gate.get("texture") or {}, gate.get("details") or {}
    columns = lambda of, *keys: list(zip(*(of.get(key) or () for key in keys), strict=True))
    words = Presentation.of_rows(rows)
    return {
        "config": contract.get("config") or {},
        "settings": {contract.get("system", ""): _settings(contract.get("config") or {})},
        "beside": beside,
        "regions": [
            (name.replace("_", " "), scores, [by_method[m].get(name) or {} for m in beside])
            for name, scores in ours.items()
        ],
        "factors": columns(gate, "gradient_magnitude", "correction", "spread"),
        "texture": columns(texture, "gradient_magnitude", "spread", "detail"),
        "details": [
            (size, *row)
            for size, band in zip(SIZES, details.get("bands") or (), strict=False)
            for row in columns(band, "gradient_magnitude", "factor")
        ],
        "side": lambda row: round(float(row["density"]) ** -0.5),
        "called": lambda method, short=False: words.name(str(method), short=short),
    }


def _settings(config: Record) -> dict[str, Any]:
    """The contract's settings as params.yaml's sections have them."""
    apart = {key: config[key] for key in ("training", "sampling") if key in config}
    return {"model": {k: v for k, v in config.items() if k not in apart}, **apart}


CARD = Card(template=Path(__file__).with_name("card.md.j2"), facts=facts, renamed=RENAMED)
