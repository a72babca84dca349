"""A rebuild that is killed leaves no stage at work."""

import subprocess
import sys
import time

import pytest

from thermocline.files.processes import process_alive

REBUILD = """if True:
    import os, signal, sys
    from pathlib import Path
    from types import SimpleNamespace
    from thermocline.registry.rebuilding.run_stages import Stages

    def say(event, text):
        if event == "line":
            print(text, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    work = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    stages = Stages(Path.cwd(), SimpleNamespace(), say)
    stages.command("train", [sys.executable, "-c", work], dict(os.environ))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent")
def test_its_stage_ends_with_it() -> None:
    done = subprocess.run([sys.executable, "-c", REBUILD], stdout=subprocess.PIPE, check=False)
    stage, end = int(done.stdout), time.monotonic() + 20
    while process_alive(stage) and time.monotonic() < end:
        time.sleep(0.05)
    assert not process_alive(stage)
