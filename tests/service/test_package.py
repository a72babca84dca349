"""From a registered champion to a Bento that serves it with nothing else at hand."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from serving import ROOT, serve
from tiny_model import save_report, save_tiny

from thermocline.predict import load_model


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_store: Path, warm_python: str) -> Path:
    """What of the repository the package stage reads, and a registry with a champion."""
    folder = tmp_path_factory.mktemp("package") / "project"
    for name in ("bento", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("requirements.lock", "LICENSE"):
        shutil.copyfile(ROOT / name, folder / name)
    script = (
        "from thermocline.systems.config import load_config\n"
        "from thermocline.registry.registration import package, register\n"
        "package.input_example = lambda system: None\n"
        f"register.register('model', 'report', load_config({str(ROOT / 'params.yaml')!r}))\n"
    )
    shutil.copyfile(empty_store, folder / "mlflow.db")
    save_tiny(folder / "model")
    save_report(folder / "report", 0.7)
    done = subprocess.run(
        [warm_python, "-W", "ignore", "-c", script],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        "BENTOML_HOME": str(folder / "build" / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture(scope="module")
def bento(project: Path, warm_python: str) -> Path:
    """The Bento of that champion, with nothing of the project left beside it."""
    script = str(ROOT / "pipelines" / "package.py")
    for _ in range(2):  # the second time replaces the first
        done = subprocess.run(
            [warm_python, script],
            cwd=project,
            env=environment(project),
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    written = json.loads((project / "build" / "package" / "bento.json").read_text())
    # BentoML finds a Bento by its whole path alone.
    assert shlex.split(done.stdout.splitlines()[-1])[2:] == [str(project / written["path"])]
    assert {s: who["version"] for s, who in written["models"].items()} == {"reconstruct": "1"}
    assert written["tag"].startswith("thermocline:v1-")
    bento = project / written["path"]
    inside = bento / "src" / "build" / "package" / "models" / "reconstruct"
    assert load_model(inside).identity.version == "1"
    assert not (bento / "src" / "build" / "bentoml").exists(), "LICENSE of BentoML's own copy"
    assert "torch==" in (bento / "env" / "python" / "requirements.txt").read_text()
    for path in bento.rglob("*"):
        assert path.suffix not in {".pkl", ".pt", ".ckpt", ".db"}, path
    moved = project.parent / "elsewhere"
    shutil.move(bento, moved)
    shutil.rmtree(project)
    return moved


@pytest.mark.slow
def test_a_bento_is_self_contained(bento: Path, tmp_path: Path, warm_python: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    # THERMOCLINE_TASKS is not set.
    changes = {"MLFLOW_TRACKING_URI": "sqlite:///none.db", "THERMOCLINE_TASKS": ""}
    for client in serve(str(bento), empty, changes, python=warm_python):
        one = {"latitude": 0, "longitude": -30, "depth": 5, "temperature": 26}
        answer = client.post(
            "/reconstruct", json={"date": "2008-03", "observations": [one], "members": 2}
        )
        assert answer.status_code == 200, answer.text
        model = answer.json()["model"]
        assert model["version"] == "1" and "climatology" in model["verdict"]
        assert answer.headers["x-model"] == "thermocline-reconstruct/1"
        assert client.get("/page.js").status_code == 200  # the page comes along
        (found,) = client.get("/lineage").json()["systems"]
        assert found["model"]["digest"] == answer.headers["x-model-digest"]
        assert found["lineage"]["data"]["raw"]["path"] == "data"
        none = client.post("/superresolve", files={"file": ("sst.nc", b"CDF\x01")})
        assert none.status_code == 503 and "superres" in none.json()["error"]["what"]
    assert not (empty / "none.db").exists()
    # What people asked is not in the Bento, which may be given away or made again.
    assert (empty / "build" / "service" / "answers.jsonl").is_file()
    assert not (bento / "src" / "build" / "service").exists()


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("THERMOCLINE_FRESH_ENVIRONMENT"),
    reason="THERMOCLINE_FRESH_ENVIRONMENT is not set: installs 2 GB of packages",
)
def test_a_bento_answers_the_same_in_an_environment_of_its_own_requirements(bento: Path) -> None:
    """By hand; see docs/service.md."""
    command = [sys.executable, "-m", "benchmarks.fresh_bento", str(bento)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.count("| yes |") == 2, done.stdout


def test_without_a_champion(tmp_path: Path, warm_python: str) -> None:
    command = [warm_python, str(ROOT / "pipelines" / "package.py")]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0 and "No champion yet: nothing is packaged" in done.stdout
    assert not json.loads((tmp_path / "build/package/bento.json").read_text())["models"]
    assert not list((tmp_path / "build/package/models").iterdir())
