"""The model card: what a registered model is, was trained on, is good for, and is not.

Everything in it comes from the model's own files and its report; nothing is typed in by hand.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from thermocline import systems
from thermocline.registry.cards.facts import origin_facts
from thermocline.registry.cards.template import finite, render
from thermocline.registry.origin.records import Lineage
from thermocline.registry.promotion.comparison import MODEL, PromotionVerdict
from thermocline.systems.protocol import PromotionCriterion
from thermocline.verify.board.presentation import Presentation

SHORT = 4_500
"""Characters of a description; the registry's database keeps 5000."""
OWN_ROW = f"| {Presentation().name(MODEL)} |"
"""What the model's own rows begin with in tables of methods."""

_OPENING = {
    "better": "**Better than the best classical method, {name}.**",
    "undecided": "**Not shown better than the best classical method, {name}**: on the held-out "
    "{cases} neither is certainly the better, and that method may serve as well.",
    "alike": "**Not shown better than the best classical method, {name}**: their errors on the "
    "held-out {cases} differ by at most {apart:.2f} %, and that method serves as well.",
    "worse": "**Worse than the best classical method, {name}**: on the held-out {cases} that "
    "method errs less, and is to be preferred.",
    "refused": "**Not compared with the best classical method.**",
}

ALIKE = 0.01
"""Errors whose ratio certainly lies this close to 1 are called alike."""


def model_card(
    name: str,
    contract: Mapping[str, Any],
    training: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    verdicts: Sequence[PromotionVerdict],
    lineage: Lineage,
    digest: str,
) -> str:
    """A README.md in the Hugging Face model-card format.

    Args:
        contract: the model's contract.json, which names its system.
        training: its training.json, for steps and seed.
        rows: the scoreboard's rows, as scoreboard.json holds them.
        verdicts: of the promotion test; that against the best classical method first.
        lineage: what it was made from.
        digest: the model's digest.
    """
    system = systems.get(str(contract["system"]))
    best = verdicts[0].against if verdicts else ""
    facts = system.card.facts(contract, rows, best)
    scored = [row for row in rows if row.get("method") == MODEL]
    made_of = origin_facts(training, lineage, facts.pop("settings", {}))
    general = {
        "name": name,
        "digest": digest,
        "contract": contract,
        "rows": rows,
        "scored": scored if any(finite(row.get("rmse")) for row in scored) else [],
        "cases": system.criterion.cases,
        "verdicts": _sentences(verdicts, system.criterion),
    }
    return render(system.card.template, general | made_of | facts)


def short_card(card: str) -> str:
    """The card's opening, its tables of skill and its limits, for the registry's description.

    Where the registry has no room for all methods, tables of methods keep the model's own rows.
    """
    text = card.split("\n---\n", 1)[-1] if card.startswith("---\n") else card
    sections = text.strip().split("\n## ")
    title, _, opening = sections[0].partition("\n")  # the page bears the name as its title already
    name = title.removeprefix("# ").strip()
    kept = [s for s in sections[1:] if s.startswith(("Skill on", "Limits"))]
    note = f"The full card: `thermocline models card models:/{name}/VERSION`, or README.md."
    whole = lambda: [opening.strip(), *(_airy(f"## {section.strip()}") for section in kept), note]
    parts = whole()
    if len("\n\n".join(parts)) > SHORT:
        kept = [_own_rows(section) for section in kept]
        parts = whole()
    while len("\n\n".join(parts)) > SHORT and len(parts) > 2:
        parts.pop(-2)
    return "\n\n".join(parts)[:SHORT]


def _own_rows(section: str) -> str:
    """A section whose tables of methods have lost the rows of the other methods."""
    lines, of_methods, left_out = list[str](), False, False
    for line in section.splitlines():
        of_methods = line.startswith("| method |") or (of_methods and line.startswith("|"))
        if of_methods and not line.startswith(("| method |", "| ---", OWN_ROW)):
            left_out = True
            continue
        lines.append(line)
    return "\n".join([*lines, *(["\nOther methods: in the full card."] if left_out else [])])


def _airy(text: str) -> str:
    """Tables with space in them, which MLflow's page leaves out between columns."""
    wide = "\u00a0\u00a0 |"
    return re.sub(r"^\| (?!.*---).*$", lambda row: row[0].replace(" |", wide), text, flags=re.M)


def _sentences(verdicts: Sequence[PromotionVerdict], words: PromotionCriterion) -> list[str]:
    """The verdicts in sentences; whether it beats the best classical method comes first."""
    if not verdicts:
        return ["**Not judged yet**: nobody knows whether it beats a baseline."]
    first = verdicts[0]
    apart = max(abs(first.low - 1), abs(first.high - 1))
    alike = first.decision == "undecided" and apart < ALIKE
    opening = _OPENING["alike" if alike else first.decision].format(
        name=words.names.get(first.against, first.against), cases=words.cases, apart=100 * apart
    )
    said = (verdict.explanation for verdict in verdicts)
    return [opening, *(f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in said)]
