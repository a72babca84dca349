"""`mlflow run` of every entry point, from a path and from a git URI, where nothing is built yet."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress

import pytest
from scratch import ROOT, Project

pytestmark = pytest.mark.flow
NAME = "thermocline-reconstruct"
QUESTION = {
    "date": "1986-03",
    "members": 2,
    "observations": [{"latitude": 0.0, "longitude": -30.0, "depth": 5.0, "temperature": 29.0}],
}


@pytest.fixture(scope="module")
def origin(raw, tmp_path_factory):
    """A bare repository of the tiny project, with its data in the remote that goes with it."""
    folder = tmp_path_factory.mktemp("mlproject")
    project = raw.copy(folder / "project")
    # Of one system: what is seen here does not depend on how many there are.
    pipeline = project.folder / "dvc.yaml"
    pipeline.write_text(
        re.sub(r"systems: \[.*\]", "systems: [reconstruct]", pipeline.read_text(), count=1)
    )
    for name in ("MLproject", "python_env.yaml"):
        shutil.copyfile(ROOT / name, project.folder / name)
    project.dvc("add", "--quiet", "data")
    project.dvc("push", "--quiet")
    project.run("git", "add", "dvc.yaml", "MLproject", "python_env.yaml", "data.dvc", "storage")
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    project.run("git", *who, "commit", "-q", "-m", "data and entry points")
    project.run("git", "clone", "-q", "--bare", str(project.folder), str(folder / "origin.git"))
    return folder / "origin.git"


@pytest.fixture(scope="module")
def clone(origin):
    """A clean clone."""
    folder = origin.with_name("clone")
    subprocess.run(["git", "clone", "-q", str(origin), str(folder)], check=True)
    assert not (folder / "data").exists() and not (folder / "build").exists()
    return Project(folder)


def mlflow_run(project, uri, entry, *parameters, **variables):
    """`mlflow run` in a shell whose environment is activated and knows no sources of ours."""
    words = [word for parameter in parameters for word in ("-P", parameter)]
    command = ["-m", "mlflow", "run", uri, "-e", entry, *words, "--env-manager", "local"]
    return project.python(*command, PYTHONPATH="", **variables)


def own(project, first, last):
    """The stages of `reconstruct` from one to another."""
    names = project.stages("reconstruct")
    return names[names.index(f"{first}@reconstruct") : names.index(f"{last}@reconstruct") + 1]


def client_of(project):
    import mlflow

    uri = f"sqlite:///{project.folder}/mlflow.db"
    return mlflow.MlflowClient(uri, uri)


def test_train_evaluate_promote_reproduce(clone):
    """One after the other: each builds upon what the one before has made."""
    ran = mlflow_run(clone, ".", "train", "system=reconstruct")
    assert ran.stages == own(clone, "validate-raw", "train")
    print(f"train: {ran.seconds:.0f} s, {ran.stages}")
    ran = mlflow_run(clone, ".", "evaluate")
    assert ran.stages == own(clone, "calibrate", "evaluate")
    print(f"evaluate: {ran.seconds:.0f} s")
    ran = mlflow_run(clone, ".", "promote")
    assert ran.stages == ["register@reconstruct"] and f"{NAME} version 1 is champion" in ran.output
    print(f"promote: {ran.seconds:.0f} s")
    ran = mlflow_run(clone, ".", "reproduce")
    assert ran.stages == ["package"]
    print(f"reproduce: {ran.seconds:.0f} s")
    client = client_of(clone)
    projects = client.search_runs(["0"])
    assert {run.info.status for run in projects} == {"FINISHED"} and len(projects) == 4
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    (training,) = client.search_runs([experiment], "tags.mlflow.runName LIKE 'train reconstruct%'")
    (first,) = [r for r in projects if r.data.tags["mlflow.project.entryPoint"] == "train"]
    assert training.data.tags["mlflow.parentRunId"] == first.info.run_id
    assert client.get_model_version_by_alias(NAME, "champion").run_id == training.info.run_id


def test_sweep_from_a_git_uri(origin, clone):
    """MLflow clones it to a folder of its own; what is to stay is kept where it is said to."""
    kept = origin.parent / "kept"
    kept.mkdir()
    tracking = f"sqlite:///{kept}/mlflow.db"
    # Git takes the folder for that host; MLflow would not clone an address that exists here.
    host = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{origin.parent}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://git.example.org/",
    }
    ran = mlflow_run(
        *(clone, "https://git.example.org/origin.git", "sweep"),
        *("system=reconstruct", "trials=2", "steps=5", f"storage=sqlite:///{kept}/study.db"),
        MLFLOW_TRACKING_URI=tracking,
        **host,
    )
    print(f"sweep: {ran.seconds:.0f} s, {ran.stages}")
    assert ran.stages == own(clone, "validate-raw", "baselines") and "trial 1" in ran.output
    import mlflow

    client = mlflow.MlflowClient(tracking, tracking)
    experiment = client.get_experiment_by_name("reconstruct")
    assert experiment.artifact_location == (kept / "mlartifacts").as_uri()
    runs = client.search_runs([experiment.experiment_id])
    by_name = {run.data.tags["mlflow.runName"]: run for run in runs}
    (project,) = client.search_runs(["0"])
    study = by_name.pop("sweep reconstruct")
    assert study.data.tags["mlflow.parentRunId"] == project.info.run_id
    trials = [run for run in by_name.values() if run.info.status == "FINISHED"]
    assert len(trials) == 2
    assert {run.data.tags["mlflow.parentRunId"] for run in trials} == {study.info.run_id}


def _ready(client):
    import httpx

    with suppress(httpx.TransportError):
        return client.get("/readyz").status_code == 200


def test_serve(clone):
    """The champion answers over HTTP until it is told to stop."""
    import httpx

    environment = clone.environment() | {"PYTHONPATH": ""}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [clone.interpreter, "-m", "mlflow", "run", ".", "-e", "serve", "-P", f"port={port}"]
    with (clone.folder / "build/serve.txt").open("w") as log:
        process = subprocess.Popen(
            [*command, "--env-manager", "local"],
            cwd=clone.folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            began = time.perf_counter()
            while not _ready(client):
                assert process.poll() is None, (clone.folder / "build/serve.txt").read_text()
                assert time.perf_counter() - began < 120
                time.sleep(0.5)
            answer = client.post("/reconstruct", json=QUESTION).json()
            assert answer["model"]["name"] == NAME and answer["model"]["version"] == "1"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
