"""The working tree as git sees it: a commit, and a patch that turns that commit into the tree.

Untracked files change results as much as edited ones, so the patch has both. dvc.lock is left
out: every stage rewrites it, and it says what was run, not what will be. The user's index and
object database are not touched: the patch is made in temporary ones.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from thermocline.errors import BadData

LIMIT = 5_000_000
"""Bytes of patch that are kept with a run; more is not a patch but a second repository."""

_EVERYTHING = ("--", ":(top)", ":(top,exclude,glob)**/dvc.lock")


@dataclass(frozen=True)
class Tree:
    """What is checked out: `commit` ("" outside git), and the patch on top of it (b"" if none)."""

    commit: str = ""
    patch: bytes = b""

    @property
    def patch_sha256(self) -> str:
        """SHA-256 of the patch, "" if there is none."""
        return sha256(self.patch).hexdigest() if self.patch else ""


def git(
    root: str | Path,
    *arguments: str,
    data: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> bytes | None:
    """Output of a git command in `root`; None if it fails, or there is no git."""
    try:
        return subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=data,
            capture_output=True,
            check=True,
            timeout=120,
            env=_ours() | {"GIT_OPTIONAL_LOCKS": "0"} | dict(environment or {}),
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _ours() -> dict[str, str]:
    """This environment without what would lead git to another repository than `root`'s."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def head(root: str | Path) -> str:
    """The commit checked out at `root`; "" outside git, or before the first commit."""
    return (git(root, "rev-parse", "--verify", "-q", "HEAD") or b"").decode().strip()


def differs(root: str | Path) -> bool:
    """Whether a tracked file differs from the commit or an untracked one is there."""
    return bool(git(root, "status", "--porcelain", "--untracked-files=all", *_EVERYTHING))


def working_tree(root: str | Path) -> Tree:
    """Commit and patch of the tree at `root`; `git apply` on a clean checkout gives the tree.

    Raises:
        BadData: if the patch is larger than `LIMIT`.
    """
    commit = head(root)
    if not commit or not differs(root):
        return Tree(commit)
    _refuse_large_files(root)
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        index, new = Path(scratch) / "index", Path(scratch) / "objects"
        new.mkdir()
        present, stored = _inside(root, "index"), _inside(root, "objects")
        if present.is_file():
            # With its time, by which git knows what was edited just after it was written.
            shutil.copy2(present, index)
        places = {
            "GIT_INDEX_FILE": str(index),
            "GIT_OBJECT_DIRECTORY": str(new),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(stored),
        }
        added = git(root, "add", "--all", *_EVERYTHING, environment=places)
        patch = git(
            root,
            *("-c", "core.quotePath=true", "diff", "--cached", "--binary", "--full-index"),
            *("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"),
            *("--src-prefix=a/", "--dst-prefix=b/", commit, *_EVERYTHING),
            environment=places,
        )
    if added is None or patch is None:
        raise BadData(
            "the uncommitted changes cannot be read",
            where=str(root),
            fix="commit them (`git status` shows what differs)",
        )
    if len(patch) > LIMIT:
        raise BadData(
            f"the uncommitted changes come to {len(patch) / 1e6:.1f} MB, more than the "
            f"{LIMIT / 1e6:g} MB that are kept with a run",
            where="git",
            fix="commit them, or name what is not code in .gitignore",
        )
    return Tree(commit, patch)


def _inside(root: str | Path, name: str) -> Path:
    """Where git keeps its `name`, which for a worktree is not below its `.git`."""
    found = git(root, "rev-parse", "--path-format=absolute", "--git-path", name) or b""
    return Path(os.fsdecode(found.strip()))


def _refuse_large_files(root: str | Path) -> None:
    """Untracked files too large for a patch are refused before git has read them."""
    top = Path(os.fsdecode((git(root, "rev-parse", "--show-toplevel") or b"").strip()))
    names = git(top, "ls-files", "--others", "--exclude-standard", "-z", *_EVERYTHING) or b""
    for name in filter(None, os.fsdecode(names).split("\0")):
        size = (top / name).lstat().st_size if os.path.lexists(top / name) else 0
        if size > 10 * LIMIT:
            raise BadData(
                f"this file is neither committed nor ignored, and its {size / 1e6:.0f} MB are too "
                "much to be kept with a run",
                where=name,
                fix="commit it, or name it in .gitignore",
            )


def file_at(root: str | Path, commit: str, patch: bytes, path: str) -> bytes | None:
    """A file's content in the tree of `commit` and `patch`; None if it is not in it.

    Args:
        path: relative to `root`, which may be a folder of the repository.
    """
    path = os.fsdecode((git(root, "rev-parse", "--show-prefix") or b"").strip()) + path
    base = git(root, "cat-file", "blob", f"{commit}:{path}")
    if not patch:
        return base
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        target = Path(scratch) / path
        if base is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(base)
        # Outside every repository git apply works on plain files.
        outside = {"GIT_DIR": str(Path(scratch) / "none"), "GIT_CEILING_DIRECTORIES": scratch}
        if git(scratch, "apply", f"--include={path}", "-", data=patch, environment=outside) is None:
            return None
        return target.read_bytes() if target.is_file() else None
