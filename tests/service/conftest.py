"""A served tiny model: a real `bentoml serve` on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "predict"))
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny_model import save_tiny

    return save_tiny(tmp_path_factory.mktemp("service") / "model")


@pytest.fixture(scope="session")
def server(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An HTTP client of the running service."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("bentoml")
    environment = os.environ | {
        "THERMOCLINE_MODEL": str(tiny_folder),
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "True",
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("THERMOCLINE_TOKEN", None)
    command = [sys.executable, "-m", "bentoml", "serve", "bento.service:Thermocline"]
    log = home / "log.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
    try:
        for _ in range(240):
            if process.poll() is not None:
                break
            try:
                if client.get("/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.25)
        else:
            pytest.fail(f"the service was not ready in 60 s:\n{log.read_text()[-3000:]}")
        if process.poll() is not None:
            pytest.fail(f"the service ended:\n{log.read_text()[-3000:]}")
        yield client
    finally:
        client.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture
def real_profiles() -> Path:
    """A real Argo float's file."""
    folder = os.environ.get("THERMOCLINE_REAL_DATA")
    if not folder:
        pytest.skip("THERMOCLINE_REAL_DATA is not set: no real profile file to upload")
    return Path(folder) / "profiles" / "eqatlantic" / "1901458_prof.nc"
