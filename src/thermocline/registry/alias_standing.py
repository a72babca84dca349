"""Whether the version that an entry of the log names is still there, and still the same.

MLflow's page can delete a version, or a model with all of its versions; a model that is registered
anew counts from 1 again, while the log of the old one stays.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from thermocline.registry.alias_history import Entry, withdrawal
from thermocline.registry.calls import if_there
from thermocline.registry.comparison import BETTER
from thermocline.registry.tags import EDITED, IMPORTED, VERDICT

LATER = timedelta(minutes=10)
"""By how much a server's clock may have been set back between a version and its promotion."""


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

    Entries say when it was registered; those of an older Thermocline do not, and are told by when
    they were written.
    """
    if entry.made:
        return entry.made == str(version.creation_timestamp)
    made = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
    return made <= entry.time + LATER


def withdrawn(log: Iterable[Entry], version: Any) -> Entry | None:
    """The rollback by which this very version lost the alias, unless it has won it again."""
    log, number = list(log), str(version.version)
    lost = withdrawal(log, number)
    won = [entry for entry in log if entry.valid and entry.to == number]
    return lost if lost and won and means(won[-1], version) else None


def adoptable(client: Any, name: str, number: str) -> bool:
    """Whether an alias without an entry may stay: on a version that passed the promotion test here.

    So champions were left before there was a log. Any other, of an edited tree, or from another
    server, was given the alias by hand, around the test.
    """
    version = if_there(client.get_model_version, name, number)
    if version is None or any(version.tags.get(tag) for tag in (IMPORTED, EDITED)):
        return False
    return str(version.tags.get(VERDICT, "")).startswith(BETTER)
