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
from thermocline.predict.identity import registered_name
from thermocline.predict.tracking import has_registry
from thermocline.registry.aliases.history import (
    CHAMPION,
    PROMOTED,
    VACATED,
    Entry,
    gone,
    last_change,
)
from thermocline.registry.aliases.log_store import LENGTH, PREFIX, digest, log_name, read_log
from thermocline.registry.aliases.put_back import tell
from thermocline.registry.store.calls import if_there, insist, make_once
from thermocline.registry.store.connection import connect
from thermocline.systems import names

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

    Args:
        to: who holds it from now on; "" for nobody, which is a `change` of its own (VACATED).

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
    version = if_there(client.get_model_version, name, to) if to else None
    content["made"] = str(version.creation_timestamp) if version else ""
    # What any server accepts, and no new location; nobody has none: that of the first entry.
    source = f"models:/{name}/{to}" if to else f"models:/{log_name(name)}/1"

    def write() -> str:
        log, chains = read_log(client, name)
        tags = {k: v for k, v in (content | {"seen": str(len(log))}).items() if v}
        tags["hash"] = digest(chains[-1], tags)
        version = client.create_model_version(
            log_name(name),
            source,
            tags={f"{PREFIX}{key}": value for key, value in tags.items()},
            description=f"@{alias}: {expected or 'nobody'} → {to or 'nobody'}, {change}. {reason}",
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
    """Set MLflow's alias to what the log says and return that; None if it says nobody.

    May be called by anyone at any time: it also mends what a killed process left half done. A
    holder that was deleted in MLflow's page loses the alias, in the log, too. An alias that was
    set around the promotion test is taken away, which is said on stderr.

    Raises:
        BadFile: if there is no such registered model.
        BadData: if the log is broken.
    """
    for _ in range(_ATTEMPTS):
        now = aliased(client, name, alias)
        last = last_change(entries(client, name), alias)
        due = last.to if last else ""
        if last and due and (why := gone(client, name, last)):
            append(client, name, alias, "", due, why, VACATED)
            continue
        if now == due:
            return due or None
        tell(name, alias, now, last)
        if due == "":
            insist(client.delete_registered_model_alias, name, alias)
        else:
            # Looked at again afterwards: somebody else may have changed both since the log was
            # read, and whoever sets the alias last must have seen the last entry.
            insist(client.set_registered_model_alias, name, alias, due)
    raise ThermoclineError(f"@{alias} keeps changing", where=name, fix="try again")


def follow_logs() -> None:
    """Set @champion of every system's model to what its log says, if there is a registry here.

    For whoever is about to take champions by their alias, which MLflow's page can set as well.

    Raises:
        BadData: if a log is broken.
    """
    if not has_registry():
        return
    client = connect()
    for name in map(registered_name, names()):
        if if_there(client.get_registered_model, name) is not None:
            apply(client, name)


def settled(client: Any, name: str, alias: str = CHAMPION) -> bool:
    """Whether MLflow's alias is what the log says, so that `apply` would have nothing to do."""
    last = last_change(entries(client, name), alias)
    due = last.to if last else ""
    held = aliased(client, name, alias) == due
    return held and not (last and due and gone(client, name, last))


def aliased(client: Any, name: str, alias: str = CHAMPION) -> str:
    """Who holds the alias in MLflow, whatever the log says; "" if nobody does.

    Raises:
        BadFile: if there is no such registered model.
    """
    model = if_there(client.get_registered_model, name)
    if model is None:
        raise BadFile(
            f"no registered model {name!r}",
            where="MLflow registry",
            fix="see `thermocline models list`",
        )
    return str(dict(model.aliases).get(alias) or "")


def _actor() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]).strip() if sys.argv else ""
    return f"{user}@{socket.gethostname()}: {command}"[:500]
