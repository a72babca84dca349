"""The tree that trained: commit and patch give it back, and looking at it changes nothing."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from small_project import git, make_project, md5

from thermocline.errors import BadData
from thermocline.registry.origin import tree as module
from thermocline.registry.origin.dvc_facts import find_object, folder_hash, listing, stage_facts
from thermocline.registry.origin.provenance import environment, trained_from, training_origin
from thermocline.registry.origin.tree import (
    Tree,
    committed_since,
    file_at,
    head,
    patched_files,
    working_tree,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("provenance") / "project")


@pytest.fixture
def project(clean: Path, tmp_path: Path) -> Path:
    return shutil.copytree(clean, tmp_path / "project", symlinks=True)


def files(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Content and executable bit of what git would see."""
    names = git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return {
        name: ((folder / name).read_bytes(), bool((folder / name).stat().st_mode & 0o100))
        for name in names.split("\0")
        if name and (folder / name).exists() and name != "dvc.lock"
    }


def change(project: Path) -> None:
    """Edits of every kind: text, bytes, modes, additions, removals, renames, odd names."""
    (project / "src").mkdir()
    (project / "src" / "old.txt").write_text("to be removed\n")
    (project / "src" / "was.txt").write_text("a line\n" * 50)
    (project / "src" / "picture.bin").write_bytes(bytes(range(256)))
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "more")
    (project / "code.py").write_text("ANSWER = 43")  # and no newline at the end
    (project / "code.py").chmod(0o755)
    (project / "src" / "old.txt").unlink()
    (project / "src" / "was.txt").rename(project / "src" / "is.txt")
    (project / "src" / "picture.bin").write_bytes(bytes(reversed(range(256))))
    (project / "src" / "new" / "deep").mkdir(parents=True)
    (project / "src" / "new" / "deep" / "ä ö.txt").write_bytes("größe\n".encode("latin-1"))
    (project / "src" / "empty").touch()
    (project / "src" / "staged.py").write_text("STAGED = 1\n")
    git(project, "add", "src/staged.py")
    (project / "build" / "ignored.txt").write_text("not part of the tree\n")


def test_commit_and_patch_give_the_tree_back(project: Path, tmp_path: Path) -> None:
    change(project)
    found = working_tree(project)
    assert found.commit == git(project, "rev-parse", "HEAD").strip()
    again = tmp_path / "again"
    git(tmp_path, "clone", "-q", str(project), str(again))
    subprocess.run(["git", "-C", str(again), "apply", "-"], input=found.patch, check=True)
    assert files(again) == files(project)
    assert "src/staged.py" in files(again) and "src/old.txt" not in files(again)
    for name, (content, _) in files(project).items():
        assert file_at(project, found.commit, found.patch, name) == content, name
    assert file_at(project, found.commit, found.patch, "src/old.txt") is None
    assert file_at(project, found.commit, b"", "src/old.txt") == b"to be removed\n"


def test_looking_changes_nothing(project: Path) -> None:
    """Neither the index, nor what is staged, nor the objects git keeps."""
    change(project)
    status, index = git(project, "status", "--porcelain"), (project / ".git/index").read_bytes()
    objects = sorted((project / ".git" / "objects").rglob("*"))
    first = working_tree(project)
    assert (project / ".git/index").read_bytes() == index
    assert sorted((project / ".git" / "objects").rglob("*")) == objects
    assert git(project, "status", "--porcelain") == status
    assert working_tree(project) == first  # and the patch is the same to the byte


def test_a_clean_tree_has_no_patch(project: Path, tmp_path: Path) -> None:
    assert working_tree(project).patch == b"" and not training_origin(project)["uncommitted"]
    (project / "dvc.lock").write_text("schema: '2.0'\n")  # what was run, not what will be
    (project / "build" / "anything").write_text("ignored")
    assert working_tree(project).patch == b""
    assert trained_from({}, project)["git_commit"] == working_tree(project).commit
    (project / "notes.txt").write_text("a note\n")  # nothing reads it
    assert working_tree(project) == Tree(head(project))
    (project / "src").mkdir()
    (project / "src" / "untracked.py").write_text("this can be imported\n")
    assert working_tree(project).patch and training_origin(project)["uncommitted"]
    assert trained_from({}, project)["git_commit"].endswith("+changes")
    outside = working_tree(tmp_path)
    assert (outside.commit, outside.patch) == ("", b"")


def test_an_edit_in_the_second_of_the_commit(project: Path) -> None:
    """Of the same length, too: git tells such files by the time of its index alone."""
    git(project, "config", "core.trustctime", "false")
    second = 1_700_000_000
    os.utime(project / "code.py", (second, second))
    git(project, "update-index", "--refresh")
    (project / "code.py").write_text("ANSWER = 55\n")
    for path in (project / "code.py", project / ".git" / "index"):
        os.utime(path, (second, second))
    assert b"+ANSWER = 55" in working_tree(project).patch


