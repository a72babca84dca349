"""Tracked runs: what is logged, and that a run taken up again is the same run."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from thermocline.registry.provenance import flatten, provenance, resolved
from thermocline.registry.tracking import KEY, begin_run, connect, log_training_run, tracked_run


def test_parameters_are_dotted(config) -> None:  # type: ignore[no-untyped-def]
    flat = resolved(config)
    assert flat["reconstruct.training.steps"] == str(config.reconstruct.training.steps)
    assert flat["reconstruct.sampling.guidance"] == config.reconstruct.sampling.guidance
    assert flatten({"a": {"b": {"c": 1}}, "d": True}) == {"a.b.c": "1", "d": "True"}


def test_provenance(tmp_path: Path) -> None:
    assert provenance(tmp_path) == {"git_commit": "", "data_hash": "", "lock_sha256": ""}
    (tmp_path / "data.dvc").write_text("outs:\n- md5: abc123.dir\n  path: data\n")
    (tmp_path / "requirements.lock").write_text("numpy==2\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    found = provenance(tmp_path)
    assert len(found["git_commit"]) == 40 and found["data_hash"] == "abc123.dir"
    assert len(found["lock_sha256"]) == 64
    (tmp_path / "requirements.lock").write_text("numpy==3\n")
    assert provenance(tmp_path)["git_commit"].endswith("+changes")


def test_a_run_is_recorded(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    (store / "data.dvc").write_text("outs:\n- md5: 0123456789abcdef.dir\n  path: data\n")
    training = {"steps": 20, "data_digest": "p" * 64, "metrics": {"loss": 0.25}}
    history = [{"step": 10, "loss": 0.5, "bad": math.nan}, {"step": 20, "loss": 0.25}]
    run_id = log_training_run(config, training, history, root=store)
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


def test_the_same_run_again(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    first = log_training_run(config, {"steps": 1}, [{"step": 1, "loss": 2.0}], root=store)
    again = log_training_run(config, {"steps": 1}, [{"step": 1, "loss": 2.0}], root=store)
    assert first == again
    assert len(connect().get_metric_history(first, "loss")) == 1
    other = config.model_copy(update={"seed": 5})
    assert log_training_run(other, {"steps": 1}, root=store) != first


def test_errors_and_interruptions_are_told_apart(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    for error, status in ((RuntimeError, "FAILED"), (KeyboardInterrupt, "KILLED")):
        with (
            pytest.raises(error),
            tracked_run("reconstruct", config, "x", key=status, root=store) as run,
        ):
            raise error
        assert connect().get_run(run.run_id).info.status == status


def test_killed_and_started_again(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    """SIGKILL inside a run; the same key takes the run up, another one marks it KILLED."""
    script = (
        "import os, signal, sys\n"
        "from thermocline.config import load_config\n"
        "from thermocline.registry.tracking import tracked_run\n"
        f"config = load_config({str(Path(__file__).resolve().parents[2] / 'params.yaml')!r})\n"
        "with tracked_run('reconstruct', config, 'train', key='k1', root='.') as run:\n"
        "    run.log_metrics({'loss': 1.0}, 1)\n"
        "    print(run.run_id, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
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
    config,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`mlflow run` hands its own run down by MLFLOW_RUN_ID: it becomes the parent."""
    client = connect("Default")
    parent = client.create_run("0").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", parent)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    run_id = log_training_run(config, {"steps": 1}, [{"step": 1, "loss": 2.0}], root=store)
    assert run_id != parent
    assert client.get_run(run_id).data.tags["mlflow.parentRunId"] == parent


def test_a_sweep(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    from types import SimpleNamespace as Trial

    from thermocline.config import parse_config
    from thermocline.registry.sweeps import tracked_sweep

    def reread(overrides):  # type: ignore[no-untyped-def]
        return parse_config(config.model_dump(mode="json") | dict(overrides))

    for _ in range(2):  # the second time, everything is there
        with tracked_sweep("reconstruct", config, reread, "study") as record:
            record(Trial(number=0, value=0.4, state=Trial(name="COMPLETE")), {"seed": 3})
            record(Trial(number=1, value=None, state=Trial(name="FAIL")), {})
    client = connect("reconstruct")
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    runs = client.search_runs([experiment], order_by=["start_time ASC"])
    parent, *nested = runs
    assert {run.data.tags["mlflow.parentRunId"] for run in nested} == {parent.info.run_id}
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED", "FAILED"]
    assert nested[0].data.params["seed"] == "3" and nested[0].data.metrics["validation_crps"] == 0.4
    for run in (parent, nested[0]):
        assert len(client.get_metric_history(run.info.run_id, "validation_crps")) == 1
