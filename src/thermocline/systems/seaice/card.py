"""What the card of this system shows beside its contract."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.systems.composed_defaults import common_facts
from thermocline.systems.protocol import Card

Record = Mapping[str, Any]
TITLES = {
    "sithick": "thickness (m)",
    "siconc": "concentration",
    "damage": "damage",
    "siu": "drift along x (m/s)",
    "siv": "drift along y (m/s)",
}
"""What variables are called in tables."""


def facts(contract: Record, rows: Sequence[Record], best: str = "") -> dict[str, Any]:
    """Of contract.json and the rows of scoreboard.json: names the template uses."""
    settings = contract.get("settings") or {}
    return {
        **common_facts(contract, rows),
        "errors": (settings.get("data") or {}).get("errors") or {},
        "spread": contract.get("spread") or {},
        "stated": contract.get("stated") or {},
        "titled": lambda variable: TITLES.get(variable, variable),
        "notes": next((row.get("notes") for row in rows if row.get("notes")), ()),
    }


CARD = Card(template=Path(__file__).with_name("card.md.j2"), facts=facts)
