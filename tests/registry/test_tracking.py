"""Tracked runs: what is logged, and that a run taken up again is the same run."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from thermocline.registry.origin.provenance import flatten, parameters, run_name, trained_from
from thermocline.registry.runs.tracking import begin_run, log_training_run, study_tags, tracked_run
from thermocline.registry.store.connection import connect
from thermocline.registry.store.tags import KEY, MODEL

OF = {"system": "reconstruct", "key": "the training's"}


def test_parameters_are_dotted(config) -> None:
    flat = flatten(config.model_dump(mode="json"))
    assert flat["reconstruct.training.steps"] == str(config.reconstruct.training.steps)
    assert flat["reconstruct.sampling.guidance"] == config.reconstruct.sampling.guidance
    assert flatten({"a": {"b": {"c": 1}}, "d": True}) == {"a.b.c": "1", "d": "True"}


def test_provenance(tmp_path: Path) -> None:
    assert trained_from({}, tmp_path) == {"git_commit": "", "data_hash": "", "lock_sha256": ""}
    (tmp_path / "data.dvc").write_text("outs:\n- md5: abc123.dir\n  path: data\n")
    (tmp_path / "requirements.lock").write_text("numpy==2\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    found = trained_from({}, tmp_path)
    assert len(found["git_commit"]) == 40 and found["data_hash"] == "abc123.dir"
    assert len(found["lock_sha256"]) == 64
    (tmp_path / "requirements.lock").write_text("numpy==3\n")
    assert trained_from({}, tmp_path)["git_commit"].endswith("+changes")


def test_a_run_is_recorded(store: Path, config) -> None:
    (store / "data.dvc").write_text("outs:\n- md5: 0123456789abcdef.dir\n  path: data\n")
    training = {"steps": 20, "data_digest": "p" * 64, "metrics": {"loss": 0.25}}
    history = [{"step": 10, "loss": 0.5, "bad": math.nan}, {"step": 20, "loss": 0.25}]
    training["history"] = history
    run_id = log_training_run(config, training, root=store, **OF)
    run = connect().get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["reconstruct.training.batch"] == str(config.reconstruct.training.batch)
    assert "thermocline.git_commit" in run.data.tags and "bad" not in run.data.metrics
    (dataset,) = (entry.dataset for entry in run.inputs.dataset_inputs)
    assert (dataset.name, dataset.digest) == ("prepared/reconstruct", "p" * 36)
    source = json.loads(dataset.source)
    assert source["raw"] == {"path": "data", "dvc_md5": "0123456789abcdef.dir"}
    steps = [(m.step, m.value) for m in connect().get_metric_history(run_id, "loss")]
    assert sorted(set(steps)) == [(10, 0.5), (20, 0.25)]


def test_a_run_has_the_parameters_of_its_training(store: Path, config) -> None:
    """params.yaml may have been edited since; or be one that this Thermocline does not read."""
    said = config.model_dump(mode="json")
    said["reconstruct"]["training"]["batch"] += 1
    was = str(said["reconstruct"]["training"]["batch"])
    for key, params in (("new", said), ("old", said | {"gone": 1})):
        run = log_training_run(config, {"params": params}, root=store, **OF | {"key": key})
        found = connect().get_run(run).data
        assert found.params["reconstruct.training.batch"] == was
        assert found.tags["mlflow.runName"] == run_name(config, "reconstruct")
        assert not any(name.startswith("reconstruct.tune.space") for name in found.params)


def test_the_same_run_again(store: Path, config) -> None:
    training = {"steps": 1, "history": [{"step": 1, "loss": 2.0}]}
    first = log_training_run(config, training, root=store, **OF)
    again = log_training_run(config, training, root=store, **OF)
    assert first == again
    assert len(connect().get_metric_history(first, "loss")) == 1
    assert log_training_run(config, training, root=store, **OF | {"key": "another's"}) != first


def test_a_registered_models_run_keeps_its_study(store: Path, config) -> None:
    """Another study may choose what was trained already; the lineage names the first."""
    client, names = connect("reconstruct"), []
    for study in ("first", "second", "third"):
        tags = study_tags({"name": study, "trial": 0})
        run = begin_run("reconstruct", config, "train", tags, key="k", root=store).run_id
        names.append(client.get_run(run).data.tags["thermocline.study"])
        if study == "second":
            client.set_tag(run, MODEL, "a digest")
    assert names == ["first", "second", "second"]


def test_errors_and_interruptions_are_told_apart(store: Path, config) -> None:
    for error, status in ((RuntimeError, "FAILED"), (KeyboardInterrupt, "KILLED")):
        with (
            pytest.raises(error),
            tracked_run("reconstruct", config, "x", key=status, root=store) as run,
        ):
            raise error
        assert connect().get_run(run.run_id).info.status == status


def test_killed_and_started_again(store: Path, config, warm_python: str) -> None:
    """SIGKILL inside a run; the same key takes the run up, another one marks it KILLED."""
    script = (
        "import os, signal, sys\n"
        "from thermocline.systems.config import load_config\n"
        "from thermocline.registry.runs.tracking import tracked_run\n"
        f"config = load_config({str(Path(__file__).resolve().parents[2] / 'params.yaml')!r})\n"
        "with tracked_run('reconstruct', config, 'train', key='k1', root='.') as run:\n"
        "    run.log_metrics({'loss': 1.0}, 1)\n"
        "    print(run.run_id, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([warm_python, "-c", script], capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    run_id = killed.stdout.split()[-1]
    assert connect().get_run(run_id).info.status == "RUNNING"
    with tracked_run("reconstruct", config, "train", key="k1", root=store) as run:
        assert run.run_id == run_id
        run.log_metrics({"loss": 0.5}, 2)
    assert connect().get_run(run_id).info.status == "FINISHED"

    left = begin_run("reconstruct", config, "train", key="k2", root=store).run_id
    begin_run("reconstruct", config, "train", key="k3", root=store)
    assert connect().get_run(left).info.status == "KILLED"
    assert connect().get_run(left).data.tags[KEY] == "k2"


def test_under_mlflow_run(
    store: Path,
    config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`mlflow run` hands its own run down by MLFLOW_RUN_ID: it becomes the parent."""
    client = connect("Default")
    parent = client.create_run("0").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", parent)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    run_id = log_training_run(config, {"steps": 1}, root=store, **OF)
    assert run_id != parent
    assert client.get_run(run_id).data.tags["mlflow.parentRunId"] == parent


