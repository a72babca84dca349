"""A project folder with a tiny training store, a tiny ensemble OI, and a registry of its own."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "prepare"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """params.yaml, build/prepared, build/baselines and an MLflow database with its tables made."""
    from tiny_archive import DATA, GRID, archive

    from thermocline.baselines.ensemble.oi import EnsembleOI
    from thermocline.systems.reconstruct.data.prepare import write_states
    from thermocline.systems.reconstruct.data.states import States

    folder = tmp_path_factory.mktemp("project")
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    own = values["reconstruct"]
    own["data"]["grid"] = GRID.model_dump(mode="json")
    values["data"] = DATA.model_dump(mode="json")
    own["evaluate"] |= {"densities": [0.2], "validation_months": 2, "members": 2}
    own["model"]["network"] = {"width": 8, "multipliers": [1], "patch": 1, "embedding": 16}
    own["model"]["masking"] |= {"layouts": 24, "states": 2}
    own["tune"]["space"]["model.network.width"] = {"choice": [8, 12]}
    own["training"] |= {"batch": 4, "precision": "32-true"}
    own["sampling"]["members"] = 2
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    for place in ("prepared", "baselines/reconstruct"):
        (folder / "build" / place).mkdir(parents=True)
    path = folder / "build/prepared/reconstruct.nc"
    write_states(path, archive(), GRID, DATA)
    store = States.open(path)
    states, months, _ = store.states("train")
    ensemble = EnsembleOI.of(states, months, store.grid, 3000.0)
    ensemble.save(folder / "build/baselines/reconstruct/ensemble_oi.safetensors")
    shutil.copyfile(empty_store, folder / "mlflow.db")
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a test: linked to what was built, with a database of its own."""
    (tmp_path / "params.yaml").write_bytes((built / "params.yaml").read_bytes())
    (tmp_path / "mlflow.db").write_bytes((built / "mlflow.db").read_bytes())
    (tmp_path / "build").mkdir()
    for name in ("prepared", "baselines"):
        (tmp_path / "build" / name).symlink_to(built / "build" / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    return tmp_path
