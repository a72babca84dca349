"""How MLflow keeps a log of alias changes: entries as versions of a registered model `NAME.log`.

What is missing or altered shows: numbers have no gaps, the model remembers how many there were,
and every entry carries a hash over itself and all that its writer had read before it.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from thermocline.errors import BadData
from thermocline.registry.aliases.history import Entry, count
from thermocline.registry.store.calls import if_there

SUFFIX = ".log"
MOST = 200_000
"""Entries of a log: as many versions as MLflow gives at once."""
PREFIX = "thermocline.log."
LENGTH = f"{PREFIX}length"
TAGS = {"former": "from"} | {
    name: name for name in ("alias", "change", "to", "reason", "actor", "verdict", "made")
}
"""Tags of an entry by its attributes."""


def log_name(name: str) -> str:
    """The registered model that holds the log of `name`."""
    return f"{name}{SUFFIX}"


def is_log(name: str) -> bool:
    """Whether a registered model is a log, and no model at all."""
    return name.endswith(SUFFIX)


def read_log(client: Any, name: str) -> tuple[list[Entry], list[str]]:
    """The entries of the log of `name`, and the hash of the first 0, 1, 2, … of them.

    Raises:
        BadData: if an entry was deleted or altered since it was written.
    """
    # Kept with the model, not with its log; read first: there may be more by then, never fewer.
    model = if_there(client.get_registered_model, name)
    least = int(model.tags.get(LENGTH, "0")) if model else 0
    written: list[Entry] = []
    chains = [digest(name, {})]
    found = client.search_model_versions(f"name = '{log_name(name)}'", MOST)
    for number, version in enumerate(sorted(found, key=lambda each: int(each.version)), 1):
        if int(version.version) != number:
            raise _broken(name, f"entry {number} is missing")
        tags = {
            key.removeprefix(PREFIX): value
            for key, value in version.tags.items()
            if key.startswith(PREFIX)
        }
        own = tags.pop("hash", "")
        if own:  # a version without is none of ours, and void
            seen = tags.get("seen", "")
            if not seen.isdigit() or int(seen) >= number:
                raise _broken(name, f"entry {number} was altered")
            if own != digest(chains[int(seen)], tags):
                raise _broken(name, f"entry {number}, or one before it, was altered")
        chains.append(digest(chains[-1], {"hash": own, "time": version.creation_timestamp}))
        said: dict[str, Any] = {k: tags.get(tag, "") if own else "" for k, tag in TAGS.items()}
        time = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
        written.append(Entry(number=number, time=time, **said))
    if least > len(written):
        raise _broken(name, f"entry {len(written) + 1} is missing")
    return count(written), chains


def digest(before: str, content: Mapping[str, Any]) -> str:
    """Hash of an entry's content, and of what came before it."""
    text = json.dumps([before, dict(content)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _broken(name: str, what: str) -> BadData:
    return BadData(
        f"the log is broken: {what}",
        where=log_name(name),
        fix="restore the tracking database from a copy: nothing is promoted on a broken log",
    )
