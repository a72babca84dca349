"""The project may lie in a folder whose name has spaces and letters of any language."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[1] / "Makefile"


@pytest.mark.parametrize("goal", ["install", "serve", "ui"])
def test_the_folder_s_name_stays_in_one_piece(tmp_path: Path, goal: str) -> None:
    project = tmp_path / "my océan project"
    project.mkdir()
    shutil.copy(MAKEFILE, project)
    for name in ("requirements.lock", "pyproject.toml"):
        (project / name).touch()
    done = subprocess.run(
        ["make", "-n", goal, "PYTHON=python3"], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    words = shlex.split(done.stdout.replace("\\\n", " "), comments=True)
    here = [word for word in words if str(tmp_path) in word]
    assert here and all(str(project) in word for word in here)


@pytest.mark.parametrize("moved", [False, True])
def test_an_environment_that_was_moved_is_not_used(tmp_path: Path, moved: bool) -> None:
    """Its programs would be the former folder's, or none."""
    programs = tmp_path / "my project" / ".venv" / "bin"
    programs.mkdir(parents=True)
    shutil.copy(MAKEFILE, tmp_path / "my project")
    for name in ("requirements.lock", "pyproject.toml", ".venv/.installed"):
        (tmp_path / "my project" / name).touch()
    former = tmp_path / "former" / ".venv" / "bin" if moved else programs
    (programs / "thermocline").write_text(f"#!{former}/python3.11\n")
    command = ["make", "install", "PYTHON=python3"]
    done = subprocess.run(command, cwd=tmp_path / "my project", capture_output=True, text=True)
    assert (done.returncode != 0) == moved
    assert (f"made as {former}" in done.stdout) == moved
    assert ("thermocline models moved" in done.stdout) == moved
