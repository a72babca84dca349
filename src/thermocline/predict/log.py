"""Logs of a service: files of one JSON object a line, the oldest first."""

import json
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile


def read_log(path: Path, *keys: str) -> list[dict[str, Any]]:
    """The lines of a log that have these keys, the oldest first; those put aside before it, too.

    A line that a full disk or a killed service cut short is left out.

    Raises:
        BadFile: if it cannot be read, or has no such line and is not empty.
    """
    before = put_aside(path)
    files = [before, path] if before.is_file() else [path]
    try:
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    except FileNotFoundError:
        raise BadFile(
            "there is no such log yet",
            where=str(path),
            fix="start the service and ask it something; it keeps shadow.jsonl only with "
            "THERMOCLINE_SHADOW set, such as to 0.1, and while a candidate is not champion",
        ) from None
    except OSError as problem:
        raise _no_log(path, problem.strerror or type(problem).__name__) from problem
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    found = [said for line in lines if (said := _object(line)) is not None and {*keys} <= {*said}]
    if lines and not found:
        raise _no_log(path, f"no line is an object with {', '.join(keys) or 'anything'}")
    return found


def put_aside(path: Path) -> Path:
    """Where a log goes when it has become too long, in place of the one before."""
    return path.with_suffix(".1.jsonl")


def _object(line: str) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _no_log(path: Path, why: str) -> BadFile:
    return BadFile(
        f"not such a log of the service ({why})",
        where=str(path),
        fix="name one from the service's folder of tasks: answers.jsonl, or shadow.jsonl",
    )
