"""What a rebuild is made of: worktrees that leave nothing behind, and honest comparisons."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_model import save_report

from thermocline.errors import BadData, BadFile
from thermocline.files import sha256_file
from thermocline.registry.origin.records import EnvironmentRecord, Lineage, RawRecord
from thermocline.registry.origin.tree import working_tree
from thermocline.registry.rebuilding.raw_data import content_hash, restore_data
from thermocline.registry.rebuilding.rebuild import rebuild
from thermocline.registry.rebuilding.reproducibility import (
    compare_boards,
    compare_weights,
    environment_differences,
    in_words,
)
from thermocline.registry.rebuilding.run_stages import Stages, write_params
from thermocline.registry.rebuilding.worktree import (
    PREFIX,
    apply_patch,
    folder_of,
    remove_dead,
    worktree,
)
from thermocline.verify.board.boardfiles import read_board
from thermocline.verify.board.scoreboard import Board

WHO = ("-c", "user.name=test", "-c", "user.email=test@example.org")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits, a hook that would leave a mark, and a temporary folder of its own."""
    for name in [key for key in os.environ if key.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    folder = tmp_path / "repository"
    (folder / "inner").mkdir(parents=True)
    git(folder, "init", "-q")
    for text in ("first", "second"):
        (folder / "inner" / "file.txt").write_text(f"{text}\n")
        git(folder, "add", ".")
        git(folder, *WHO, "commit", "-q", "-m", text)
    hook = folder / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n")
    hook.chmod(0o755)
    return folder


def leftovers(repository: Path) -> tuple[int, int]:
    trees = git(repository, "worktree", "list", "--porcelain").count("worktree ")
    return trees - 1, len(list((repository.parent / "tmp").glob(f"{PREFIX}*")))


def test_a_past_state_and_nothing_left(repository: Path) -> None:
    (repository / "inner/file.txt").write_text("being edited\n")
    before = git(repository, "status", "--porcelain")
    first = git(repository, "rev-parse", "HEAD~1")
    with worktree(first, repository) as tree:
        assert (tree / "inner/file.txt").read_text() == "first\n"
        assert leftovers(repository) == (1, 1) and folder_of(tree).parent == tree.parents[1]
        (tree / "inner/file.txt").write_text("changed there\n")
    assert leftovers(repository) == (0, 0)
    with pytest.raises(RuntimeError), worktree(first, repository / "inner") as tree:
        assert (tree / "file.txt").read_text() == "first\n"
        raise RuntimeError
    assert leftovers(repository) == (0, 0)
    assert (repository / "inner/file.txt").read_text() == "being edited\n"
    assert git(repository, "status", "--porcelain") == before
    assert not (repository.parent / "hook-ran").exists()


def test_dead_rebuilds_are_removed_and_living_ones_not(repository: Path) -> None:
    script = (
        "import sys, tempfile, time\n"
        f"tempfile.tempdir = {str(repository.parent / 'tmp')!r}\n"
        "from thermocline.registry.rebuilding.worktree import worktree\n"
        "with worktree('HEAD', '.'):\n"
        "    print('in', flush=True)\n"
        "    time.sleep(60)\n"
    )
    other = repository.parent / "tmp" / "users-own"
    git(repository, "worktree", "add", "-q", "--detach", str(other))
    shutil.rmtree(other)  # on a disk that is not mounted, say: git's note of it must stay
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=repository, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"in\n"
        remove_dead(repository)
        assert leftovers(repository) == (2, 1)
        process.send_signal(signal.SIGKILL)
    assert leftovers(repository) == (2, 1)
    remove_dead(repository)
    assert leftovers(repository) == (1, 0)
    assert "users-own" in git(repository, "worktree", "list")
    # A folder that somebody else cleared away leaves only git's note of it.
    gone = repository.parent / "tmp" / f"{PREFIX}gone" / "tree"
    git(repository, "worktree", "add", "-q", "--detach", str(gone))
    shutil.rmtree(gone.parent)
    remove_dead(repository)
    assert leftovers(repository) == (1, 0)


@pytest.mark.parametrize("commit", ["", "0" * 40, "nonsense"])
def test_a_missing_commit(repository: Path, commit: str) -> None:
    with pytest.raises(BadData, match="not in this repository"), worktree(commit, repository):
        pass
    assert leftovers(repository) == (0, 0)


def test_outside_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(BadData, match="not a git repository"), worktree("HEAD", tmp_path):
        pass


def test_without_git_it_is_git_that_lacks(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadData, match=r"git cannot be run.*install git"), worktree("x", repository):
        pass


def test_the_stored_patch_gives_the_tree_back(repository: Path, tmp_path: Path) -> None:
    """Edits, new and deleted files, and bytes that are no text."""
    (repository / "dvc.yaml").write_text("stages: {train: {cmd: train, deps: [inner]}}\n")
    (repository / "inner/file.txt").write_text("edited  \n")
    (repository / "inner/new.bin").write_bytes(bytes(range(256)))
    (repository / "inner/ä.py").write_text("x = 1")
    found = working_tree(repository)
    patch = tmp_path / "uncommitted.patch"
    patch.write_bytes(found.patch)
    for start in (repository, repository / "inner"):
        with worktree(found.commit, start) as tree:
            apply_patch(tree, patch, found.patch_sha256)
            inner = tree if tree.name == "inner" else tree / "inner"
            for path in (repository / "inner").iterdir():
                assert (inner / path.name).read_bytes() == path.read_bytes(), path


def test_patches_that_cannot_be_applied(repository: Path, tmp_path: Path) -> None:
    patch = tmp_path / "uncommitted.patch"
    with worktree("HEAD", repository) as tree:
        with pytest.raises(BadFile, match="not stored"):
            apply_patch(tree, patch, "0" * 64)
        patch.write_text("--- a/nothing\n+++ b/nothing\n@@ -1 +1 @@\n-a\n+b\n")
        with pytest.raises(BadFile, match="not the one recorded"):
            apply_patch(tree, patch, "0" * 64)
        with pytest.raises(BadData, match="does not apply"):
            apply_patch(tree, patch, sha256_file(patch))


def test_recorded_parameters_stay_in_the_tree(tmp_path: Path) -> None:
    import yaml

    elsewhere = {"raw": "data", "prepared": "/somewhere/else"}
    write_params(tmp_path, Lineage(system="reconstruct", params={"seed": 3, "data": elsewhere}))
    written = yaml.safe_load((tmp_path / "params.yaml").read_text())
    assert written == {"seed": 3, "data": {"raw": "data", "prepared": "build/prepared"}}
    for raw in ("/archive", "../archive"):
        with pytest.raises(BadData, match="outside the project"):
            write_params(tmp_path, Lineage(system="reconstruct", params={"data": {"raw": raw}}))
    with pytest.raises(BadData, match="no parameters"):
        write_params(tmp_path, Lineage(system="reconstruct"))


def _stages(repository: Path, tree: Path, md5: str) -> Stages:
    data = {"raw": RawRecord(path="data", dvc_md5=md5)}
    lineage = Lineage.model_validate({"system": "reconstruct", "data": data})
    return Stages(tree, lineage, lambda event, text: None)


def test_raw_data_that_dvc_has_not(repository: Path) -> None:
    """The project's own files are taken if, and only if, they are the recorded version."""
    (repository / ".gitignore").write_text("/data/\n")
    (repository / "data/en4").mkdir(parents=True)
    (repository / "data/en4/a.nc").write_bytes(b"profiles")
    md5 = content_hash(repository / "data")
    assert md5.endswith(".dir")
    with worktree("HEAD", repository) as tree:
        restore_data(_stages(repository, tree, md5), repository)
        assert (tree / "data/en4/a.nc").read_bytes() == b"profiles"
    (repository / "data/en4/a.nc").write_bytes(b"profilez")
    with (
        worktree("HEAD", repository) as tree,
        pytest.raises(BadFile, match="are not to be had"),
    ):
        restore_data(_stages(repository, tree, md5), repository)
    with worktree("HEAD", repository) as tree, pytest.raises(BadFile, match="did not track"):
        restore_data(_stages(repository, tree, ""), repository)


def test_stages_have_no_network_and_no_registry_of_the_user(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://registry.example.org")
    monkeypatch.setenv("MLFLOW_RUN_ID", "abc")
    recorded = EnvironmentRecord(threads=3, device="cpu")
    with worktree("HEAD", repository) as tree:
        stages = _stages(repository, tree, "")
        lineage = stages.lineage.model_copy(update={"environment": recorded})
        variables = Stages(tree, lineage, stages.say).environment()
        assert "THERMOCLINE_PROJECT" not in variables
        assert variables["OMP_NUM_THREADS"] == "3" and variables["CUDA_VISIBLE_DEVICES"] == ""
        assert str(folder_of(tree)) in variables["MLFLOW_TRACKING_URI"]
        assert "MLFLOW_RUN_ID" not in variables and variables["PYTHONPATH"] == f"{tree}/src"
        lines: list[str] = []
        (tree / "pipelines").mkdir()
        (tree / "pipelines/good.py").write_text("print('one', end='\\r'); print('two')\n")
        (tree / "pipelines/bad.py").write_text(
            "import urllib.request as u\nu.urlopen('http://example.org', timeout=5)\n"
        )
        stages = Stages(tree, lineage, lambda event, text: lines.append(f"{event} {text}"))
        stages.run("good")
        assert lines[:3] == ["stage good", "line one", "line two"]
        with pytest.raises(BadData, match="refused"):
            stages.run("bad")
        with pytest.raises(BadFile, match=r"no pipelines/absent\.py"):
            stages.run("absent")


def test_weights_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    names = [f"{kind}.layer{n}" for kind in ("raw", "ema") for n in range(3)]
    ours = {name: rng.standard_normal((4, 5)).astype(np.float32) for name in names}
    ours["raw.layer0"][0, 0] = np.nan
    theirs = {name: value.copy() for name, value in ours.items()}
    assert compare_weights(ours, theirs).same
    theirs["ema.layer1"][1, 2] = np.nextafter(theirs["ema.layer1"][1, 2], np.float32(9))
    found = compare_weights(ours, theirs)
    assert found.differing == ("ema.layer1",) and 0 < found.largest < 1e-6
    theirs["raw.layer2"] -= 0.25
    found = compare_weights(ours, theirs)
    assert found.where == "raw.layer2" and found.largest == pytest.approx(0.25, abs=1e-6)
    assert "2 of 6 tensors differ" in str(found)
    zero = {"a": np.zeros(2, np.float32)}
    assert compare_weights(zero, {"a": -zero["a"]}).differing == ("a",)
    assert compare_weights(zero, {"a": zero["a"].astype(np.float64)}).differing == ("a",)
    assert compare_weights(zero, {"a": np.zeros(3, np.float32)}).differing == ("a",)
    assert compare_weights(zero, zero | {"b": zero["a"]}).differing == ("b",)


def _board(folder: Path, factor: float = 1.0, drop: str = "") -> Board:
    """The tiny report with our method's errors times `factor`."""
    save_report(folder)
    for name in ("scoreboard.json", "cases.json"):
        records = json.loads((folder / name).read_text())
        records = [r for r in records if r["method"] != drop]
        for record in records:
            if record["method"] == "thermocline":
                for key, power in (("rmse", 1), ("crps", 1), ("mse", 2)):
                    if key in record:
                        record[key] *= factor**power
            if "crps_ci" in record:
                record["crps_ci"] = [0.9 * record["crps"], 1.1 * record["crps"]]
        (folder / name).write_text(json.dumps(records))
    return read_board(folder)


def test_the_same_scoreboard(tmp_path: Path) -> None:
    scores = compare_boards(_board(tmp_path / "a"), _board(tmp_path / "b"))
    assert scores.same and scores.agree and not scores.outside and not scores.distinguishable
    assert len(scores.rows) == 2 * 4 * 3


def test_within_intervals_and_yet_told_apart(tmp_path: Path) -> None:
    """All cases 2 % worse: inside the rows' intervals, and certain when paired. Both are said."""
    scores = compare_boards(_board(tmp_path / "a"), _board(tmp_path / "b", 1.02))
    assert scores.agree and not scores.same
    told = scores.distinguishable
    assert {row.method for row in told} == {"thermocline"}
    assert all(row.decision == "worse" for row in told) and len(told) == 6
    assert told[0].difference == pytest.approx(0.02 * told[0].b, rel=1e-6)
    rows = [row for row in scores.to_dict()["rows"] if row["paired"] == "worse"]
    assert all(row["ratio"] == pytest.approx([1.02] * 3, rel=1e-6) for row in rows)
    assert "agrees in" in in_words(told[0]) and "paired worse" in in_words(told[0])


def test_outside_intervals(tmp_path: Path) -> None:
    scores = compare_boards(_board(tmp_path / "a"), _board(tmp_path / "b", 1.2))
    assert not scores.agree and {row.method for row in scores.outside} == {"thermocline"}
    assert "not in" in in_words(scores.outside[0])
    for row in scores.to_dict()["rows"]:
        assert row["agrees"] == (row["method"] != "thermocline"), row
        assert (row["registered"] == row["rebuilt"]) == row["agrees"]
    missing = compare_boards(_board(tmp_path / "c"), _board(tmp_path / "d", drop="oi"))
    assert not missing.agree and "missing" in in_words(missing.outside[0])


def test_too_few_cases_are_not_agreement(tmp_path: Path) -> None:
    ours, theirs = _board(tmp_path / "a"), _board(tmp_path / "b", 1.01)
    from dataclasses import replace

    ours.rows = [replace(row, rmse_ci=None, crps_ci=None) for row in ours.rows[-1:]]
    scores = compare_boards(ours, theirs)
    assert [row.agrees for row in scores.rows] == [None, None] and not scores.agree


@pytest.mark.parametrize(
    ("keep", "says"), [("there", "exists already"), ("file/kept", "cannot be written to")]
)
def test_where_nothing_can_be_kept_is_told_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(BadData, match=says):
        rebuild("champion", keep=keep)


def test_what_differs_in_the_environment() -> None:
    here = EnvironmentRecord(python="3.11.7", torch="2.9", processor="A", device="cpu", threads=2)
    assert environment_differences(here, here) == ()
    assert environment_differences(EnvironmentRecord(), here) == ()
    was = here.model_copy(update={"torch": "2.8", "threads": 4})
    torch, threads = environment_differences(was, here)
    assert torch == "torch: 2.8 when trained, 2.9 here"
    assert "4 when trained, 2 here" in threads and "as many as recorded" in threads


@pytest.mark.parametrize(
    ("name", "says"),
    [("models:/../x@y", "names no registered model"), ("", "no model was named"),
     ("models:/thermocline-x@y", "no registry yet"), ("champion", "no registry yet")],
)  # fmt: skip
def test_a_name_that_is_refused_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(BadFile, match=says):
        rebuild(name)
    assert list(tmp_path.iterdir()) == []
