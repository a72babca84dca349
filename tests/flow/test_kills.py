"""SIGKILL to DVC and its stage at the worst moments, then `dvc repro` again."""

import signal

import pytest
from scratch import STAGE_OUTPUTS

pytestmark = pytest.mark.flow
NAME = "thermocline-reconstruct"
LAST = "register@reconstruct"


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory):
    """The finished project, as if prepare, train and register had never been run.

    The stages between stay in dvc.lock: they are rerun unless their inputs come back to the bit.
    """
    project = finished[0].copy(tmp_path_factory.mktemp("flow") / "killed")
    project.forget("prepare@reconstruct", "train@reconstruct", "register@reconstruct")
    project.remove(*STAGE_OUTPUTS, "build/checkpoints", "mlflow.db", "mlartifacts")
    return project


def _die(project, event, pattern, count, stage):
    ran = project.dvc("repro", LAST, die=f"{event} {pattern} {count}", check=False)
    assert ran.status == -signal.SIGKILL, ran.output[-3000:]
    assert ran.stages[-1] == f"{stage}@reconstruct"
    return ran


def _same(project, finished, name):
    ours, theirs = (p.folder / "build" / name for p in (project, finished[0]))
    return ours.read_bytes() == theirs.read_bytes()


def _names(project, folder):
    return sorted(p.name for p in (project.folder / "build" / folder).glob("*") if p.is_file())


def test_killed_everywhere(project, finished):
    build = project.folder / "build"

    # While preparing: with half of the archive read, then with the store written but not in place.
    for event, pattern in (("open", "data/nature/"), ("os.rename", r"prepared/reconstruct\.nc$")):
        _die(project, event, pattern, 1, "prepare")
        assert not (build / "prepared/reconstruct.nc").exists()

    # While writing the second checkpoint: the first is whole, and training goes on from it.
    ran = _die(project, "os.rename", r"last\.ckpt$", 2, "train")
    assert ran.stages == ["prepare@reconstruct", "train@reconstruct"] and "step 10:" in ran.output
    assert _same(project, finished, "prepared/reconstruct.nc")
    assert _names(project, "prepared") == _names(finished[0], "prepared")
    assert len(list((build / "checkpoints").rglob("last.ckpt"))) == 1
    assert not (build / "training/reconstruct").exists()

    # While moving the trained weights into place.
    ran = _die(project, "os.rename", r"training/reconstruct$", 1, "train")
    assert "step 10:" not in ran.output and "step 20:" in ran.output
    assert not (build / "training/reconstruct").exists()

    # While the model is copied into the registry, and when it is there but not yet written down.
    ran = _die(project, "open", r"mlartifacts/.*/weights\.safetensors$", 1, "register")
    for name in ("weights.safetensors", "training.json"):
        assert _same(project, finished, f"training/reconstruct/{name}")
    assert ran.stages == ["train@reconstruct", LAST] and "step 20:" not in ran.output
    _die(project, "os.rename", r"registry/reconstruct\.json$", 1, "register")
    assert not (build / "registry/reconstruct.json").exists()

    assert project.dvc("repro", LAST).stages == [LAST]
    assert project.dvc("repro", LAST).stages == []
    before, after = finished[0].lock, project.lock
    for stage in ("prepare@reconstruct", "train@reconstruct"):
        assert after[stage]["outs"] == before[stage]["outs"]
    _one_of_each(project)


def _one_of_each(project):
    """One run, finished; one logged model, whole; one version with both aliases."""
    import mlflow

    uri = f"sqlite:///{project.folder}/mlflow.db"
    client = mlflow.MlflowClient(uri, uri)
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    (run,) = client.search_runs([experiment])
    assert run.info.status == "FINISHED"
    (model,) = client.search_logged_models([experiment])
    assert str(model.status) == "READY"
    (version,) = client.search_model_versions(f"name = '{NAME}'")
    holders = client.get_registered_model(NAME).aliases
    assert {alias: str(v) for alias, v in holders.items()} == {"candidate": "1", "champion": "1"}
    assert version.run_id == run.info.run_id
    # What was trained again after a kill gave the same numbers again.
    history = client.get_metric_history(run.info.run_id, "train_loss")
    assert [step for step, _ in sorted({(m.step, m.value) for m in history})] == [10, 20, 30]
