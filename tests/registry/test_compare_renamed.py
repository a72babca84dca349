"""A setting that was renamed between two versions is no difference of theirs."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from thermocline.registry.comparing.compare import _contract
from thermocline.registry.versions.made_with import parameters

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"
EARLIER = {"model": {"centre": "regression"}, "training": {"blind": 0.75, "steps": 1500}}
TODAY = {"model": {"first_guess": "regression"}, "training": {"mean_fraction": 0.75, "steps": 1500}}


def known(written: dict[str, Any], file: str = "lineage") -> dict[str, str]:
    """Parameters of a version of which one of its files says this, without those of all data."""
    data = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))["data"]
    client = SimpleNamespace(get_registered_model=lambda name: SimpleNamespace(tags={}))
    version = SimpleNamespace(name="thermocline-superres", tags={}, run_id="")
    files = {"training": {}, "lineage": {}} | {file: {"params": {"data": data} | written}}
    found = parameters(client, version, **files)
    assert any(name.startswith("data.") for name in found)
    return {key: value for key, value in found.items() if not key.startswith("data.")}


@pytest.mark.parametrize("file", ["lineage", "training"])
def test_parameters_have_today_s_names(file: str) -> None:
    found = known({"seed": 3, "superres": EARLIER}, file)
    assert found == known({"seed": 3, "superres": TODAY}, file)
    assert found["superres.training.mean_fraction"] == "0.75" and found["seed"] == "3"


def test_what_was_not_written_down_is_not_made_up() -> None:
    assert set(known({"superres": EARLIER})) == {
        "superres.model.first_guess",
        "superres.training.mean_fraction",
        "superres.training.steps",
    }


def test_what_cannot_be_said_any_more_stays_as_it_was() -> None:
    assert known({"superres": {"training": {"gone": 1}}}) == {"superres.training.gone": "1"}


def test_contracts_have_today_s_names() -> None:
    earlier = {"config": EARLIER["model"], "gate": {"texture": {"steepness": [1.0]}}}
    today = {"config": TODAY["model"], "gate": {"texture": {"gradient_magnitude": [1.0]}}}
    assert _contract(earlier, "superres") == _contract(today, "superres")
    assert _contract(earlier, "superres")["config.first_guess"] == "regression"
