"""What every stage does around its work: report a mendable error in one line and exit 1."""

import sys
from collections.abc import Callable
from pathlib import Path

from thermocline.errors import BadFile, ThermoclineError


def run(main: Callable[[], None]) -> None:
    """Call `main`; a ThermoclineError ends the process with its message instead of a traceback."""
    try:
        main()
    except ThermoclineError as problem:
        sys.exit(f"error: {problem}")


def files(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that match, sorted; raises BadFile if there is none."""
    found = sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))
    if not found:
        raise BadFile(f"no {pattern} here", where=str(folder), fix="run `dvc pull` or `make data`")
    return found
