"""Logs of a service: files of one JSON object a line, the oldest first."""

import json
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a log, the oldest first; raises BadFile if it is none."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if not all(isinstance(line, dict) for line in lines):
            raise ValueError("a line is no JSON object")
    except (OSError, ValueError) as problem:
        raise BadFile(
            f"not a readable log of the service ({type(problem).__name__})",
            where=str(path),
            fix="name one from the service's folder of tasks, such as answers.jsonl",
        ) from problem
    return lines
