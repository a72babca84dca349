"""A temporary registry, a tiny trained model and its report."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "predict"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_store: Path) -> Path:
    """A folder with an empty registry of its own, made the working folder."""
    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    return tmp_path


@pytest.fixture
def config():
    from thermocline.systems.config import load_config

    return load_config(ROOT / "params.yaml")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders of three tiny models that differ in their weights."""
    from tiny_model import save_tiny

    return [save_tiny(tmp_path_factory.mktemp("models") / f"m{s}", s) for s in range(3)]


@pytest.fixture(scope="session")
def little_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands for the code of a model that this process loads, which has its own already."""
    folder = tmp_path_factory.mktemp("code") / "thermocline"
    folder.mkdir()
    (folder / "__init__.py").write_bytes((ROOT / "src/thermocline/__init__.py").read_bytes())
    return folder


@pytest.fixture
def quick(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, little_code: Path
) -> None:
    """Registration without what MLflow checks by predicting, and with one file of code.

    The `slow` tests have both, and every flow.
    """
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(
            "thermocline.registry.registration.package.input_example", lambda system: None
        )
        monkeypatch.setattr("thermocline.registry.registration.package.SOURCE", little_code)


@pytest.fixture(scope="session")
def exported(shared, empty_store: Path, little_code: Path) -> Path:
    """An export, made once a run; only test_transfer.py touches the store beside it."""
    from exporting import make_export

    from thermocline.systems.config import load_config

    config = load_config(ROOT / "params.yaml")
    made = shared("exported", lambda folder: make_export(folder, empty_store, little_code, config))
    return made / "export"
