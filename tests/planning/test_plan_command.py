"""`thermocline plan`, from outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "thermocline.cli", "plan", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"},
        timeout=120,
    )


def test_json_of_a_system_of_params() -> None:
    done = run("superres", "--device", "l4", "--json", "--members", "3")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (training,) = found["trainings"]
    assert found["device"] == "l4" and found["answer"]["members"] == 3
    assert training["batch"] == 16 and training["steps"] == 1500
    parts = {"program", "weights", "gradients", "moments", "average", "activations", "working"}
    assert set(training["memory"]) == parts and training["largest_batch"] > 16


def test_the_table_and_the_list() -> None:
    done = run("superres", "--device", "h100")
    assert done.returncode == 0, done.stderr
    for word in ("parameters", "samples a second", "largest batch", "activations", "One answer"):
        assert word in done.stdout
    assert "not measurements" in done.stdout
    listed = run("list").stdout
    assert all(word in listed for word in ("reconmost", "depthdif", "uadm", "finn", "h200"))


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nothing"], "no preset or system 'nothing'"),
        (["superres", "--device", "tpu"], "no device 'tpu'"),
        (["superres", "--grid", "wide"], "give rows and columns"),
        (["superres", "--batch", "3", "--devices", "2"], "multiple of 2"),
        (["reconstruct", "--grid", "63x128"], "not multiples of 8"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], says: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2 and says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('loaded', *sorted({'torch', 'xarray', 'numpy'}"
        " & set(sys.modules))))\n"
        "sys.argv[1:] = ['plan', '--help']\n"
        "from thermocline.cli import main\n"
        "main()\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.returncode == 0 and found.stdout.splitlines()[-1] == "loaded"
