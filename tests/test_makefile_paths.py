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
