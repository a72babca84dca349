"""Every system finds its raw files among the bundled ones, by their names alone."""

import importlib
import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from thermocline import systems
from thermocline.systems.config import load_config

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty files with the names and folders of the bundled data."""
    (data,) = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"]
    listing = ROOT / "storage" / "files" / "md5" / data["md5"][:2] / data["md5"][2:]
    folder = tmp_path_factory.mktemp("bundled")
    for each in json.loads(listing.read_text()):
        path = folder / each["relpath"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


@pytest.mark.parametrize("name", ["densify", "reconstruct", "seaice", "superres"])
def test_its_files_are_found(bundled: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module = importlib.import_module(f"thermocline.systems.{name}.data.raw")
    if hasattr(module, "held"):  # what files hold is looked up in them, and these are empty
        monkeypatch.setattr(module, "held", lambda path, variables: list(variables))
    config = load_config(ROOT / "params.yaml")
    data = config.data.model_copy(update={"raw": bundled})
    found = systems.get(name).raw(config.model_copy(update={"data": data}))
    folders = Counter(file.path.relative_to(bundled).parts[0] for file in found)
    read = {
        "densify": {"eddies"},
        "reconstruct": {"cmip6", "nature", "en4"},
        "seaice": {"arctic"},
        "superres": {"ostia", "oisst"},
    }
    assert set(folders) == read[name] and set(systems.names()) >= set(read)
