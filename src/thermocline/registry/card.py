"""The model card: what a registered model is, was trained on, is good for, and is not.

Everything in it comes from the model's own files and its report; nothing is typed in by hand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from thermocline.registry.card_metadata import front_matter
from thermocline.registry.card_origin import data_section, files_section, method_section
from thermocline.registry.card_words import Words, words_of
from thermocline.registry.gate import Comparison

SHORT = 4_500
"""Characters of a description; the registry's database keeps 5000."""

_OPENING = {
    "better": "**Better than the best classical baseline, {name}.**",
    "undecided": "**Not shown better than the best classical baseline, {name}**: on the held-out "
    "{cases} neither is certainly the better, and the classical method may serve as well.",
    "worse": "**Worse than the best classical baseline, {name}**: on the held-out {cases} the "
    "classical method errs less, and is to be preferred.",
    "refused": "**Not compared with the best classical baseline.**",
}

_ALIKE = (
    "**Not shown better than the best classical baseline, {name}**: their errors on the held-out "
    "{cases} differ by at most {apart:.2f} %, and the classical method serves as well."
)

ALIKE = 0.01
"""Errors whose ratio certainly lies this close to 1 are called alike."""


def model_card(
    name: str,
    contract: Mapping[str, Any],
    training: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    verdicts: Sequence[Comparison],
    origin: Mapping[str, str],
    digest: str,
    lineage: Mapping[str, Any] | None = None,
) -> str:
    """A README.md in the Hugging Face model-card format.

    Args:
        contract: the model's contract.json.
        training: its training.json; "study", "params" and "environment" are used if there.
        rows: the scoreboard's rows, as scoreboard.json holds them.
        verdicts: what the gate found; that against the best baseline first.
        origin: git commit, data hash and lock-file hash.
        digest: the model's digest.
        lineage: the content of lineage.json, which knows the raw files.
    """
    lineage = lineage or {}
    best = verdicts[0].against if verdicts else ""
    words = words_of(contract)
    parts = [
        front_matter(name, words, rows, origin.get("data_hash", "")),
        f"# {name}",
        _verdicts(verdicts, words),
        f"{words.about(contract)}\n"
        f"- **Contract version**: {contract.get('contract_version', 'unknown')}\n"
        f"- **Model digest**: `{digest}`",
        data_section(training, origin, lineage),
        method_section(words, contract, training, origin, lineage),
        *words.skill(rows, best, contract),
        f"## Limits\n\n{words.limits}\n{_ALWAYS}",
        words.use(name),
        _check(name),
        files_section(lineage),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def short_card(card: str) -> str:
    """The card's opening, its tables of skill and its limits, for the registry's description."""
    text = card.split("\n---\n", 1)[-1] if card.startswith("---\n") else card
    sections = text.strip().split("\n## ")
    title, _, opening = sections[0].partition("\n")  # the page bears the name as its title already
    name = title.removeprefix("# ").strip()
    kept = [s for s in sections[1:] if s.startswith(("Skill on", "Limits"))]
    note = f"The full card: `thermocline models card models:/{name}/VERSION`, or README.md."
    parts = [opening.strip(), *(_airy(f"## {section.strip()}") for section in kept), note]
    while len("\n\n".join(parts)) > SHORT and len(parts) > 2:
        parts.pop(-2)
    return "\n\n".join(parts)[:SHORT]


def _airy(text: str) -> str:
    """Tables with space in them, which MLflow's page leaves out between columns."""
    lines = [
        line.replace(" |", "\u00a0\u00a0 |")
        if line.startswith("| ") and "---" not in line
        else line
        for line in text.splitlines()
    ]
    return "\n".join(lines)


def _verdicts(verdicts: Sequence[Comparison], words: Words) -> str:
    """The verdicts as a quotation; whether it beats the best baseline comes first."""
    if not verdicts:
        return "> **Not judged yet**: nobody knows whether it beats a classical method."
    first = verdicts[0]
    name = words.spoken.get(first.against, first.against)
    opening = _OPENING[first.decision]
    apart = max(abs(first.low - 1), abs(first.high - 1))
    if first.decision == "undecided" and apart < ALIKE:
        opening = _ALIKE.format(name="{name}", apart=100 * apart, cases="{cases}")
    lines = [opening.format(name=name, cases=words.cases)]
    lines += [_sentence(verdict.explanation) for verdict in verdicts]
    return "\n".join(f"> {line}  " for line in lines).rstrip()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


_ALWAYS = """- Not for navigation, nor for any decision that lives depend on.

## Licence

Apache-2.0 for code and weights. Data keep the terms of their providers."""


def _check(name: str) -> str:
    return f"""## How to check and rebuild it

```sh
thermocline lineage models:/{name}/VERSION   # from here to the raw files
thermocline verify models:/{name}/VERSION    # recompute every hash of that chain
thermocline rebuild models:/{name}/VERSION   # train it again from its commit and data, compare
```"""
