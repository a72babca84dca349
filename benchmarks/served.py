"""A service started for a measurement, on a free port of this machine, and ended after it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from thermocline import systems

ROOT = Path(__file__).resolve().parents[1]
SERVICE = "bento.service:Thermocline"
START = 180
"""Seconds within which a service has to be ready."""


@dataclass(frozen=True)
class Served:
    """A running service.

    Attributes:
        url: its address.
        process: that of `bentoml serve`; its worker is a child of it.
        log: its output.
        seconds: it took to be ready.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    seconds: float


def models_in(folder: Path) -> dict[str, str]:
    """Settings by which the models below a folder are served, each in one named by its system."""
    return {
        f"THERMOCLINE_MODEL_{name.upper()}": str((folder / name).resolve())
        for name in systems.names()
        if (folder / name / "contract.json").is_file()
    }


@contextmanager
def served(
    settings: Mapping[str, str],
    target: str = SERVICE,
    folder: Path = ROOT,
    python: str | Path = sys.executable,
    without: tuple[str, ...] = (),
) -> Iterator[Served]:
    """A service, until the block ends.

    Args:
        settings: of its environment, beside those of this process.
        target: what `bentoml serve` is given.
        folder: that it is started in.
        python: whose BentoML serves.
        without: settings of this process that it does not get.

    Raises:
        RuntimeError: with its log, if it is not ready in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="bentoml-") as home:
        own = {"BENTOML_HOME": home, "THERMOCLINE_TASKS": f"{home}/tasks"}
        given = {name: value for name, value in os.environ.items() if name not in without}
        environment = given | own | {"BENTOML_DO_NOT_TRACK": "True"} | dict(settings)
        command = [str(python), "-m", "bentoml", "serve", target, "--port", str(port)]
        log = Path(home) / "log"
        began = time.perf_counter()
        with log.open("w") as stream:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=stream, stderr=stream
            )
        try:
            while not ready(url):
                late = time.perf_counter() - began > START
                if late or process.poll() is not None:
                    raise RuntimeError(f"the service is not ready:\n{log.read_text()[-5000:]}")
                time.sleep(0.2)
            yield Served(url, process, log, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(60)


def ready(url: str) -> bool:
    """Whether a service answers questions."""
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except requests.RequestException:
        return False
