"""What registration came to, as the pipeline keeps it: build/registry/SYSTEM.json.

The package stage depends on its folder. Whoever changes `@champion` by hand leaves a note there, so
that the next `dvc repro` packages the champion of now.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from thermocline.errors import BadFile, ThermoclineError
from thermocline.files import read_object, write_json
from thermocline.registry.aliases.history import last_change
from thermocline.registry.aliases.log import entries
from thermocline.registry.lineage.bentos import written
from thermocline.registry.promotion.promote import Registration
from thermocline.systems.paths import PACKAGED, REGISTRY

CHAMPIONS = "champions.json"
"""Who was made champion by hand last, by registered name: no stage's output, so none is rerun."""


def write(result: Registration, system: str) -> None:
    """Write the record, whole or not at all."""
    write_json(REGISTRY / f"{system}.json", result.to_dict())


def renew(result: Registration, system: str) -> None:
    """Write the record anew if there is one, and it is of the same model."""
    if result.digest and written(REGISTRY, f"{system}.json", "digest") == result.digest:
        write(result, system)


def note_champion(client: Any, name: str) -> None:
    """Write down who is champion by the log, if the pipeline has registered anything here.

    A note that says so already stays as it is, and none is made of what is packaged: a question
    makes no stage out of date.
    """
    entry = last_change(entries(client, name)) if REGISTRY.is_dir() else None
    if entry is None:
        return
    known = read_object(REGISTRY / CHAMPIONS)
    now = {"version": entry.to, "entry": entry.number}
    if known.get(name) == now:
        return
    if name not in known and _packaged(name) == entry.to:
        return
    known[name] = now
    write_json(REGISTRY / CHAMPIONS, known, sort_keys=True)


@contextmanager
def noting() -> Iterator[None]:
    """Around what is written down after a change of the champion: the change itself stands.

    Raises:
        ThermoclineError: if it cannot be written down; says so, and what does it later.
    """
    try:
        yield
    except (OSError, BadFile) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem.what
        raise ThermoclineError(
            f"the champion is as the log says, but the pipeline's note of it was not written "
            f"({str(reason).lower()})",
            where=str(REGISTRY),
            fix="make it writable; then `thermocline models champion` writes the note",
        ) from problem


def _packaged(name: str) -> str:
    """The version of a registered model that is in the package; "" if there is none."""
    with suppress(KeyError, TypeError, AttributeError):
        inside = read_object(PACKAGED)["models"].values()
        return next((str(each["version"]) for each in inside if each["name"] == name), "")
    return ""
