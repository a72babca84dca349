"""A version's files: told by digest, whole, without pickles, and enough for a fresh process."""

import json
import pickle
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from made import NAME
from tiny_model import save_report

from thermocline.errors import BadFile
from thermocline.predict.champion import load_champion, load_model
from thermocline.predict.manifest import (
    check_manifest,
    model_digest,
    refuse_pickles,
    write_manifest,
)
from thermocline.predict.registered import fetch_registered
from thermocline.registry.registration.register import register

pytestmark = pytest.mark.usefixtures("quick")
FRESH = """
import json, sys
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
values = {"latitude": [5.0], "longitude": [6.0], "depth": [5.0], "temperature": [26.0]}
answer = model.predict(pd.DataFrame(values), params={"date": "2008-03", "members": 2, "seed": 3})
told = {k: [list(v.shape), str(v.dtype), float(v[0, 0, 8, 16])] for k, v in answer.items()}
print(json.dumps(told), flush=True)
sys.stdin.readline()
try:
    mlflow.pyfunc.load_model(sys.argv[1])
except Exception as problem:
    print(problem)
"""
"""Answers, waits for a word, and loads the model again."""


@pytest.mark.slow
def test_artifacts_and_a_fresh_process(
    store: Path, models: list[Path], config, warm_python: str
) -> None:
    register(models[0], save_report(store / "report", 0.7), config, root=store)
    _, folder = fetch_registered(NAME, "champion")
    root = folder.parents[1]
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert {"MLmodel", "pyfunc.py", "input_example.json"} <= names
    assert {f"artifacts/reconstruct/{n}" for n in ("README.md", "manifest.json")} <= names
    refuse_pickles(root)
    card = (folder / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0") and "## Limits" in card
    assert "### 2 % of columns observed" in card and "| Thermocline |" in card
    assert "$" not in card and str(store) not in card

    with subprocess.Popen(
        [warm_python, "-W", "ignore", "-c", FRESH, f"models:/{NAME}@champion"],
        cwd=store,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as fresh:
        assert fresh.stdout is not None
        answer = json.loads(next(line for line in fresh.stdout if line.startswith("{")))
        (root / "conda.yaml").write_bytes(pickle.dumps({"a": 1}))
        refused, _ = fresh.communicate("again\n", timeout=120)
    assert fresh.returncode == 0 and "conda.yaml: this may be a pickle" in refused
    (root / "conda.yaml").unlink()

    from thermocline.observe import Observations
    from thermocline.systems.reconstruct.endpoints.dataset import reconstruct

    assert answer["thetao"][:2] == [[1, 3, 16, 32], "float32"]
    here = reconstruct(
        load_champion("reconstruct").model,
        Observations.checked([5], [6], [5], [26]),
        "2008-03",
        2,
        3,
    )
    assert answer["thetao"][2] == pytest.approx(float(here["thetao"][0, 0, 8, 16]), abs=1e-5)


def test_pickles_among_a_versions_files(store: Path, models: list[Path], config) -> None:
    """Beside MLmodel or in the model's folder, by name or by content: refused at load."""
    register(models[0], save_report(store / "report", 0.7), config, root=store)
    load_champion("reconstruct")
    root = fetch_registered(NAME, "champion")[1].parents[1]
    assert (root / "MLmodel").is_file()
    for place in ("model.pt2", "artifacts/x.txt", "artifacts/reconstruct/x.pkl"):
        (root / place).write_bytes(pickle.dumps({"a": 1}))
        for load in (lambda: load_champion("reconstruct"), lambda: load_model(f"models:/{NAME}/1")):
            with pytest.raises(BadFile, match=f"{place}: this may be a pickle"):
                load()
        (root / place).unlink()
    load_champion("reconstruct")


def test_tampering_is_noticed(tmp_path: Path, models: list[Path]) -> None:
    folder = shutil.copytree(models[0], tmp_path / "model")
    write_manifest(folder)
    digest = check_manifest(folder)
    assert digest == model_digest(models[0]) == load_model(folder).identity.digest
    weights = folder / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(BadFile, match=r"weights\.safetensors"):
        load_model(folder)
    content[-1] ^= 1
    weights.write_bytes(content)
    load_model(folder)
    (folder / "extra.py").write_text("boo")
    with pytest.raises(BadFile, match=r"extra\.py"):
        load_model(folder)
    (folder / "extra.py").unlink()
    (folder / "contract.json").unlink()
    with pytest.raises(BadFile, match=r"contract\.json"):
        load_model(folder)


def test_digest_is_of_content(tmp_path: Path, models: list[Path]) -> None:
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(models[0], tmp_path / "model")
    arrays = load_file(folder / "weights.safetensors")
    save_file(dict(reversed(arrays.items())), folder / "weights.safetensors")
    contract = json.loads((folder / "contract.json").read_text())
    (folder / "contract.json").write_text(json.dumps(contract))
    assert model_digest(folder) == model_digest(models[0]) != model_digest(models[1])
    cut = (folder / "weights.safetensors").read_bytes()[:-4]
    (folder / "weights.safetensors").write_bytes(cut)
    with pytest.raises(BadFile, match="not a whole safetensors file"):
        model_digest(folder)


@pytest.mark.parametrize("name", ["a.pkl", "b.npy", "c"])
def test_pickles_are_refused(tmp_path: Path, name: str) -> None:
    refuse_pickles(tmp_path)
    if name.endswith("npy"):
        np.save(tmp_path / name, np.ones(2))
    else:
        (tmp_path / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(BadFile, match="pickle"):
        refuse_pickles(tmp_path)
