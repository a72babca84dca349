"""Real servers started for a test: a `thermocline` command on a free port, and an S3 of moto's."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "ocean-models"
KEYS = {"AWS_ACCESS_KEY_ID": "servers-own", "AWS_SECRET_ACCESS_KEY": "not-the-clients"}
LEFT_OUT = ("MLFLOW_", "AWS_", "THERMOCLINE_")


@dataclass
class Served:
    """A server that runs: where, what it printed so far, and its processes."""

    address: str
    log: Path
    group: int

    @property
    def output(self) -> str:
        return self.log.read_text()

    def commands(self) -> list[str]:
        """The command lines of its processes, which all users of the machine can see."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(ProcessLookupError, FileNotFoundError):
                if os.getpgid(int(path.parent.name)) == self.group:
                    found.append(path.read_text().replace("\0", " "))
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def thermocline(*words: str, cwd: Path, **variables: str) -> Iterator[Served]:
    """Run `thermocline WORDS --port …` until it is healthy; end it afterwards."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
    environment |= {"OMP_NUM_THREADS": "1", **variables}
    log = cwd / f"server-{port}.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "thermocline.cli", *words, "--port", str(port)],
            cwd=cwd,
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(f"http://127.0.0.1:{port}", log, process.pid)
    try:
        _wait(process, served)
        yield served
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


def _wait(process: subprocess.Popen[bytes], served: Served) -> None:
    for _ in range(360):
        if process.poll() is not None:
            pytest.fail(f"the server ended:\n{served.output[-3000:]}")
        with suppress(httpx.TransportError):
            if httpx.get(f"{served.address}/health").status_code == 200:
                return
        time.sleep(0.25)
    pytest.fail(f"the server was not ready in 90 s:\n{served.output[-3000:]}")


@contextmanager
def object_store() -> Iterator[str]:
    """The address of an S3-compatible store with an empty bucket."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        address = "http://{}:{}".format(*server.get_host_and_port())
        bucket(address).create()
        yield address
    finally:
        server.stop()


def bucket(address: str):
    import boto3

    names = ("aws_access_key_id", "aws_secret_access_key")
    keys = dict(zip(names, KEYS.values(), strict=True))
    store = boto3.resource("s3", endpoint_url=address, region_name="us-east-1", **keys)
    return store.Bucket(BUCKET)


def status(url: str, method: str = "GET", **options) -> int:
    return httpx.request(method, url, timeout=30, **options).status_code
