"""A card says of a model what its contract says, whatever params.yaml usually has."""

import json
from typing import Any

import pytest
from tiny_model import tiny
from tiny_superres import tiny_superres

from thermocline.registry.cards.card import model_card
from thermocline.registry.origin.provenance import flatten
from thermocline.registry.origin.records import Lineage


def words(contract: dict[str, Any]) -> str:
    """The card of a contract, in one line."""
    card = model_card("m", contract, {}, [], [], Lineage(system=contract["system"]), "f" * 64)
    return " ".join(card.split("## Method", 1)[1].split())


def changed(contract: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The contract with the setting at a dotted path changed."""
    made = json.loads(json.dumps(contract))
    *folders, name = path.split(".")
    place = made
    for folder in folders:
        place = place[folder]
    assert name in place
    place[name] = value
    return made


SUPERRES = [
    ("config.consistency", True, "block means of every member are made to agree"),
    ("config.consistency", False, "Nothing forces means over its cells"),
    ("config.gate", True, "kept as far as validation days showed"),
    ("config.first_guess", "bicubic", "interpolated (bicubic, land filled): the first guess"),
    ("config.first_guess", "lanczos", "interpolated (Lanczos, land filled): the first guess"),
    ("config.first_guess", "regression", "made finer by a linear regression"),
    ("config.training.mean_fraction", 0, "the mean is that of the members"),
    ("config.training.mean_fraction", 0.5, "members are drawn around it"),
    ("config.training.mean_fraction", 1, "draws no members"),
    ("config.sampling.symmetric", True, "in four evaluations"),
    ("config.sampling.symmetric", False, "in one evaluation"),
    ("config.process.predicts", "field", "the mean of the fine field"),
    ("config.process.predicts", "residual", "the mean of what is left"),
    ("config.process.noise", "coloured", "correlated in space"),
    ("config.process.noise", "white", "independent from cell to cell"),
    ("config.process.uncertainty", "none", "equally strong everywhere"),
    ("config.process.uncertainty", "physics", "the speed of the temperature read as"),
    ("config.process.uncertainty", "learned", "a map of the error to be expected"),
    ("config.adversarial.weight", 0.1, "A discriminator was trained beside it (weight 0.1)"),
]
RECONSTRUCT = [
    ("masking.ratio", 0.9, "given the observations at hand"),
    ("masking.analysis", True, "how the mean of the ensemble OI is to be changed"),
    ("sampling.guidance", "none", "without guidance"),
    ("sampling.guidance", "mmps", "guided by the observations (mmps)"),
    ("sampling.start", "noise", "begins at pure noise"),
    ("sampling.start", "analysis", "begins at a draw from"),
    ("sampling.steps", 7, "in 7 steps"),
    ("window", 2, "up to 2 months before and after"),
    ("gate", {"density": [], "correction": [], "spread": []}, ""),
]


def all_settings(contract: dict[str, Any], cases: list[tuple[str, Any, str]]) -> None:
    """Each sentence is in the cards of its setting, and in no card of another value of it."""
    for path, value, sentence in cases:
        said = words(changed(contract, path, value))
        assert sentence in said, (path, value)
        for other, another, theirs in cases:
            if other == path and another != value and theirs:
                assert theirs not in said, (path, value, theirs)


def test_every_setting_of_the_first_system() -> None:
    contract = json.loads(tiny().contract.model_dump_json())
    all_settings(contract, RECONSTRUCT)
    assert "calibration factors" in words(contract)
    for path, off, sentence in (
        ("masking.ratio", 1.0, "given the observations"),
        ("masking.analysis", False, "how the mean of the ensemble OI"),
        ("window", 0, "before and after"),
        ("gate", {"density": [], "correction": [], "spread": []}, "calibration factors"),
    ):
        assert sentence not in words(changed(contract, path, off))


def test_every_setting_of_the_second_system() -> None:
    contract = json.loads(tiny_superres().contract.model_dump_json())
    all_settings(contract, SUPERRES)
    for path, off, sentence in (
        ("config.gate", False, "kept as far as"),
        ("config.adversarial.weight", 0.0, "discriminator"),
    ):
        assert sentence not in words(changed(contract, path, off))


@pytest.mark.parametrize("make", [tiny, tiny_superres])
def test_every_parameter_that_is_shown_is_the_contracts(make: Any) -> None:
    """No number stands in the card's table of parameters that the contract does not hold."""
    contract = json.loads(make().contract.model_dump_json())
    contract |= contract.get("errors", {})
    card = model_card("m", contract, {}, [], [], Lineage(system=contract["system"]), "f" * 64)
    table = card.split("### Parameters")[1].split("\n## ")[0]
    shown = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert len(shown) > 20

    held = flatten({**contract, **contract.get("config", {})})
    for name in shown:
        ends = (name.split(".", count)[-1] for count in (1, 2, 3))
        value = next(held[end] for end in ends if end in held)
        assert f"| `{name}` | {value} |" in table
