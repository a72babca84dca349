"""Recompute what a lineage says, link by link, and name every break."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from thermocline.errors import BadFile
from thermocline.registry.lineage.check import BROKEN, NOT_HERE, OK, Check, guarded
from thermocline.registry.lineage.check_code import check_code
from thermocline.registry.lineage.check_data import check_data
from thermocline.registry.lineage.check_model import (
    check_bentos,
    check_files,
    check_log,
    check_run,
)
from thermocline.registry.lineage.subject import Subject, find_subjects
from thermocline.registry.origin.record import Lineage, read_lineage

_STYLE = {OK: "green", BROKEN: "bold red", NOT_HERE: "yellow"}


def verify_model(reference: str, root: str | Path = ".", name: str | None = None) -> list[Check]:
    """Every link of a model's chain, checked as far as this machine has what it takes.

    Of a Bento whose system is not said, the links of all of its models.

    Args:
        reference, name: as in `find_subject`.
        root: the project's folder: its git repository, data, DVC cache and Bentos.

    Raises:
        BadFile: if there is no such model.
    """
    root = Path(root)
    subjects = find_subjects(reference, root, name)
    if len(subjects) == 1:
        return _checks(subjects[0], root)
    return [
        replace(check, link=f"{subject.name}: {check.link}")
        for subject in subjects
        for check in _checks(subject, root)
    ]


def _checks(subject: Subject, root: Path) -> list[Check]:
    try:
        lineage = read_lineage(subject.folder)
    except BadFile as problem:
        # Without it only the files themselves can be checked.
        without = Lineage(system="")
        files = [c for c in guarded("model files", lambda: check_files(subject, without))][:1]
        return [*files, Check("lineage", BROKEN, str(problem))]
    links: dict[str, Callable[[], Iterator[Check]]] = {
        "model files": lambda: check_files(subject, lineage),
        "alias log": lambda: check_log(subject),
        "run": lambda: check_run(subject, lineage),
        "code": lambda: check_code(lineage, subject.folder, root),
        "data": lambda: check_data(lineage, root),
        "Bento": lambda: check_bentos(subject, lineage, root),
    }
    return [check for link, checks in links.items() for check in guarded(link, checks)]


def print_checks(checks: list[Check], console: Console | None = None) -> None:
    """One line for each check, and a last one that says what it comes to."""
    console = console or Console(highlight=False, soft_wrap=True)
    width = max(len(check.link) for check in checks)
    for check in checks:
        state = Text(check.state.ljust(10), style=_STYLE[check.state])
        console.print(state + Text(f"{check.link.ljust(width + 2)}{check.detail}"))
    broken = [check.link for check in checks if check.state == BROKEN]
    absent = sum(check.state == NOT_HERE for check in checks)
    if broken:
        console.print(Text(f"broken: {', '.join(broken)}", style=_STYLE[BROKEN]))
    elif absent:
        console.print(f"nothing is broken; {absent} could not be checked here")
    else:
        console.print("the chain is whole")
