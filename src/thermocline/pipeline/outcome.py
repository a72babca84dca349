"""How each stage ended: a small record beside the pipeline, no output of any stage.

A record is written when a stage begins and replaced when it ends. As long as the stage runs it
holds a lock on its record, which the system releases however the process ends: a record that
says "running" and is not locked is of a stage that was killed.
"""

import fcntl
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

from thermocline.errors import in_words
from thermocline.files import atomic_path, json_text

FOLDER = Path("build/outcomes")
LONGEST = 2000
"""Characters kept of a reason."""
TERMINATED = 128 + signal.SIGTERM
"""Status of a process that SIGTERM ended."""

State = Literal["running", "finished", "failed", "interrupted", "killed"]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Outcome:
    """How a stage ended, or that it runs.

    Attributes:
        stage: its name as DVC gives it, such as `train@SYSTEM`.
        began, ended: ISO 8601 times in UTC; `ended` is empty until the stage has ended by itself.
        reason: why it failed, in one line.
    """

    stage: str
    state: State
    began: str
    ended: str = ""
    reason: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it ran; None for a stage that runs or was killed."""
        if not self.ended:
            return None
        return (_time(self.ended) - _time(self.began)).total_seconds()


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def recorded(stage: str, folder: Path = FOLDER, now: Clock = _now) -> Iterator[None]:
    """Record how the block ends; whatever it raises is raised on.

    A record that cannot be written is no reason for a stage to fail: it is left out.
    """
    running = Outcome(stage, "running", _text(now()))
    lock = _write(running, folder)
    end = replace(running, state="finished")
    try:
        yield
    except KeyboardInterrupt:
        end = replace(running, state="interrupted", reason="stopped by hand")
        raise
    except SystemExit as problem:
        if problem.code == TERMINATED:
            end = replace(running, state="interrupted", reason="stopped by SIGTERM")
        elif problem.code:
            end = replace(running, state="failed", reason=_line(f"exit {problem.code}"))
        raise
    except BaseException as problem:
        end = replace(running, state="failed", reason=explain(problem))
        raise
    finally:
        for stream in (_write(replace(end, ended=_text(now())), folder), lock):
            if stream:
                stream.close()


def explain(problem: BaseException) -> str:
    """An exception in one line: a mendable one in its own words, others with their type."""
    if isinstance(problem, Exception):
        with suppress(Exception):
            return _line(str(in_words(problem)))
    return _line(f"{type(problem).__name__}: {problem}".removesuffix(": "))


def read_outcomes(folder: Path = FOLDER) -> dict[str, Outcome]:
    """The records of a folder by stage; what cannot be read is left out."""
    outcomes: dict[str, Outcome] = {}
    for path in sorted(folder.glob("[!.]*.json")):
        with suppress(OSError, ValueError, TypeError), path.open(encoding="utf-8") as stream:
            outcome = Outcome(**json.load(stream))
            _time(outcome.began)
            if outcome.state == "running" and not _is_locked(stream):
                outcome = replace(outcome, state="killed", reason="it began and never ended")
            outcomes[outcome.stage] = outcome
    return outcomes


def _write(outcome: Outcome, folder: Path) -> IO[str] | None:
    """Write a record; returns it open and locked. It is locked before it takes its name."""
    with suppress(OSError), atomic_path(folder / f"{outcome.stage}.json") as temporary:
        temporary.write_text(json_text(asdict(outcome)), encoding="utf-8")
        stream = temporary.open(encoding="utf-8")
        with suppress(OSError):  # a file system without locks
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return stream
    return None


def _is_locked(stream: IO[str]) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
