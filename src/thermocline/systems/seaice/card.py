"""What the card of this system shows beside its contract."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.systems.protocol import Card
from thermocline.verify.presentation import Presentation

Record = Mapping[str, Any]


def facts(contract: Record, rows: Sequence[Record], best: str = "") -> dict[str, Any]:
    """Of contract.json and the rows of scoreboard.json: names the template uses."""
    words = Presentation.of_rows(rows)
    settings = dict(contract.get("settings") or {})
    notes = next((row.get("notes") for row in rows if row.get("notes")), ())
    return {
        "settings": {str(contract.get("system", "")): settings},
        "model": settings.get("model") or {},
        "sampling": settings.get("sampling") or {},
        "errors": (settings.get("data") or {}).get("errors") or {},
        "spread": contract.get("spread") or {},
        "stated": contract.get("stated") or {},
        "notes": notes,
        "asked": lambda row: words.asked(str(row["protocol"]), float(row["density"])),
        "called": lambda method: words.name(str(method)),
    }


CARD = Card(template=Path(__file__).with_name("card.md.j2"), facts=facts)
