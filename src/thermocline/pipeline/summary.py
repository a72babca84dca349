"""What finished, what failed and why, and what was not run because it waits for the failed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from thermocline.pipeline.outcome import Outcome
from thermocline.pipeline.stages import Stage

Standing = Literal["finished", "up to date", "running", "failed", "not run", "unknown"]
SHOWN = 2
"""How many reasons for being out of date are shown."""


@dataclass(frozen=True)
class Line:
    """A stage, where it stands, and what there is to say about it."""

    stage: str
    standing: Standing
    remark: str = ""


def summarise(stages: Iterable[Stage], outcomes: Mapping[str, Outcome]) -> list[Line]:
    """One line a stage.

    DVC's word on what is current comes first: a stage that failed, and whose outputs were brought
    back since, is up to date. A stage that needs a failed one, however far up, was not run,
    whatever an earlier run of it left behind. Where DVC cannot say what is current, the records
    alone are told.

    Args:
        stages: each after those it needs.
        outcomes: how stages ended, by name.
    """
    lines: dict[str, Line] = {}
    blocked: dict[str, set[str]] = {}
    for stage in stages:
        waits = set().union(*(blocked.get(name, ()) for name in stage.needs))
        line = _line(stage, outcomes.get(stage.name), sorted(waits))
        lines[stage.name] = line
        own = {stage.name} if line.standing in ("failed", "running") else set()
        blocked[stage.name] = own or waits
    return list(lines.values())


def render(lines: Iterable[Line]) -> Iterator[str]:
    """The lines as text in columns, then how many there are of each kind."""
    lines = list(lines)
    width = max((len(line.stage) for line in lines), default=0)
    for line in lines:
        yield f"{line.stage:<{width}}  {line.standing:<10}  {line.remark}".rstrip()
    standings = [line.standing for line in lines]
    counts = {standing: standings.count(standing) for standing in get_args(Standing)}
    yield ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no stage"


def _line(stage: Stage, outcome: Outcome | None, waits: list[str]) -> Line:
    if outcome and outcome.state == "running":
        return Line(stage.name, "running", f"since {_clock(outcome.began)}")
    if waits:
        return Line(stage.name, "not run", f"waits for {', '.join(waits)}")
    if outcome and stage.changed != () and outcome.state != "finished":
        how = "" if outcome.state == "failed" else f"{outcome.state}: "
        return Line(stage.name, "failed", how + outcome.reason)
    if stage.changed:
        more = len(stage.changed) - SHOWN
        shown = "; ".join(stage.changed[:SHOWN]) + (f"; {more} more" if more > 0 else "")
        return Line(stage.name, "not run", f"out of date: {shown}")
    if outcome and outcome.state == "finished":
        took = "" if outcome.seconds is None else f", {outcome.seconds:.0f} s"
        return Line(stage.name, "finished", f"{_clock(outcome.ended)}{took}")
    return Line(stage.name, "unknown" if stage.changed is None else "up to date")


def _clock(time: str) -> str:
    """Local time of day, with the date in front."""
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}"
