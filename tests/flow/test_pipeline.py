"""The pipeline from raw files to a Bento, run by DVC in a scratch project with a tiny ocean."""

import io
import json
import math
import pickle
import pickletools
import zipfile

import pytest

from thermocline.predict.manifest import PICKLES

pytestmark = pytest.mark.flow

KEYS = [
    *("system", "method", "protocol", "density", "variable", "rmse", "rmse_ci", "bias"),
    *("crps", "crps_ci", "spread_skill", "mse_guidance", "mse_reconstruction", "mse_total"),
    *("evaluations", "seconds", "members", "cases"),
]
CONTEXT = ["grid", "mask_digest", "period", "valid_cells"]
NAME = "thermocline-reconstruct"
PREDICT = f"""
import json, mlflow, pandas
model = mlflow.pyfunc.load_model("models:/{NAME}@champion")
table = pandas.DataFrame(dict(latitude=[0.0], longitude=[-30.0], depth=[5.0], temperature=[29.0]))
field = model.predict(table, params=dict(date="1986-03", members=2, seed=3))["thetao"]
import thermocline
print(json.dumps([field.shape, float(field[0, 0, 8, 13]), thermocline.__file__]))
"""


@pytest.fixture(scope="module")
def finished(finished, tmp_path_factory):
    """A copy of its own: DVC writes where it only looks, too."""
    project, ran = finished
    return project.copy(tmp_path_factory.mktemp("flow") / "project"), ran


def test_all_stages_run_once(finished):
    """Each system's in the order of dvc.yaml; then nothing is left to be done."""
    project, ran = finished
    print(f"dvc repro: {ran.seconds:.0f} s")
    assert sorted(ran.stages) == sorted(project.stages()) and ran.stages[-1] == "package"
    for system in project.systems:
        own = [name for name in ran.stages if name.endswith(f"@{system}")]
        assert own == project.stages(system)
    lock = (project.folder / "dvc.lock").read_bytes()
    again = project.dvc("repro")
    print(f"second dvc repro: {again.seconds:.1f} s")
    assert again.stages == []
    assert again.output.count("didn't change, skipping") == len(project.stages())
    assert (project.folder / "dvc.lock").read_bytes() == lock


def test_scoreboard(finished):
    project, _ = finished
    report = project.folder / "build/reports/reconstruct"
    rows = json.loads((report / "scoreboard.json").read_text())
    methods = {"thermocline", "climatology", "oi", "ensemble_oi", "ensemble_oi_hybrid", "dineof"}
    boards = {("columns", 0.02), ("columns", 0.075), ("cells", 0.075)}
    entries = {(row["method"], row["protocol"], row["density"]) for row in rows}
    assert len(entries) == len(rows)
    assert {(m, *board) for m in methods for board in boards} <= entries
    # The published preset, being dear, may be left to the published protocol.
    for row in rows:
        assert set(KEYS + CONTEXT) <= set(row)
        assert 0 < row["crps"] < row["rmse"] < 5 and math.isfinite(row["bias"])
        low, high = row["rmse_ci"] or (row["rmse"], row["rmse"])
        assert low <= row["rmse"] <= high
        assert row["cases"] == 4
        assert row["system"] == "reconstruct" and row["variable"] == "thetao"
    assert len({json.dumps([row[key] for key in CONTEXT]) for row in rows}) == 1
    assert "Thermocline" in (report / "scoreboard.md").read_text()
    assert len(list((report / "figures").glob("*.png"))) >= 5


def test_registered_and_packaged(finished):
    project, _ = finished
    bento = json.loads((project.folder / "build/package/bento.json").read_text())
    packaged = project.folder / bento["path"] / "src/build/package/models"
    assert set(bento["models"]) == set(project.systems)
    for system in project.systems:
        told = (project.folder / f"build/registry/{system}.json").read_text()
        registered = json.loads(told)
        assert registered["version"] == "1"
        assert registered["promotion"]["decision"] == "better"
        assert "champion" in registered["aliases"]
        assert bento["models"][system]["digest"] == registered["digest"]
        inside = packaged / system / "weights.safetensors"
        assert inside.read_bytes() == _weights(project, "models", system).read_bytes()


def _weights(project, kind, system="reconstruct"):
    return project.folder / "build" / kind / system / "weights.safetensors"


def test_champion_in_a_fresh_process(finished, tmp_path):
    """Elsewhere, and without the project's sources: the model carries its code."""
    project, _ = finished
    answer = project.python(
        *("-W", "ignore", "-c", PREDICT),
        cwd=tmp_path,
        PYTHONPATH="",
        PYTHONDONTWRITEBYTECODE="1",  # or this test would leave caches beside the model's code
        MLFLOW_TRACKING_URI=f"sqlite:///{project.folder}/mlflow.db",
    )
    shape, value, code = json.loads(answer.output.strip().splitlines()[-1])
    assert shape == [1, 4, 16, 32] and 20 < value < 32
    assert code.endswith("code/thermocline/__init__.py")


def test_no_pickles(finished):
    """By name, as a zip of torch's, and by whether the content can be read as opcodes."""
    project, _ = finished
    files = [path for path in (project.folder / "mlartifacts").rglob("*") if path.is_file()]
    assert {"weights.safetensors", "MLmodel", "pyfunc.py"} <= {path.name for path in files}
    for path in files:
        assert path.suffix not in PICKLES | {".pyc"}, path
        assert not zipfile.is_zipfile(path), path
        assert not _is_pickle(path.read_bytes()), path


def _is_pickle(content):
    """Whether it is one pickle after another, of whatever protocol, to the last byte."""
    stream, operations = io.BytesIO(content), 0
    while stream.tell() < len(content):
        try:
            operations += sum(1 for _ in pickletools.genops(stream))
        except Exception:  # whatever a parser of opcodes finds wrong with other files
            return False
    return operations > 1


def test_pickles_are_recognised():
    for protocol in range(6):
        assert _is_pickle(2 * pickle.dumps({"a": [1, 2.0, None]}, protocol))
    assert not _is_pickle(b'0.{"a": 1}') and not _is_pickle(b"")
