"""The working tree as git sees it: a commit, and a patch that turns that commit into the tree.

The patch is of the files that the pipeline reads (`pipeline.edited`). Untracked files change
results as much as edited ones, so it has both. The user's index and object database are not
touched: the patch is made in temporary ones.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from thermocline.errors import BadData
from thermocline.files import temporary_directory
from thermocline.pipeline.edited import edited_files, read_by_pipeline
from thermocline.pipeline.repository import ask, git

LIMIT = 5_000_000
"""Bytes of patch that are kept with a run; more is not a patch but a second repository."""

MOST = 500
"""Commits that are looked at for the files that trained a model, the newest first."""

_PATCH = (
    *("-c", "core.quotePath=true", "diff", "--cached", "--binary", "--full-index"),
    *("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)


@dataclass(frozen=True)
class Tree:
    """What is checked out: `commit` ("" outside git), and the patch on top of it (b"" if none)."""

    commit: str = ""
    patch: bytes = b""

    @property
    def patch_sha256(self) -> str:
        """SHA-256 of the patch, "" if there is none."""
        return sha256(self.patch).hexdigest() if self.patch else ""


def head(root: str | Path) -> str:
    """The commit checked out at `root`; "" outside git, or before the first commit.

    Raises:
        BadData: if there is a repository, and git does not answer.
    """
    return (ask(root, "rev-parse", "--verify", "-q", "HEAD") or b"").decode().strip()


def working_tree(root: str | Path) -> Tree:
    """Commit and patch of the tree at `root`; `git apply` on a clean checkout gives the tree.

    Raises:
        BadData: if the patch is larger than `LIMIT`, or if git does not answer.
    """
    commit = head(root)
    names = edited_files(root) if commit else ()
    if not names:
        return Tree(commit)
    top = _top(root)
    _refuse_large_files(top, names)
    with _scratch_index(root) as places:
        listed = os.fsencode("".join(f"{name}\0" for name in names))
        update = ("update-index", "--add", "--remove", "-z", "--stdin")
        added = git(top, *update, data=listed, environment=places)
        patch = git(root, *_PATCH, commit, "--", *read_by_pipeline(root), environment=places)
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


def patched_files(patch: bytes) -> tuple[str, ...]:
    """The files that a patch changes, relative to the repository's top."""
    with temporary_directory() as scratch:
        numbers = git(scratch, "apply", "--numstat", "-z", "-", data=patch) if patch else b""
    entries = os.fsdecode(numbers or b"").split("\0")
    return tuple(entry.split("\t", 2)[2] for entry in entries if entry)


def committed_since(root: str | Path, commit: str, patch: bytes) -> bool:
    """Whether a commit since then has what `patch` on top of `commit` made of the pipeline's files.

    Later commits may have changed them again: any that is checked out, or came before it, will do.
    """
    read = ("--", *read_by_pipeline(root))
    since = git(root, "rev-list", f"--max-count={MOST}", f"{commit}..HEAD", *read) or b""
    with _scratch_index(root) as places:
        return _check_out(root, commit, patch, places) and any(
            git(root, "diff", "--cached", "--quiet", each, *read, environment=places) is not None
            for each in ("HEAD", *since.decode().split())
        )


def file_at(root: str | Path, commit: str, patch: bytes, path: str) -> bytes | None:
    """A file's content in the tree of `commit` and `patch`; None if it is not in it.

    Args:
        path: relative to `root`, which may be a folder of the repository.
    """
    with _scratch_index(root) as places:
        if not _check_out(root, commit, patch, places):
            return None
        return git(root, "cat-file", "blob", f":./{path}", environment=places)


def _check_out(root: str | Path, commit: str, patch: bytes, places: dict[str, str]) -> bool:
    """Make the scratch index that of `commit` and `patch`; whether that can be done."""
    apply = ("apply", "--cached", "--binary", "-")
    top = _top(root)
    return git(top, "read-tree", commit, environment=places) is not None and (
        not patch or git(top, *apply, data=patch, environment=places) is not None
    )


@contextmanager
def _scratch_index(root: str | Path) -> Iterator[dict[str, str]]:
    """Variables by which git works on a copy of the index, and writes objects elsewhere."""
    with temporary_directory() as scratch:
        index, new = Path(scratch) / "index", Path(scratch) / "objects"
        new.mkdir()
        present, stored = _inside(root, "index"), _inside(root, "objects")
        if present.is_file():
            # With its time, by which git knows what was edited just after it was written.
            shutil.copy2(present, index)
        yield {
            "GIT_INDEX_FILE": str(index),
            "GIT_OBJECT_DIRECTORY": str(new),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(stored),
        }


def _top(root: str | Path) -> Path:
    return Path(os.fsdecode((ask(root, "rev-parse", "--show-toplevel") or b"").strip()))


def _inside(root: str | Path, name: str) -> Path:
    """Where git keeps its `name`, which for a worktree is not below its `.git`."""
    found = ask(root, "rev-parse", "--path-format=absolute", "--git-path", name) or b""
    return Path(os.fsdecode(found.strip()))


def _refuse_large_files(top: Path, names: tuple[str, ...]) -> None:
    """Files too large for a patch are refused before git has read them."""
    for name in names:
        size = (top / name).lstat().st_size if os.path.lexists(top / name) else 0
        if size > 10 * LIMIT:
            raise BadData(
                f"this file is not committed, and its {size / 1e6:.0f} MB are too much to be kept "
                "with a run",
                where=name,
                fix="commit it, or name it in .gitignore",
            )
