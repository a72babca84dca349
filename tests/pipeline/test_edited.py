"""Only the files that the pipeline reads count, and what differs is said in words, once."""

import subprocess
from pathlib import Path

import pytest

from thermocline.errors import BadConfig
from thermocline.pipeline.edited import (
    allowed_by_environment,
    edited_files,
    edited_words,
    warn_once,
    warning,
)

PIPELINE = """
stages:
  train:
    foreach: {one: {}}
    do:
      cmd: train ${key}
      deps: [tables/mask.csv, "extra/${key}/code.py", "${item.cases}", ../outside, /etc/hosts]
  merge: {cmd: merge, deps: [{own.txt: {cache: false}}]}
"""


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("THERMOCLINE_ALLOW_UNCOMMITTED", raising=False)
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / ".gitignore").write_text("build/\n")
    for name in ("params.yaml", "src/a.py", "pipelines/b.py", "README.md", "tables/mask.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "x")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["demo.log", "notes/todo.md", "README.md", "tests/t.py", "dvc.lock", "build/x.py"]
)
def test_what_the_pipeline_does_not_read_does_not_count(project: Path, name: str) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("2\n")
    assert edited_files(project) == () and warning(project) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("params.yaml", "dvc.yaml", "data.dvc", "raw/more.dvc", "requirements.lock", "src/new.py"),
        *("pipelines/b.py", "bento/s.py", "tables/mask.csv", "extra/one/code.py", "own.txt"),
    ],
)
def test_what_it_reads_counts(project: Path, name: str) -> None:
    (project / name).parent.mkdir(exist_ok=True, parents=True)
    path = project / name
    path.write_text((path.read_text() if path.exists() else "") + "# edited\n")
    assert edited_files(project) == (name,)
    assert warning(project).startswith(f"{name} differs from the last commit: what is trained")


def test_removed_and_staged_files_count(project: Path) -> None:
    git(project, "rm", "-q", "src/a.py")
    (project / "pipelines/b.py").unlink()
    (project / "src").mkdir(exist_ok=True)
    (project / "src/ä ö.py").write_text("2\n")
    git(project, "add", "src")
    assert set(edited_files(project)) == {"src/a.py", "pipelines/b.py", "src/ä ö.py"}


def test_outside_git_nothing_differs(tmp_path: Path) -> None:
    assert edited_files(tmp_path) == () and warning(tmp_path) == ""


def test_words(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert edited_words(("a", "b", "c", "d")) == "a, b, c and 1 more file"
    assert edited_words(tuple("abcde")) == "a, b, c and 2 more files"
    (project / "params.yaml").write_text("2\n")
    text = warning(project)
    assert "registered as candidate, not champion, until" in text and "--allow-uncom" in text
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "1")
    assert "champion all the same" in warning(project)
    for text, yes in (("on", True), ("TRUE", True), ("0", False), ("no", False), ("", False)):
        monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", text)
        assert allowed_by_environment() is yes
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "perhaps")
    with pytest.raises(BadConfig, match="'perhaps' is neither yes nor no"):
        warn_once("prepare@one", project)


def test_said_once_and_before_a_training(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(stage: str) -> int:
        warn_once(stage, project)
        return capsys.readouterr().out.count("differs from the last commit")

    assert said("prepare@one") == 0
    (project / "params.yaml").write_text("2\n")
    assert [said(f"{name}@one") for name in ("prepare", "tune", "train", "evaluate")] == [
        1,
        0,
        1,
        0,
    ]
    assert said("prepare@two") == 1 and said("package") == 0
