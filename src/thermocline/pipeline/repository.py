"""What git says of the project's folder, and whether it could say it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from thermocline.errors import BadData

TIMEOUT = 120
"""Seconds after which git is no longer waited for."""


def git(
    root: str | Path,
    *arguments: str,
    data: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> bytes | None:
    """Output of a git command in `root`; None if it fails, or there is no git."""
    try:
        return run(root, *arguments, data=data, environment=environment, timeout=TIMEOUT)
    except (OSError, subprocess.SubprocessError):
        return None


def ask(root: str | Path, *arguments: str) -> bytes | None:
    """Output of a git command that fails in no sound repository; None if `root` is in none.

    None also where git says no without a word, as of a commit before there is one.

    Raises:
        BadData: if there is a repository, and git does not answer.
    """
    try:
        return run(root, *arguments, timeout=TIMEOUT)
    except (OSError, subprocess.SubprocessError) as problem:
        if _quietly_no(problem) or not in_repository(root):
            return None
        said = complaint(problem)
        raise BadData(
            f"git does not say what is committed here ({said})",
            where=str(Path(root).resolve()),
            fix=_advice(said, root),
        ) from problem


def in_repository(root: str | Path) -> bool:
    """Whether `root`, or a folder above it on the same file system, has a `.git`."""
    root = Path(root).resolve()
    for place in (root, *root.parents):
        if not place.exists() or place.stat().st_dev != root.stat().st_dev:
            return False
        if os.path.lexists(place / ".git"):
            return True
    return False


def run(
    root: str | Path,
    *arguments: str,
    data: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> bytes:
    """Output of a git command in `root`; raises what `subprocess` does if it fails."""
    return subprocess.run(
        ["git", "-C", str(root), *arguments],
        input=data,
        capture_output=True,
        check=True,
        timeout=timeout,
        env=_ours() | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"} | dict(environment or {}),
    ).stdout


def _ours() -> dict[str, str]:
    """This environment without what would lead git to another repository than `root`'s."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def _quietly_no(problem: Exception) -> bool:
    if not isinstance(problem, subprocess.CalledProcessError):
        return False
    return problem.returncode == 1 and not problem.stderr


def complaint(problem: Exception) -> str:
    """What git said when it failed, on one line, or why it said nothing."""
    if isinstance(problem, subprocess.TimeoutExpired):
        return f"no answer within {problem.timeout:g} s"
    if isinstance(problem, subprocess.CalledProcessError):
        lines = os.fsdecode(problem.stderr or b"").splitlines()
        # What follows is git's own advice.
        told = [line.strip() for line in lines if line.startswith(("fatal: ", "error: "))]
        return "; ".join(told[:2]) or f"exit code {problem.returncode}"
    return f"git cannot be run: {problem}"


def _advice(said: str, root: str | Path) -> str:
    if "dubious ownership" in said:
        place = said.rpartition(" at ")[2].strip("'") or str(Path(root).resolve())
        return f"git config --global --add safe.directory {place}"
    return "mend this until `git status` works here, then try again"
