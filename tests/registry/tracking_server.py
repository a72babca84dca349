"""An MLflow server in a process of its own, which alone can reach its files."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def tracking_server(python: str, folder: Path, empty_store: Path) -> Iterator[str]:
    """Its address; database and artifacts lie in `folder`."""
    shutil.copyfile(empty_store, folder / "server.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port]
    command += ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "served")]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    # Jobs are run by processes that each import MLflow, and none is asked for here.
    quick = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.txt").open("w") as log:
        process = subprocess.Popen(
            command, env=kept | quick, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "server.txt").read_text()[-2000:]
            try:
                with urllib.request.urlopen(f"{address}/health", timeout=2):
                    break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
