"""A served tiny model."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT, *(ROOT / "tests" / room for room in ("predict", "service", "sources"))):
    sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny_model import save_tiny

    return save_tiny(tmp_path_factory.mktemp("service") / "model")


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the running service writes its log."""
    return tmp_path_factory.mktemp("log") / "log.txt"


@pytest.fixture(scope="session")
def server(
    tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory, server_log: Path
) -> Iterator[httpx.Client]:
    """An HTTP client of the running service, with a model of each system."""
    from serving import serve
    from tiny_superres import save_tiny_superres

    finer = save_tiny_superres(tmp_path_factory.mktemp("service") / "superres")
    named = {"THERMOCLINE_MODEL": str(tiny_folder), "THERMOCLINE_MODEL_SUPERRES": str(finer)}
    yield from serve("bento.service:Thermocline", ROOT, named, server_log)


@pytest.fixture
def real_profiles() -> Path:
    """A real Argo float's file."""
    folder = os.environ.get("THERMOCLINE_REAL_DATA")
    if not folder:
        pytest.skip("THERMOCLINE_REAL_DATA is not set: no real profile file to upload")
    return Path(folder) / "profiles" / "eqatlantic" / "1901458_prof.nc"
