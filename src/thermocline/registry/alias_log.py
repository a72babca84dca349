"""An append-only, totally ordered log of alias changes, kept by any MLflow server.

A registered model `NAME.log` holds the log of `NAME`: its *versions* are the entries. The server
gives out version numbers one at a time, so entries are totally ordered whoever writes them, and
an entry is whole or absent. An entry names the holder it takes the alias from; it counts only if
that is who holds it by all earlier entries that count. Of two changes made at once, the first in
the order counts and the other is void. MLflow's alias is then set to what the log says, which
anybody may do again at any time (`apply`): it is a copy, the log is the record.
"""

import getpass
import socket
import sys
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile, ThermoclineError
from thermocline.registry.alias_history import CHAMPION, FOUND, PROMOTED, Entry, holder
from thermocline.registry.alias_store import LENGTH, PREFIX, digest, log_name, read_log
from thermocline.registry.calls import if_there, insist, make_once

_ATTEMPTS = 10


def entries(client: Any, name: str) -> list[Entry]:
    """The log of `name` from its beginning, void entries included; [] if there is none yet.

    Raises:
        BadData: if an entry was deleted or altered since it was written.
    """
    return read_log(client, name)[0]


def append(
    client: Any,
    name: str,
    alias: str,
    to: str,
    expected: str,
    reason: str,
    change: str = PROMOTED,
    verdict: str = "",
) -> Entry:
    """Write an entry; it is valid only if `expected` ("" for nobody) still held the alias then.

    The alias itself is not touched: see `apply`.
    """
    from mlflow.exceptions import MlflowException

    make_once(
        client.create_registered_model,
        log_name(name),
        tags={f"{PREFIX}of": name},
        description=f"Append-only log of the aliases of {name}: each version is a change, "
        "and none may be deleted.",
    )
    content = {"alias": alias, "change": change, "from": expected, "to": to}
    content |= {"reason": reason, "verdict": verdict, "actor": _actor()}

    def write() -> str:
        log, chains = read_log(client, name)
        tags = {k: v for k, v in (content | {"seen": str(len(log))}).items() if v}
        tags["hash"] = digest(chains[-1], tags)
        version = client.create_model_version(
            log_name(name),
            f"models:/{name}/{to}",  # what any server accepts: it is no new location
            tags={f"{PREFIX}{key}": value for key, value in tags.items()},
            description=f"@{alias}: {expected or 'nobody'} → {to}, {change}. {reason}",
            await_creation_for=0,
        )
        return str(version.version)

    try:
        # The server itself tries again, but not often, when many write at once.
        number = insist(write, signs=("creation error",))
    except MlflowException as problem:
        raise ThermoclineError(
            f"the change could not be written: {problem}", where=log_name(name)
        ) from problem
    insist(client.set_registered_model_tag, name, LENGTH, number)
    return entries(client, name)[int(number) - 1]


def apply(client: Any, name: str, alias: str = CHAMPION) -> str | None:
    """Set MLflow's alias to what the log says and return that; an alias without entry is adopted.

    May be called by anyone at any time: it also mends what a killed process left half done.

    Raises:
        BadFile: if there is no such registered model.
        BadData: if the log is broken.
    """
    for _ in range(_ATTEMPTS):
        now = _aliases(client, name).get(alias)
        due = holder(entries(client, name), alias)
        if due is None and now is None:
            return None
        if due is None:
            append(client, name, alias, str(now), "", "it was there before the log", FOUND)
        elif str(now) == due:
            return due
        else:
            # Looked at again afterwards: somebody else may have changed both since the log was
            # read, and whoever sets the alias last must have seen the last entry.
            insist(client.set_registered_model_alias, name, alias, due)
    raise ThermoclineError(f"@{alias} keeps changing", where=name, fix="try again")


def settled(client: Any, name: str, alias: str = CHAMPION) -> bool:
    """Whether MLflow's alias is what the log says, so that `apply` would have nothing to do."""
    return _aliases(client, name).get(alias) == holder(entries(client, name), alias)


def _aliases(client: Any, name: str) -> dict[str, Any]:
    model = if_there(client.get_registered_model, name)
    if model is None:
        raise BadFile(
            f"no registered model {name!r}",
            where="MLflow registry",
            fix="see `thermocline models list`",
        )
    return dict(model.aliases)


def _actor() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]).strip() if sys.argv else ""
    return f"{user}@{socket.gethostname()}: {command}"[:500]