def test_datasets_are_named_by_content(store: Path, config) -> None:
    """Chunked and compressed anew it is the same dataset; with one cell changed it is another."""
    import netCDF4
    from small_project import make_project, md5
    from tiny_archive import rewrite

    from thermocline.systems.reconstruct.data.states import States

    project = make_project(store / "project")
    path = project / "build/prepared/reconstruct.nc"
    digests, bytes_of, names, sources = [], [], [], []
    for kind in ("as written", "rewritten", "changed"):
        if kind != "as written":
            copy = path.with_name("copy.nc")
            rewrite(path, copy)
            with netCDF4.Dataset(copy, "a") as file:
                states = file["states/thetao"]
                states.set_auto_maskandscale(False)
                states[5, 1, 3, 4] += kind == "changed"
            copy.replace(path)
        digests.append(States.open(path).digest())
        bytes_of.append(md5(path))
        run = begin_run(
            "reconstruct", config, kind, key=kind, data_digest=digests[-1], root=project
        )
        (entry,) = connect().get_run(run.run_id).inputs.dataset_inputs
        names.append((entry.dataset.name, entry.dataset.digest))
        sources.append(entry.dataset.source)
        assert {tag.key: tag.value for tag in entry.tags} == {"mlflow.data.context": "training"}
    assert len(set(bytes_of)) == 3
    assert digests[0] == digests[1] != digests[2]
    assert names[0] == names[1] != names[2] and names[0][0] == "prepared/reconstruct"
    assert names[0][1] == digests[0][:36] != digests[2][:36]
    first, last = (json.loads(source) for source in (sources[0], sources[-1]))
    assert first["content_sha256"] == digests[0] and last["content_sha256"] == digests[2]
    assert first["dvc_md5"] == bytes_of[0] and first["raw"]["dvc_md5"].endswith(".dir")


def test_several_processes_begin_the_same_run(store: Path, config) -> None:
    """Both find none and create one each: all go on with the one that was created first."""
    import threading

    connect("reconstruct")
    barrier, found = threading.Barrier(4), []

    def begin() -> None:
        barrier.wait()
        options = {"key": "one's", "data_digest": "d" * 64, "root": store}
        found.append(begin_run("reconstruct", config, "sweep", **options).run_id)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1
    client = connect()
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    (run,) = client.search_runs([experiment])
    assert run.info.run_id == found[0] and len(run.inputs.dataset_inputs) == 1
    shown = parameters(config, "reconstruct")
    assert run.data.params == {key: value for key, value in shown.items() if value}


def test_live_runs_of_others_are_left_alone(store: Path, config) -> None:
    """Of the same name: another machine's and a live process's go on, a dead process's ended."""
    import socket

    client = connect()
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    here = socket.gethostname()
    owners = {
        f"elsewhere:{dead.pid}": "RUNNING",
        f"{here}:1": "RUNNING",
        f"{here}:{dead.pid}": "KILLED",
        f"{here}:{dead.pid}_1_1": "RUNNING",  # of a container, which nobody sees from here
    }
    runs = {}
    for number, owner in enumerate(owners):
        run = begin_run("reconstruct", config, "train", key=f"k{number}", root=store)
        client.set_tag(run.run_id, "thermocline.process", owner)
        runs[owner] = run.run_id
    begin_run("reconstruct", config, "train", key="mine", root=store)
    assert {o: client.get_run(i).info.status for o, i in runs.items()} == owners


def test_a_run_keeps_its_patch(store: Path, config) -> None:
    """Once: not again for the same patch, nor for a child of a run that has it."""
    from small_project import make_project

    project = make_project(store / "project")
    (project / "code.py").write_text("ANSWER = 43\n")
    with tracked_run("reconstruct", config, "sweep", key="k", root=project) as parent:
        tags = {"mlflow.parentRunId": parent.run_id}
        child = begin_run("reconstruct", config, "trial 0", tags, key="t", root=project)
    client = connect()
    assert [item.path for item in client.list_artifacts(parent.run_id)] == ["uncommitted.patch"]
    assert client.list_artifacts(child.run_id) == []
    for run in (parent, child):
        run_tags = client.get_run(run.run_id).data.tags
        assert run_tags["thermocline.git_commit"].endswith("+changes")
        assert len(run_tags["thermocline.patch_sha256"]) == 64
