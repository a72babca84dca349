"""A system from elsewhere goes through the whole house by nothing but its folder and its entry."""

import json
import math
from pathlib import Path

import pytest
from scratch import ROOT, Project

pytestmark = pytest.mark.flow
TOY = ROOT / "tests" / "toy"
STAGES = (
    *(
        "validate_raw",
        "prepare",
        "validate_prepared",
        "baselines",
        "tune",
        "train",
        "calibrate",
        "evaluate",
    ),
)
ASK = """
import json, mlflow, pandas
model = mlflow.pyfunc.load_model("models:/thermocline-toy@champion")
field = model.predict(pandas.DataFrame({"request": [json.dumps({"cell": 30, "value": 17.0})]}))
print(json.dumps([list(field["tos"].shape), float(field["tos"][0].ravel()[30])]))
"""
SERVE = """
import json
from starlette.testclient import TestClient
from bento.service import Thermocline
with TestClient(Thermocline.to_asgi()) as client:
    answer = client.post("/toy", json={"cell": 30, "value": 17.0, "format": "json"})
    print(json.dumps([answer.status_code, answer.json()]))
"""


@pytest.fixture(scope="module")
def toy(raw: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which every stage of the toy was run."""
    project = raw.copy(tmp_path_factory.mktemp("toy") / "project")
    for stage in (*STAGES, "register"):
        run(project, f"pipelines/{stage}.py", "toy")
    run(project, "pipelines/package.py")
    return project


def run(project: Project, *arguments: str) -> str:
    path = f"{TOY}:{project.folder / 'src'}"
    return project.python(*arguments, PYTHONPATH=path).output


def test_it_is_small_and_alone() -> None:
    files = [path for path in TOY.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(len(path.read_text().splitlines()) for path in files) <= 150


def test_the_model_is_between_climatology_and_the_closed_form(toy: Project) -> None:
    rows = json.loads((toy.folder / "build/reports/toy/scoreboard.json").read_text())
    rmse = {row["method"]: row["rmse"] for row in rows}
    assert rmse["exact"] <= rmse["thermocline"] < rmse["climatology"]
    assert 0.8 < rmse["climatology"] < 1.2, "the prior's standard deviation is 1 °C"


def test_it_was_promoted_and_packaged(toy: Project) -> None:
    registered = json.loads((toy.folder / "build/registry/toy.json").read_text())
    assert "champion" in registered["aliases"]
    packaged = json.loads((toy.folder / "build/package/bento.json").read_text())
    assert set(packaged["models"]) == {"toy"}


def test_mlflow_and_the_command_line_answer(toy: Project) -> None:
    shape, value = json.loads(run(toy, "-c", ASK).splitlines()[-1])
    assert shape == [1, 6, 12] and 15.1 < value < 17.0, "drawn from the mean, 15, to the value"
    said = run(toy, "-m", "thermocline.cli", "toy", "--cell", "30", "--value", "17.0")
    assert "tos: mean" in said and (toy.folder / "answer.nc").is_file()


def test_the_service_answers(toy: Project) -> None:
    status, body = json.loads(run(toy, "-c", SERVE).splitlines()[-1])
    assert status == 200 and math.isfinite(body["tos"]["mean"])


def test_a_change_of_it_is_another_training(toy: Project, tmp_path: Path) -> None:
    """Its own code is part of the key of its training."""
    show = "from thermocline.systems.closure import code_digest; print(code_digest('train', 'toy'))"
    before = run(toy, "-c", show)
    changed = tmp_path / "toy"
    changed.mkdir()
    for path in TOY.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            target = changed / path.relative_to(TOY)
            target.parent.mkdir(exist_ok=True)
            target.write_text(path.read_text() + "\n" * (path.suffix == ".py"))
    after = toy.python("-c", show, PYTHONPATH=f"{changed}:{toy.folder / 'src'}").output
    assert before != after
