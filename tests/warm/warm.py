"""The fork server of a test run: started once, and the `python` that stands for it."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONSTANT = {
    "BENTOML_DO_NOT_TRACK": "True",
    "GX_ANALYTICS_ENABLED": "false",
    "DVC_NO_ANALYTICS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Read by packages when they are imported."""
PROGRAMS = {"dvc": "dvc", "thermocline": "thermocline.cli"}
"""What an environment has beside its `python`, and a Makefile calls by name."""
LEFT_OUT = ("MLFLOW_", "BENTOML_", "DVC_", "THERMOCLINE_", "PYTEST_", "GIT_", "PYTHONPATH")


def start(folder: Path, owner: int) -> Path:
    """Start a server that ends with process `owner`; returns the `python` that asks it.

    It does not wait: who asks before the packages are imported waits for the connection.
    """
    # A socket's address has 107 characters at most, which a test's folder may exceed.
    address = Path(tempfile.mkdtemp(prefix="warm-")) / "socket"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
    with (folder / "server.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "server.py"), str(address), str(owner)],
            cwd=folder,
            env=kept | CONSTANT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not address.exists():
        if process.poll() is not None:
            raise RuntimeError((folder / "server.txt").read_text())
        time.sleep(0.05)
    python = folder / "bin" / "python"
    python.parent.mkdir()
    text = (HERE / "client.py").read_text()
    text = text.replace("<socket>", str(address)).replace("<python>", sys.executable)
    python.write_text(f"#!{sys.executable} -ISs\n{text}")
    python.chmod(0o755)
    for name, module in PROGRAMS.items():
        program = python.with_name(name)
        program.write_text(f'#!/bin/sh\nexec {python} -m {module} "$@"\n')
        program.chmod(0o755)
    return python
