"""A tree is only called clean if git said so: where it cannot, that is an error in words."""

import shutil
import subprocess
from pathlib import Path

import pytest

from thermocline.errors import BadData
from thermocline.pipeline import repository as module
from thermocline.pipeline.edited import edited_files, warning
from thermocline.pipeline.repository import in_repository
from thermocline.registry.origin.tree import Tree, head, working_tree

GIT = shutil.which("git")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one file that the pipeline reads, edited since the commit."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("1\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    (folder / "src" / "a.py").write_text("2\n")
    return folder


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """A git that runs these lines of shell."""
    place = folder.parent / "bin"
    place.mkdir()
    (place / "git").write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    (place / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(place), prepend=":")


def refused(folder: Path, words: str) -> None:
    for look in (edited_files, warning, working_tree):
        with pytest.raises(BadData, match=words):
            look(folder)


def test_a_broken_index(project: Path) -> None:
    assert edited_files(project) == ("src/a.py",)
    (project / ".git" / "index").write_bytes(b"broken")
    assert head(project)
    refused(project, r"git does not say .*index file.*→ mend this until `git status` works")


def test_a_repository_of_another_owner(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In git's own words; what they advise is repeated."""
    other = ("GIT_TEST_ASSUME_DIFFERENT_OWNER=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=/nowhere")
    stand_in(project, monkeypatch, f'exec env {" ".join(other)} {GIT} "$@"')
    advice = f"→ git config --global --add safe.directory {project}"
    refused(project, f"dubious ownership.*{advice}$")
    with pytest.raises(BadData, match="dubious ownership"):
        head(project)


def test_a_git_that_does_not_answer(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(project, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    refused(project, r"no answer within 0\.2 s")


def test_no_git(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused(project, "No such file or directory: 'git'")


def test_a_worktree_whose_repository_is_elsewhere(project: Path) -> None:
    shutil.rmtree(project / ".git")
    (project / ".git").write_text("gitdir: /nowhere/.git/worktrees/project\n")
    refused(project, "not a git repository")


def test_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert head(tmp_path) == "" and working_tree(tmp_path) == Tree()


@pytest.mark.parametrize("installed", [True, False])
def test_outside_any_repository(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    """An exported archive: nothing is known to differ, with git or without."""
    assert in_repository(project / "src")
    shutil.rmtree(project / ".git")
    if not installed:
        monkeypatch.setenv("PATH", str(tmp_path))
    assert not in_repository(project)
    assert edited_files(project) == () and warning(project) == ""
    assert working_tree(project) == Tree()