def test_worktrees_and_settings_of_the_user(project: Path, tmp_path: Path) -> None:
    """A linked worktree, and settings that make `git diff` print other things than patches."""
    for key, value in {
        "diff.noprefix": "true",
        "diff.external": "false",
        "color.ui": "always",
        "diff.renames": "copies",
        "core.quotePath": "false",
    }.items():
        git(project, "config", key, value)
    linked = tmp_path / "linked"
    git(project, "worktree", "add", "-q", "--detach", str(linked))
    (linked / "code.py").write_text("ANSWER = 1\n")
    found = working_tree(linked)
    assert working_tree(project).patch == b""
    assert file_at(project, found.commit, found.patch, "code.py") == b"ANSWER = 1\n"


def test_a_project_in_a_folder_of_a_repository(project: Path) -> None:
    """Its own files are meant; its dvc.lock is no change, nor is a file outside it."""
    inner = project / "inner"
    inner.mkdir()
    shutil.copyfile(project / "dvc.yaml", inner / "dvc.yaml")
    (inner / "code.py").write_text("INNER = 1\n")
    (inner / "dvc.lock").write_text("a: 1\n")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "inner")
    (inner / "dvc.lock").write_text("a: 2\n")
    assert working_tree(inner).patch == b"" and not training_origin(inner)["uncommitted"]
    (inner / "code.py").write_text("INNER = 2\n")
    (project / "code.py").write_text("ANSWER = 0\n")
    found = working_tree(inner)
    assert patched_files(found.patch) == ("inner/code.py",) and b"a: 2" not in found.patch
    assert file_at(inner, found.commit, found.patch, "code.py") == b"INNER = 2\n"
    assert file_at(inner, found.commit, b"", "code.py") == b"INNER = 1\n"
    assert file_at(project, found.commit, found.patch, "code.py") == b"ANSWER = 42\n"


def test_a_later_commit_of_what_was_trained(project: Path) -> None:
    """Of the pipeline's files alone; what was edited or committed later does not matter."""
    change(project)
    found = working_tree(project)
    assert set(patched_files(found.patch)) == {
        *("code.py", "src/old.txt", "src/was.txt", "src/is.txt", "src/picture.bin", "src/empty"),
        *("src/new/deep/ä ö.txt", "src/staged.py"),
    }
    assert not committed_since(project, found.commit, found.patch)
    git(project, "add", ".")
    (project / "README.md").write_text("committed along\n")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "the same")
    (project / "code.py").write_text("ANSWER = 44\n")
    assert committed_since(project, found.commit, found.patch)
    git(project, "commit", "-q", "-am", "another")
    assert committed_since(project, found.commit, found.patch), "the commit before it has them"
    assert not committed_since(project, found.commit, found.patch[: found.patch.rindex(b"diff ")])
    assert not committed_since(project, "0" * 40, found.patch)


def test_too_much_is_refused_in_words(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 20_000)
    (project / "src").mkdir()
    (project / "src" / "notes.txt").write_bytes(random.Random(0).randbytes(190_000))
    with pytest.raises(BadData, match=r"uncommitted changes come to 0\.\d MB.*\.gitignore"):
        working_tree(project)
    (project / "src" / "notes.txt").unlink()
    (project / "src" / "big.nc").write_bytes(
        bytes(300_000)
    )  # would pack small, and is not read at all
    with pytest.raises(BadData, match=r"big\.nc: .*not committed"):
        working_tree(project)


def test_origin(project: Path) -> None:
    prepared = project / "build/prepared/reconstruct.nc"
    origin = training_origin(project, prepared)
    assert origin["prepared"] == {"path": "build/prepared/reconstruct.nc", "dvc_md5": md5(prepared)}
    assert origin["raw"]["dvc_md5"] == stage_facts(project, "build/prepared/reconstruct.nc")["data"]
    assert origin["patch_sha256"] == "" and len(origin["lock_sha256"]) == 64
    assert {"python", "torch", "platform", "processor", "device", "threads"} == set(environment())


def test_hashes_of_folders_are_those_dvc_makes() -> None:
    """The bundled data's listing was written by DVC itself."""
    import yaml

    (entry,) = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"]
    stored = ROOT / "storage" / "files" / "md5" / entry["md5"][:2] / entry["md5"][2:]
    assert find_object(ROOT, entry["md5"]) is not None
    files = listing(ROOT, "data", entry["md5"])
    assert files is not None and len(files) == entry["nfiles"]
    assert folder_hash(files) == entry["md5"] == md5(stored) + ".dir"


def test_listing_without_objects(project: Path) -> None:
    """From the files on disk, but only if they are the ones."""
    whole = stage_facts(project, "build/prepared/reconstruct.nc")["data"]
    expected = listing(project, "data", whole)
    shutil.rmtree(project / ".dvc")
    assert listing(project, "data", whole) == expected
    next((project / "data").rglob("*.nc")).write_bytes(b"other")
    assert listing(project, "data", whole) is None
