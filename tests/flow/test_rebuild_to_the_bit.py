"""A registered model is rebuilt from its lineage in a project with tracked data and a patch."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from scratch import Project

from thermocline.files import sha256_file
from thermocline.predict.manifest import write_manifest

pytestmark = pytest.mark.flow
MODEL = "models:/thermocline-reconstruct/1"
STUDY = {
    "study": "reconstruct-0",
    "trial": 7,
    "value": 0.3,
    "default_value": 0.4,
    "overrides": {"reconstruct.training.learning_rate": 0.004},
    "why": "trial 7 is shown better",
}
WHO = ("-c", "user.name=test", "-c", "user.email=test@example.org")


@pytest.fixture(scope="module")
def project(raw, tmp_path_factory) -> Project:
    """A registered model, of which a rebuild must find every part.

    The data are tracked and lie in the remote that the commit holds; an edit of the code, which
    changes the weights, is not committed; a study, which is not repeated, set the learning rate.
    """
    project = raw.copy(tmp_path_factory.mktemp("flow") / "rebuilt")
    project.dvc("add", "-q", "data")
    project.dvc("push", "-q")
    project.run("git", "add", "data.dvc", "storage")
    project.run("git", *WHO, "commit", "-q", "-m", "data")
    training = project.folder / "src/thermocline/training/module.py"
    edited = training.read_text().replace("weight_decay=1e-4", "weight_decay=0.3")
    assert edited != training.read_text()
    training.write_text(edited)
    (project.folder / "notes.txt").write_text("not committed either\n")
    (project.folder / "build/tuning").mkdir(parents=True)
    (project.folder / "build/tuning/reconstruct.json").write_text(json.dumps(STUDY))
    for stage in ("prepare", "baselines", "train", "calibrate", "evaluate", "register"):
        project.python(f"pipelines/{stage}.py", "reconstruct", THERMOCLINE_ALLOW_UNCOMMITTED="1")
    # From here on the data are in the repository's own remote only, and the study is nowhere.
    for name in ("data", ".dvc/cache", "build/tuning", "build/checkpoints"):
        shutil.rmtree(project.folder / name)
    return project


def rebuild(project, *options):
    ran = project.python("-m", "thermocline.cli", "rebuild", MODEL, *options, check=False)
    print(f"rebuild {' '.join(options)}: {ran.seconds:.0f} s\n{ran.output}")
    return ran


def leftovers(project):
    """Worktrees git knows of beside the project's own, and folders of rebuilds."""
    listed = project.run("git", "worktree", "list", "--porcelain").output
    temporary = project.folder.with_name(f"{project.folder.name}-tmp")
    folders = list(temporary.glob("thermocline-rebuild-*"))
    return listed.count("worktree ") - 1, len(folders)


def tree_state(project):
    """What git says of the tree, and every file's digest but those of registry and DVC."""
    lines = project.run("git", "status", "--porcelain", "--ignored").output.splitlines()
    status = [line for line in lines if "__pycache__" not in line]
    files = {
        path.relative_to(project.folder).as_posix(): sha256_file(path)
        for path in project.folder.rglob("*")
        if path.is_file() and not {"mlartifacts", ".git", ".dvc", "__pycache__"} & set(path.parts)
    }
    return status, {k: v for k, v in files.items() if not k.startswith("mlflow.db")}


def model_folder(project):
    (place,) = project.folder.glob("mlartifacts/models/*/artifacts/artifacts/reconstruct")
    return place


def test_killed_then_the_same_to_the_bit(project):
    before = tree_state(project)
    command = [project.interpreter, "-m", "thermocline.cli", "rebuild", MODEL, "--weights-only"]
    process = subprocess.Popen(
        command,
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while leftovers(project) != (1, 1) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert leftovers(project) == (1, 1)

    ran = rebuild(project)
    assert ran.status == 0
    assert "the weights are the same to the bit" in ran.output and "stored patch" in ran.output
    assert "prepared data: the same digest" in ran.output
    assert "differs from the recorded environment" not in ran.output
    assert leftovers(project) == (0, 0) and tree_state(project) == before


def test_another_parameter_is_another_model(project, tmp_path):
    """A lineage that records another learning rate than was used is found out."""
    folder = model_folder(project)
    original = (folder / "lineage.json").read_text()
    lineage = json.loads(original)
    assert lineage["study"]["trial"] == STUDY["trial"]
    assert lineage["params"]["reconstruct"]["training"]["learning_rate"] == 0.004
    lineage["params"]["reconstruct"]["training"]["learning_rate"] = 0.003
    lineage["environment"]["torch"] = "2.0.0"
    (folder / "lineage.json").write_text(json.dumps(lineage))
    write_manifest(folder)
    try:
        ran = rebuild(project, "--json", "--keep", str(tmp_path / "kept"))
    finally:
        (folder / "lineage.json").write_text(original)
        write_manifest(folder)
    found = json.loads(ran.output[ran.output.index("\n{") :])
    assert ran.status == (0 if found["reproduced"] else 2)
    assert "torch: 2.0.0 when trained" in ran.output.splitlines()[0]
    weights, rows = found["weights"], found["scores"]["rows"]
    assert weights["differing"] and 0 < weights["largest"] < 1
    assert f"{len(weights['differing'])} of {weights['tensors']} tensors differ" in ran.output
    assert found["prepared"] is True and found["digest"] is False
    methods = {row["method"] for row in rows}
    classical = {"climatology", "oi", "ensemble_oi", "ensemble_oi_hybrid", "dineof"}
    assert {"thermocline"} | classical == methods
    for row in rows:
        assert (row["registered"] == row["rebuilt"]) == (row["method"] in classical), row
        if row["method"] == "thermocline":
            low, high = row["interval"]
            assert row["agrees"] == (low <= row["rebuilt"] <= high)
    assert found["reproduced"] == all(row["agrees"] is not False for row in rows)
    kept = tmp_path / "kept"
    assert {path.name for path in kept.iterdir()} == {"training", "model", "report"}
    assert leftovers(project) == (0, 0)


def test_a_missing_commit_is_said_in_words(project):
    """Exit 2 with one line, and nothing left behind."""
    folder = model_folder(project)
    original = (folder / "lineage.json").read_text()
    lineage = json.loads(original)
    lineage["code"]["git_commit"] = "0" * 40
    (folder / "lineage.json").write_text(json.dumps(lineage))
    write_manifest(folder)
    try:
        ran = rebuild(project)
    finally:
        (folder / "lineage.json").write_text(original)
        write_manifest(folder)
    assert ran.status == 2 and "Traceback" not in ran.output
    assert f"commit {'0' * 40} is not in this repository" in ran.output.splitlines()[-1]
    assert leftovers(project) == (0, 0)
