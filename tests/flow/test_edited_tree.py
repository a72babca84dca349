"""A tree with notes and edits in it is normal: nothing is refused but the last step, in words."""

import json

import pytest
from scratch import Project

pytestmark = pytest.mark.flow

SYSTEM, RATE = "reconstruct", 2.2e-3
FORBID = {"THERMOCLINE_ALLOW_UNCOMMITTED": ""}  # as for a user; other flows allow it
CLI = ("-m", "thermocline.cli", "models")


def registered(project: Project) -> dict:
    return json.loads((project.folder / f"build/registry/{SYSTEM}.json").read_text())


@pytest.fixture
def untidy(finished, tmp_path) -> Project:
    """A finished project with a log in its folder, whose registry is empty."""
    project = finished[0].copy(tmp_path / "untidy", "mlflow.db", "mlartifacts")
    (project.folder / "demo.log").write_text("make demo 2>&1 | tee demo.log\n")
    return project


def test_a_stray_file_does_not_matter(untidy):
    again = untidy.dvc("repro", "--force", "--single-item", f"register@{SYSTEM}", **FORBID)
    assert "differ" not in again.output and "demo.log" not in again.output
    assert registered(untidy)["aliases"] == ["candidate", "champion"]


def test_an_edited_knob_is_trained_and_becomes_candidate(untidy):
    """What comes before tuning stays, and so does the other system.

    Its promotion names the file that differs, and is done once it is allowed.
    """
    locked = untidy.lock
    weights = untidy.folder / f"build/training/{SYSTEM}/weights.safetensors"
    trained = weights.read_bytes()
    before = json.loads((untidy.folder / f"build/training/{SYSTEM}/training.json").read_text())
    untidy.set({f"{SYSTEM}.training.learning_rate": RATE, f"{SYSTEM}.tune.trials": 1})
    ran = untidy.dvc("repro", f"register@{SYSTEM}", **FORBID)
    assert "Note: params.yaml differs from the last commit: what is trained will be" in ran.output
    assert "demo.log" not in ran.output
    own = untidy.stages(SYSTEM)
    assert ran.stages == own[own.index(f"tune@{SYSTEM}") :]
    unchanged = {name for name in locked if untidy.lock[name] == locked[name]}
    assert unchanged == set(untidy.stages()) - set(ran.stages)
    assert weights.read_bytes() != trained
    after = json.loads((untidy.folder / f"build/training/{SYSTEM}/training.json").read_text())
    assert before["params"][SYSTEM]["training"]["learning_rate"] != RATE
    assert after["params"][SYSTEM]["training"]["learning_rate"] == RATE
    assert after["training_key"] != before["training_key"]

    found = registered(untidy)
    assert found["aliases"] == ["candidate"] and found["promotion"]["decision"] == "better"
    assert "not champion: trained with uncommitted changes (params.yaml)" in found["note"]
    listed = untidy.python(*CLI, "list").output
    assert "@candidate" in listed and "edited: params.yaml" in " ".join(listed.split())

    refused = untidy.python(*CLI, "promote", "candidate", check=False, **FORBID)
    assert refused.status == 2 and "not promoted" in refused.output
    assert "params.yaml" in refused.output and "--allow-uncommitted" in refused.output
    allowed = untidy.python(*CLI, "promote", "candidate", "--allow-uncommitted", **FORBID)
    assert "is champion" in allowed.output
    assert registered(untidy)["aliases"] == ["candidate", "champion"]
