"""The promotion criterion and the model card of a `Composed` system, unless it has its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.systems.endpoint import Endpoint
from thermocline.systems.protocol import Card, PromotionCriterion
from thermocline.verify.board.presentation import Presentation

TEMPLATE = Path(__file__).with_name("card.md.j2")


def criterion_of(presentation: Presentation) -> PromotionCriterion:
    """Models are compared by RMSE, with the presentation's words."""
    names = {method: full for method, (full, _) in presentation.names.items()}
    return PromotionCriterion(
        reference=presentation.reference, names=names, cases=presentation.cases
    )


def common_facts(
    contract: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], short: bool = False
) -> dict[str, Any]:
    """What every card's template uses, of contract.json and the rows of scoreboard.json.

    Args:
        short: whether methods are called by their short names.
    """
    words = Presentation.of_rows(rows)
    settings = dict(contract.get("settings") or {})
    return {
        "settings": {str(contract.get("system", "")): settings},
        "model": settings.get("model") or {},
        "sampling": settings.get("sampling") or {},
        "asked": lambda row: words.asked(str(row["protocol"]), float(row["density"])),
        "called": lambda method: words.name(str(method), short=short),
    }


def card_of(title: str, endpoints: Sequence[Endpoint]) -> Card:
    """A card of scores, without a description of the method."""

    def facts(
        contract: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], best: str = ""
    ) -> dict[str, Any]:
        route = endpoints[0].route if endpoints else ""
        return {**common_facts(contract, rows), "title": title, "route": route}

    return Card(template=TEMPLATE, facts=facts)
