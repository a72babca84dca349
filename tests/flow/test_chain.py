"""The chain of the model that the whole pipeline made: told, whole, and broken by one byte."""

import json

import pytest

pytestmark = pytest.mark.flow
MODEL = "models:/thermocline-reconstruct@champion"
# The scratch project does not put its data under DVC: the commit cannot name them.
UNTRACKED = {"data.dvc at the commit"}


@pytest.fixture(scope="module")
def finished(finished, tmp_path_factory):
    """A copy of its own, to be broken."""
    project, ran = finished
    return project.copy(tmp_path_factory.mktemp("flow") / "project"), ran


def _broken(project, reference):
    ran = project.python("-m", "thermocline.cli", "verify", reference, "--json", check=False)
    checks = json.loads(ran.output[ran.output.index("[\n") :])
    assert ran.status == 2
    links = {check["link"] for check in checks if check["state"] == "BROKEN"}
    return {link for link in links if link.rpartition(": ")[2] not in UNTRACKED}


def test_a_run_leaves_the_tree_clean(finished):
    """All that a run writes is ignored, but for DVC's own record of it."""
    project, _ = finished
    assert project.run("git", "status", "--porcelain").output.split() in ([], ["??", "dvc.lock"])
    training = project.folder / "build/training/reconstruct"
    origin = json.loads((training / "training.json").read_text())["origin"]
    assert not origin["uncommitted"] and not (training / "uncommitted.patch").exists()


def test_told_and_verified(finished):
    project, _ = finished
    told = project.python("-m", "thermocline.cli", "lineage", MODEL, "--json").output
    chain = json.loads(told[told.index("{\n") :])
    kinds = [link["kind"] for link in chain["links"]]
    assert kinds == ["Bento", "Model", "Run", "Study", "Commit", "Lock", "Prepared", "Raw"]
    files = [path for path in (project.folder / "data").rglob("*") if path.is_file()]
    assert len(chain["lineage"]["data"]["raw"]["files"]) == len(files)
    head = project.run("git", "rev-parse", "HEAD").output.strip()
    assert chain["lineage"]["code"]["git_commit"] == head
    bento = json.loads((project.folder / "build/package/bento.json").read_text())
    assert chain["links"][0]["name"] == bento["tag"]
    assert bento["labels"]["reconstruct.git_commit"] == head
    assert _broken(project, MODEL) == _broken(project, bento["tag"]) == set()


def test_one_byte(finished):
    """Of the prepared data, and of the model in the registry; both put back afterwards."""
    project, _ = finished
    (weights,) = (project.folder / "mlartifacts").rglob("reconstruct/weights.safetensors")
    prepared = project.folder / "build/prepared/reconstruct.nc"
    for path, link in ((prepared, "prepared data"), (weights, "model files")):
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        assert link in _broken(project, MODEL)
        path.write_bytes(content)
    assert _broken(project, MODEL) == set()
