"""The scripts in docs/clusters.md: of good form, with options that there are."""

import ast
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/clusters.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", TEXT, re.DOTALL)
SHELL = [text for kind, text in BLOCKS if kind == "sh"]
COMMANDS = {
    "dask scheduler": ("-m", "distributed.cli.dask_scheduler"),
    "dask worker": ("-m", "distributed.cli.dask_worker"),
    "python pipelines/prepare.py": (str(ROOT / "pipelines/prepare.py"),),
}


@cache
def options(command: str) -> set[str]:
    """Those that its --help has."""
    ran = subprocess.run(
        [sys.executable, *COMMANDS[command], "--help"], capture_output=True, text=True, check=True
    )
    return set(re.findall(r"--[a-z-]+", ran.stdout))


def used(command: str) -> set[str]:
    """Those that the scripts give it."""
    lines = [line.partition(" #")[0] for text in SHELL for line in text.splitlines()]
    asked = [line.partition(command)[2] for line in lines if command in line]
    assert asked
    return {word for rest in asked for word in shlex.split(rest) if word.startswith("--")}


@pytest.mark.parametrize("command", COMMANDS)
def test_options_exist(command):
    assert used(command) and used(command) <= options(command)


def test_shell_scripts_parse():
    assert len(SHELL) == 3
    for text in SHELL:
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    job = SHELL[-1].splitlines()
    assert job[0] == "#!/bin/bash"
    for word in job[1].removeprefix("#SBATCH ").split():
        assert re.fullmatch(r"--[a-z-]+=[\w:.]+", word)


def test_the_python_script_names_options_of_prepare():
    (script,) = [text for kind, text in BLOCKS if kind == "python"]
    words = [n.value for n in ast.walk(ast.parse(script)) if isinstance(n, ast.Constant)]
    given = {word for word in words if isinstance(word, str) and re.fullmatch(r"--[a-z]+", word)}
    assert given == {"--scheduler"} and given <= options("python pipelines/prepare.py")
    assert (ROOT / "pipelines/prepare.py").is_file() and "pipelines/prepare.py" in words
