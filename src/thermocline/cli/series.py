"""The command of an endpoint with `--dates`: an answer for each date of a period."""

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from thermocline.cli.answering import answering_of, print_model, progress_bar
from thermocline.errors import BadData
from thermocline.systems.endpoint import Endpoint, no_progress

if TYPE_CHECKING:
    from thermocline.predict import Dated

DATE = r"\d{4}-\d{2}(-\d{2}(T[\d:.]+)?)?( or )?"
"""What problems of different dates may differ in."""
WARNINGS = 5
"""Different warnings of a series that are printed."""


def ask_for_dates(
    system: str,
    endpoint: Endpoint,
    output: Path,
    model: str | None,
    url: str | None,
    dates: str,
    every: int,
    values: dict[str, Any],
) -> None:
    """Write DATE.nc of each date into a folder, and print what became of them.

    Raises:
        typer.Exit: with status 1, if a date has no answer.
        ThermoclineError: before anything is made, for a question that is wrong on any date.
    """
    from thermocline import predict

    folder = Path(output.stem) if output == Path(endpoint.output) else output
    if folder.suffix in (".nc", ".zip"):
        raise BadData(
            "answers for many dates are files in a folder",
            where=str(folder),
            fix=f"name a folder, such as {folder.with_suffix('')}",
        )
    requests = predict.questions(endpoint, dates, every, values)
    answering = answering_of(system, endpoint, model, url)

    def make(date: str, path: Path) -> dict[str, Any]:
        return answering.make({**values, "date": date}, path, no_progress)[1]

    found: list[Dated] = []
    with progress_bar(endpoint) as show:
        for one in predict.write_series(endpoint, requests, folder, answering.digest, make):
            found.append(one)
            show(len(found), len(requests))
    _print_dates(folder, found)
    if any(one.problem for one in found):
        raise typer.Exit(1)


def _print_dates(folder: Path, found: "list[Dated]") -> None:
    """How many dates have an answer, why others have none, and what answers warn of."""
    there = [one for one in found if not one.problem]
    kept = sum(one.kept for one in found)
    before = f", {kept:,} of them there before" if kept else ""
    print(f"{folder}: {len(there):,} of {len(found):,} dates have an answer{before}")
    alike: dict[str, list[Dated]] = {}
    for one in found:
        if one.problem:
            alike.setdefault(re.sub(DATE, "", one.problem), []).append(one)
    for ones in alike.values():
        print(f"  {_some([one.date for one in ones])}: {ones[0].problem}")
    warned = Counter(text for one in there for text in one.said["warnings"])
    for text, _ in warned.most_common(WARNINGS):
        dates = [one.date for one in there if text in one.said["warnings"]]
        print(f"warning, {_some(dates)}: {text}")
    if len(warned) > WARNINGS:
        print(f"{len(warned) - WARNINGS:,} other warnings: they stand in the files' attributes")
    if there:
        print_model(dict(there[-1].said))


def _some(dates: list[str], shown: int = 4) -> str:
    more = f" and {len(dates) - shown:,} more" if len(dates) > shown else ""
    return ", ".join(dates[:shown]) + more
