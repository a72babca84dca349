"""One failing system does not stop the others, and the summary says what failed and what waits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import scratch
from scratch import HERE, LEARNING_RATE, ROOT

pytestmark = pytest.mark.flow
FAILING, FAIL = "tune@reconstruct", r"tune.py os.rename last\.ckpt$"


def test_the_real_pipeline(finished, tmp_path):
    """What does not depend on a failed tuning finishes; the rest says what it waits for."""
    project = finished[0].copy(tmp_path / "failing")
    project.remove("build/outcomes")
    # The one system is to be tuned again, and another to be evaluated again.
    project.set({LEARNING_RATE: 1e-3, "superres.evaluate.bootstrap": 99})
    path = os.pathsep.join([str(HERE / "failing"), str(project.folder / "src")])
    ran = project.dvc("repro", "--keep-going", check=False, PYTHONPATH=path, THERMOCLINE_FAIL=FAIL)
    assert ran.status != 0 and "Injected: sea monster" in ran.output
    done = project.python("-m", "thermocline.cli", "summary", check=False)
    lines, counts = parse(done.output.splitlines())
    assert done.status == 2
    assert lines.pop(FAILING) == "failed      Injected: sea monster"
    own = project.stages("reconstruct")
    waiting = [*own[own.index(FAILING) + 1 :], "package"]
    assert {lines.pop(name) for name in waiting} == {f"not run     waits for {FAILING}"}
    finished = [name for name in ran.stages if name != FAILING]
    assert {"evaluate@superres", "register@superres"} <= set(finished)
    assert all(lines.pop(name).startswith("finished") for name in finished)
    assert set(lines.values()) == {"up to date"}
    assert counts == (
        f"{len(finished)} finished, {len(lines)} up to date, 1 failed, {len(waiting)} not run"
    )


SCRIPT = """
import os, sys
from pathlib import Path
from stage import run

def main():
    name = "-".join([Path(sys.argv[0]).stem, *sys.argv[1:]])
    if os.environ.get("INJECT") == name:
        raise ZeroDivisionError("injected")
    Path(name).touch()

run(main)
"""
PIPELINE = """
vars:
  - systems: [north, south]
stages:
  tune:
    matrix: {system: "${systems}"}
    cmd: python pipelines/tune.py ${item.system}
    deps: [data]
    outs: ["tune-${item.system}"]
  train:
    matrix: {system: "${systems}"}
    cmd: python pipelines/train.py ${item.system}
    deps: ["tune-${item.system}"]
    outs: ["train-${item.system}"]
  package:
    cmd: python pipelines/package.py
    deps: [train-north, train-south]
    outs: [package]
"""


@pytest.fixture(scope="module")
def two_systems(tmp_path_factory):
    """A pipeline of two systems whose stages do next to nothing, through the real stage.py."""
    project = tmp_path_factory.mktemp("summary") / "project"
    for name in ("pipelines", "data", "storage"):
        (project / name).mkdir(parents=True)
    for name in ("pipelines/stage.py", "Makefile"):
        shutil.copyfile(ROOT / name, project / name)
    for name in ("tune", "train", "package"):
        (project / f"pipelines/{name}.py").write_text(SCRIPT)
    (project / "data/raw.txt").write_text("water")
    run(project, "git", "init", "-q")
    dvc(project, "init", "-q")
    dvc(project, "remote", "add", "-d", "bundled", "storage")
    assert dvc(project, "add", "data").returncode == 0
    (project / "dvc.yaml").write_text(PIPELINE)
    return project


def run(project, *command, **variables):
    left_out = ("DVC_", "MAKE", "MFLAGS", "GIT_", "THERMOCLINE_", "MLFLOW_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    # The stand-in of the fork server first; commands such as `dvc` lie with the real one.
    programs = [str(Path(python).parent) for python in (scratch.PYTHON, sys.executable)]
    environment = kept | {
        "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT / "src"),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(project.with_name("cache")),
    }
    return subprocess.run(
        command, cwd=project, env=environment | variables, capture_output=True, text=True
    )


def dvc(project, *arguments, **variables):
    return run(project, scratch.PYTHON, "-m", "dvc", *arguments, **variables)


def summary(project):
    done = run(project, scratch.PYTHON, "-m", "thermocline.cli", "summary")
    assert done.stderr == ""
    return (done.returncode, *parse(done.stdout.splitlines()))


def parse(lines):
    *stages, counts = lines
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in stages}, counts


def test_one_failing_system_does_not_stop_the_other(two_systems):
    status, lines, counts = summary(two_systems)
    assert status == 0 and counts == "5 not run"

    done = dvc(two_systems, "repro", "--keep-going", INJECT="tune-north")
    assert done.returncode != 0 and "Traceback" in done.stderr
    status, lines, counts = summary(two_systems)
    assert status == 2 and counts == "2 finished, 1 failed, 2 not run"
    assert lines["tune@north"] == "failed      ZeroDivisionError: injected"
    assert lines["tune@south"].startswith("finished")
    assert lines["train@south"].startswith("finished")
    for stage in ("train@north", "package"):
        assert lines[stage] == "not run     waits for tune@north"

    assert dvc(two_systems, "repro", "--keep-going").returncode == 0
    assert summary(two_systems)[::2] == (0, "5 finished")

    # While DVC works, or was killed at it, its locks say so; the records are told all the same.
    (two_systems / ".dvc/tmp/rwlock").write_text("{")
    done = run(two_systems, scratch.PYTHON, "-m", "thermocline.cli", "summary")
    lines, counts = parse(done.stdout.splitlines())
    assert done.returncode == 0 and counts == "5 finished" and "RWLock" in done.stderr
    (two_systems / ".dvc/tmp/rwlock").unlink()


def test_make_demo_ends_with_the_summary(two_systems, tmp_path):
    """And fails; what an earlier run left is up to date, not finished now."""
    project = tmp_path / "project"
    done = ("dvc.lock", "runs", "outcomes", "package", "tune-*", "train-*")
    shutil.copytree(two_systems, project, ignore=shutil.ignore_patterns(*done))
    assert dvc(project, "repro", "tune@south").returncode == 0
    arguments = ("-o", "install", "demo", f"VENV={Path(scratch.PYTHON).parents[1]}")
    made = run(project, "make", *arguments, INJECT="train-south")
    assert made.returncode != 0 and "make ui" not in made.stdout
    printed = made.stdout.partition("How each stage stands:\n")[2]
    lines, counts = parse(printed.splitlines())
    assert lines["train@south"] == "failed      ZeroDivisionError: injected", made.stdout
    assert lines["tune@south"] == "up to date"
    assert lines["package"] == "not run     waits for train@south"
    assert counts == "2 finished, 1 up to date, 1 failed, 1 not run"
