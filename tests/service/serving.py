"""A real `bentoml serve` on a free port of this machine."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


def serve(
    target: str,
    cwd: Path,
    changes: dict[str, str],
    log: Path | None = None,
    python: str = sys.executable,
) -> Iterator[httpx.Client]:
    """Serve `target` from the folder `cwd`; yields a client once, then ends the service."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"BENTOML_DO_NOT_TRACK": "True", "OMP_NUM_THREADS": "1"}
    for name in ("THERMOCLINE_TOKEN", "THERMOCLINE_MODEL", "THERMOCLINE_MODEL_SUPERRES"):
        environment.pop(name, None)
    environment |= changes
    with tempfile.TemporaryDirectory(prefix="bentoml-") as home:
        environment["BENTOML_HOME"] = home
        environment.setdefault("THERMOCLINE_TASKS", f"{home}/tasks")
        log = log or Path(home) / "log.txt"
        command = [python, "-m", "bentoml", "serve", target, "--port", str(port)]
        with log.open("w") as stream:
            process = subprocess.Popen(
                command, cwd=cwd, env=environment, stdout=stream, stderr=subprocess.STDOUT
            )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                _wait(process, client, log)
                yield client
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], client: httpx.Client, log: Path) -> None:
    for _ in range(360):
        if process.poll() is not None:
            pytest.fail(f"the service ended:\n{log.read_text()[-3000:]}")
        with suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.25)
    pytest.fail(f"the service was not ready in 90 s:\n{log.read_text()[-3000:]}")
