"""What the card of this system shows beside its contract: tables by density, depth and basin."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.systems.protocol import Card
from thermocline.verify.board.presentation import MODEL, Presentation

SECTIONS = {
    "network": "model.network",
    "process": "model.process",
    "masking": "model.masking",
    "sampling": "sampling",
    "errors": "data.observe",
}
"""Parts of a contract, and where params.yaml has them."""
Record = Mapping[str, Any]


def facts(contract: Record, rows: Sequence[Record], best: str = "") -> dict[str, Any]:
    """Of contract.json and the rows of scoreboard.json: names the template uses.

    Args:
        best: the baseline that the model is compared with.
    """
    levels = [f"{float(value):g}" for value in contract.get("depth", [])]
    system, calibration = contract.get("system", ""), contract.get("gate") or {}
    words = Presentation.of_rows(rows)
    groups = dict.fromkeys((row["density"], row["protocol"]) for row in rows)
    same = lambda row, group: (row["density"], row["protocol"]) == group
    factors = [
        [[row[place] for row in calibration.get(kind, ())] for kind in ("correction", "spread")]
        for place in range(len(levels) if calibration.get("density") else 0)
    ]
    return {
        "settings": {
            f"{system}.{there}": contract.get(here) or {} for here, there in SECTIONS.items()
        },
        "levels": levels,
        "groups": [(*group, [row for row in rows if same(row, group)]) for group in groups],
        "factors": [(level, *row) for level, row in zip(levels, factors, strict=False)],
        "trusted": max((max(row) for row in calibration.get("correction", ())), default=None),
        "called": lambda method: words.name(str(method), short=True),
        **_along(rows, best, levels),
    }


def _along(rows: Sequence[Record], best: str, levels: Sequence[str]) -> dict[str, Any]:
    """Tables by level and basin, at the middle density of columns that has them."""
    tables: list[tuple[str, str, list[dict[str, Any]]]] = []
    middle, beside = 0.0, list[str]()
    for kind, heading in (("depth", "Depth (m)"), ("basin", "Basin")):
        known = [r for r in rows if r["protocol"] == "columns" and r.get(f"rmse_by_{kind}")]
        ours = sorted((r for r in known if r["method"] == MODEL), key=_density)
        if not ours:
            tables.append((kind, heading, []))
            continue
        row = ours[len(ours) // 2]
        middle = _density(row)
        by_method = {r["method"]: r for r in known if _density(r) == middle}
        beside = [m for m in dict.fromkeys((best, "climatology")) if m in by_method]
        places = (
            list(enumerate(levels)) if kind == "depth" else [(n, n) for n in row["rmse_by_basin"]]
        )
        lines = [_line(row, by_method, beside, kind, place, name) for place, name in places]
        tables.append((kind, heading, [line for line in lines if line["rmse"] is not None]))
    return {"tables": tables, "middle": middle, "beside": beside}


def _line(
    row: Record, by_method: Record, beside: Sequence[str], kind: str, place: Any, name: str
) -> dict[str, Any]:
    def pick(of: Record, score: str) -> Any:
        values = of.get(f"{score}_by_{kind}") or {}
        return values.get(place) if isinstance(values, Mapping) else values[place]

    rmse, reference = pick(row, "rmse"), pick(by_method.get("climatology", {}), "rmse")
    return {
        "name": name,
        "rmse": rmse,
        "others": [pick(by_method[method], "rmse") for method in beside],
        "skill": 1 - (rmse / reference) ** 2 if rmse is not None and reference else None,
        "bias": pick(row, "bias"),
        "spread_skill": pick(row, "spread_skill"),
    }


def _density(row: Record) -> float:
    return float(row["density"])


CARD = Card(template=Path(__file__).with_name("card.md.j2"), facts=facts)
