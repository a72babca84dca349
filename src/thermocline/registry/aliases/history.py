"""History of aliases, as their log says: who held one when, and whom a rollback would restore.

MLflow's page can delete a version, or a model with all of its versions; a model that is registered
anew counts from 1 again, while the log of the old one stays. So an entry says when its version was
registered, which tells it from another of its number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from thermocline.errors import ThermoclineError
from thermocline.registry.store.calls import if_there

CHAMPION = "champion"
PROMOTED, ROLLED_BACK, VACATED = "promoted", "rolled back", "vacated"


@dataclass(frozen=True)
class Entry:
    """A change of an alias.

    Attributes:
        number: its place in the order, from 1.
        alias, change: what changed, and how: promoted, rolled back or vacated.
        former, to: version numbers that held and hold it; "" for nobody.
        reason, actor: why, and who by which command.
        verdict: the promotion test's verdict as JSON, for a promotion.
        time: the server's clock, UTC; never before an earlier entry's.
        valid: whether it counts; one that does not was overtaken by another.
        made: when the version `to` was registered (ms, by the server); "" if not known.
    """

    number: int
    alias: str
    change: str
    former: str
    to: str
    reason: str
    actor: str
    verdict: str
    time: datetime
    valid: bool = False
    made: str = ""


def count(written: Iterable[Entry]) -> list[Entry]:
    """Mark the entries that count: those that take the alias from who really held it then."""
    held: dict[str, str] = {}
    log: list[Entry] = []
    for entry in written:
        somebody = entry.to or (entry.change == VACATED and entry.former)
        valid = bool(somebody) and entry.former == held.get(entry.alias, "")
        if valid:
            held[entry.alias] = entry.to
        time = max(entry.time, log[-1].time) if log else entry.time
        log.append(replace(entry, valid=valid, time=time))
    return log


def last_change(
    log: Iterable[Entry], alias: str = CHAMPION, at: datetime | None = None
) -> Entry | None:
    """The entry that counts at a time (now if None)."""
    found = None
    for entry in log:
        if entry.valid and entry.alias == alias and (at is None or entry.time <= at):
            found = entry
    return found


def holder(log: Iterable[Entry], alias: str = CHAMPION, at: datetime | None = None) -> str | None:
    """The version that held `alias` at a time (now if None), by the log; None if none did."""
    entry = last_change(log, alias, at)
    return (entry.to or None) if entry else None


def former_holder(log: Iterable[Entry], alias: str = CHAMPION) -> str | None:
    """Whom a rollback would restore: rollbacks undo promotions, the last one first.

    A champion that is gone leaves its place to whoever is next.
    """
    held: list[str] = []
    for entry in log:
        if not entry.valid or entry.alias != alias:
            continue
        if entry.change == ROLLED_BACK and held[-2:-1] == [entry.to]:
            held.pop()
            continue
        if entry.change == VACATED or held[-1:] == [""]:
            held.pop()
        if held[-1:] != [entry.to]:
            held.append(entry.to)
    return held[-2] if len(held) > 1 else None


def withdrawal(log: Iterable[Entry], version: str, alias: str = CHAMPION) -> Entry | None:
    """The rollback by which `version` lost the alias, unless it has won it again since."""
    found = None
    for entry in log:
        if entry.valid and entry.alias == alias and version in (entry.former, entry.to):
            found = entry if entry.change == ROLLED_BACK and entry.former == version else None
    return found


def gone(client: Any, name: str, entry: Entry) -> str:
    """Why whoever this entry gave the alias to has it no more; "" if nothing is wrong."""
    version = if_there(client.get_model_version, name, entry.to)
    if version is None:
        return f"version {entry.to} was deleted in MLflow"
    if not means(entry, version):
        return f"version {entry.to} was deleted in MLflow, and another has its number now"
    return ""


def means(entry: Entry, version: Any) -> bool:
    """Whether an entry gave the alias to this version, and not to a former one of its number.

    One that does not say when its version was registered is taken at its number.
    """
    return entry.made in ("", str(version.creation_timestamp))


def withdrawn(log: Iterable[Entry], version: Any) -> Entry | None:
    """The rollback by which this very version lost the alias, unless it has won it again."""
    log, number = list(log), str(version.version)
    lost = withdrawal(log, number)
    won = [entry for entry in log if entry.valid and entry.to == number]
    return lost if lost and won and means(won[-1], version) else None


def parse_moment(text: str) -> datetime:
    """The end of a day such as "2026-05-01" (UTC), or the time "2026-05-01T12:30[:00][Z|+02:00]".

    A time without a zone is UTC.

    Raises:
        ThermoclineError: for anything else.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        if len(text.strip()) <= len("2026-05-01"):
            moment += timedelta(days=1) - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise ThermoclineError(
            f"not a date: {text!r}", where="--on", fix='give one such as "2026-05-01"'
        ) from None
    return moment
