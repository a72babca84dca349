"""The project as it was at a commit, in a temporary folder that nothing of the user's shares.

A rebuild's folder holds the checked-out `tree`, a lock, and whatever the rebuild writes:

    thermocline-rebuild-XXXX/{lock, tree/, …}

The lock is held for as long as the rebuild lives, and the kernel lets go of it however that ends.
A folder whose lock can be had is a dead rebuild's: the next one removes it, and git's note of it.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thermocline.errors import BadData, BadFile
from thermocline.files import say_if_full, sha256_file
from thermocline.pipeline.repository import complaint, run
from thermocline.pipeline.repository import git as ask

PREFIX = "thermocline-rebuild-"
TREE = "tree"
_HOUR = 3600
# Hooks are the user's, for the user's own tree.
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")


@contextmanager
def worktree(commit: str, root: str | Path = ".") -> Iterator[Path]:
    """Check `commit` of the repository at `root` out; yields the project's folder therein.

    Everything is removed at the end, also after an error. `root` may be a folder below the
    repository's top: the same folder of the commit is yielded. `folder_of` gives the rebuild's
    own folder, for what else it writes.

    Raises:
        BadData: if `root` is not under git, or the commit is not in the repository.
    """
    root = Path(root).resolve()
    require_commit(commit, root)
    remove_dead(root)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    tree = folder / TREE
    with (folder / "locked").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "locked").rename(folder / "lock")  # nobody sees it before it is held
        try:
            try:
                git(root, "worktree", "add", "--quiet", "--detach", str(tree), commit)
            except BadData as problem:
                say_if_full(tree, problem)
                raise
            yield tree / git(root, "rev-parse", "--show-prefix").strip()
        finally:
            _remove(root, folder)


def folder_of(tree: Path) -> Path:
    """The folder of the rebuild that a tree, or a folder in it, belongs to."""
    return next(place for place in tree.parents if place.name.startswith(PREFIX))


def require_commit(commit: str, root: Path) -> None:
    """Raise BadData unless `commit` is in the repository at `root`."""
    if ask(root, "rev-parse", "--git-dir") is None:
        git(root, "--version")  # says so if there is no git
        raise BadData(
            "not a git repository",
            where=str(root),
            fix="rebuild in a clone of the repository that the model was trained in",
        )
    if not commit or ask(root, "cat-file", "-e", f"{commit}^{{commit}}") is None:
        raise BadData(
            f"commit {commit or '(none recorded)'} is not in this repository",
            where="git",
            fix="fetch it (`git fetch --all --tags`), or rebuild in a clone that has it",
        )


def apply_patch(tree: Path, patch: Path, sha256: str) -> None:
    """Apply the changes that were not committed when the model was trained.

    Raises:
        BadFile: if the patch is missing or is not the one recorded.
        BadData: if it does not apply.
    """
    if not patch.is_file():
        raise BadFile(
            "the model was trained from an uncommitted tree, and its patch is not stored",
            where=patch.name,
            fix="commit before training: such a model cannot be rebuilt",
        )
    if sha256_file(patch) != sha256:
        raise BadFile(
            "the stored patch is not the one recorded (SHA-256 differs)",
            where=patch.name,
            fix="fetch the model again",
        )
    if not patch.stat().st_size:
        return
    top = Path(git(tree, "rev-parse", "--show-toplevel").strip())
    try:
        git(top, "apply", "--binary", "--whitespace=nowarn", str(patch.resolve()))
    except BadData as problem:
        raise BadData(
            f"the stored patch does not apply to the commit: {problem.what}",
            where=patch.name,
            fix="the model's lineage names another commit than it was trained from",
        ) from problem


def remove_dead(root: Path) -> None:
    """Remove the folders of rebuilds that were killed, and git's notes of them."""
    listed = git(root, "worktree", "list", "--porcelain").splitlines()
    trees = [Path(line.removeprefix("worktree ")) for line in listed if line[:9] == "worktree "]
    known = {tree.parent for tree in trees if tree.parent.name.startswith(PREFIX)}
    for folder in known | set(Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*")):
        try:
            with (folder / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(root, folder)
        except FileNotFoundError:
            # No folder at all, one half removed, or one that is being made this moment.
            if not folder.exists() or time.time() - folder.stat().st_mtime > _HOUR:
                _remove(root, folder)
        except OSError:
            continue  # a rebuild that lives, or another user's


def git(folder: Path, *arguments: str) -> str:
    """What a git command in `folder` prints; raises BadData with its complaint if it fails."""
    try:
        return run(folder, *_NO_HOOKS, *arguments).decode()
    except (OSError, subprocess.SubprocessError) as problem:
        fix = "install git" if isinstance(problem, OSError) else ""
        raise BadData(complaint(problem), where=f"git {arguments[0]}", fix=fix) from problem


def clean_environment() -> dict[str, str]:
    """This environment without what would lead a command to another repository or registry."""
    left_out = ("GIT_", "DVC_", "MLFLOW_", "BENTOML_", "THERMOCLINE_", "OPTUNA_", "PYTEST_")
    return {key: value for key, value in os.environ.items() if not key.startswith(left_out)}


def _remove(root: Path, folder: Path) -> None:
    """Remove a rebuild's folder, and then git's note of its tree; other trees are not touched."""
    shutil.rmtree(folder, ignore_errors=True)
    # None if git never knew of it.
    ask(root, "worktree", "remove", "--force", "--force", str(folder / TREE))
