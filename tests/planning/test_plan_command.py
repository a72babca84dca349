"""`thermocline plan`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.errors import BadConfig

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> str:
    """What the command prints, in this process."""
    done = CliRunner().invoke(app, ["plan", *arguments], env={"COLUMNS": "100"})
    if done.exception:
        raise done.exception
    return done.stdout


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_json_of_a_system_of_params() -> None:
    found = json.loads(run("superres", "--device", "l4", "--json", "--members", "3"))
    (training,) = found["trainings"]
    assert found["device"] == "l4" and found["answer"]["members"] == 3
    assert training["batch"] == 16 and training["steps"] == 1500
    parts = {"program", "weights", "gradients", "moments", "average", "activations", "working"}
    assert set(training["memory"]) == parts and training["largest_batch"] > 16


def test_the_largest_batch_does_not_depend_on_the_batch_that_is_planned() -> None:
    """On a small grid something else takes most memory in a small batch than in a large one."""
    found = []
    for batch in (1, 4096):
        plan = run(
            "reconstruct", "--device", "h100", "--grid", "16x16", "--batch", str(batch), "--json"
        )
        found.append(json.loads(plan)["trainings"][0]["largest_batch"])
    assert max(found) <= 1.01 * min(found), found


def test_the_table_and_the_list() -> None:
    shown = run("superres", "--device", "h100")
    for word in ("parameters", "samples a second", "largest batch", "activations", "One answer"):
        assert word in shown
    assert "not measurements" in shown
    listed = run("list")
    assert all(word in listed for word in ("reconmost", "depthdif", "uadm", "finn", "h200"))


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nothing"], "no preset or system 'nothing'"),
        (["superres", "--device", "tpu"], "no device 'tpu'"),
        (["superres", "--grid", "wide"], "give rows and columns"),
        (["superres", "--batch", "3", "--devices", "2"], "multiple of 2"),
        (["reconstruct", "--grid", "63x128"], "no multiples of 8"),
    ],
)
def test_mistakes_say_what_to_do(arguments: list[str], says: str) -> None:
    with pytest.raises(BadConfig, match=says) as caught:
        run(*arguments)
    assert caught.value.fix and "\n" not in str(caught.value)


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
