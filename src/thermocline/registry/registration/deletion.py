"""Deleting versions and runs, unless something refers to them.

MLflow deletes what it is told to, an alias along with its version. Here a version stays as long
as an alias, an entry of the log or a Bento refers to it, and a run as long as a version was made
from it: what was once champion, or is served somewhere, can always be explained.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.files import read_object
from thermocline.predict.manifest import IDENTITY
from thermocline.registry.aliases.history import means
from thermocline.registry.aliases.log import entries
from thermocline.registry.aliases.log_store import is_log
from thermocline.registry.lineage.bentos import bentos, labels_of, written
from thermocline.registry.store.calls import if_there
from thermocline.registry.store.tags import DIGEST, STUDY, TRIAL
from thermocline.registry.versions.lookup import aliases_of, label
from thermocline.systems import names
from thermocline.systems.paths import PACKAGED

LABELS = {"name": "model", "version": "model_version", "digest": "model_digest"}
LABELS["run_id"] = "run_id"
"""A Bento's labels by the names that identity.json and bento.json have for the same."""


def references(client: Any, version: Any, root: str | Path = ".") -> list[str]:
    """What refers to a registered version, in words: aliases, log entries, Bentos.

    Args:
        root: the project's folder, where Bentos are built.

    Raises:
        BadData: if the log is broken, so that nobody knows.
    """
    name, number = version.name, str(version.version)
    found = [f"@{alias} is version {number}" for alias in aliases_of(client, version)]
    log = entries(client, name)
    given = [entry for entry in log if entry.to == number]
    if given and not any(means(entry, version) for entry in given):
        log = []  # what it names is a former version of this number
    for entry in log:
        if number in (entry.former, entry.to):
            change = f"@{entry.alias} {entry.former or 'nobody'} → {entry.to or 'nobody'}"
            found.append(
                f"entry {entry.number} of the log names it ({change}, {entry.time:%Y-%m-%d})"
            )
    digest = version.tags.get(DIGEST, "")
    for tag, facts in packaged(root):
        # Version 3 on another server is another model; what names a model is its digest.
        same = facts.get("name") == name and facts.get("version") == number
        if facts.get("digest") == digest if digest and facts.get("digest") else same:
            found.append(f"the Bento {tag} serves it")
    return list(dict.fromkeys(found))


def packaged(root: str | Path = ".") -> list[tuple[str, dict[str, str]]]:
    """What Bentos built here serve: their tag, and a model's name, version, digest and run_id.

    A Bento of several models is there several times; once more if `bento.json` names it, too.
    """
    found: list[tuple[str, dict[str, str]]] = []
    with suppress(KeyError, TypeError, AttributeError):
        content = read_object(Path(root) / PACKAGED)
        for model in content["models"].values():
            found.append((str(content["tag"]), {key: str(model.get(key, "")) for key in LABELS}))
    for bento in bentos(root):
        for system in names():
            said, model = labels_of(system, bento.labels), bento.place(system)
            facts = {k: said.get(v) or written(model, IDENTITY, k) for k, v in LABELS.items()}
            found += [(bento.tag, facts)] if any(facts.values()) else []
    return found


def delete_version(client: Any, version: Any, root: str | Path = ".") -> None:
    """Delete a registered version that nothing refers to; its run and its files stay.

    Raises:
        ThermoclineError: naming what refers to it.
    """
    name, number = version.name, str(version.version)
    if is_log(name):
        raise BadData(
            f"entry {number} of a log", where=name, fix="logs are only added to, never shortened"
        )
    _refuse(f"version {number}", name, references(client, version, root))
    client.delete_model_version(name, number)


def delete_run(client: Any, run_id: str, root: str | Path = ".") -> None:
    """Mark a run deleted, as MLflow does, if no version or Bento comes from it or its study.

    Raises:
        BadFile: if there is no such run.
        ThermoclineError: naming what refers to it.
    """
    run = if_there(client.get_run, run_id, any_refusal=True)
    if run is None:
        raise BadFile(f"no run {run_id!r}", where="MLflow", fix="copy its id from the UI")
    found: list[str] = []
    for version in _versions(client, f"run_id = '{run_id}'"):
        found.append(f"{label(version)} was made by it")
        found += [f"{version.name}: {why}" for why in references(client, version, root)]
    study, trial = run.data.tags.get(STUDY), run.data.tags.get(TRIAL)
    if study:
        for version in _versions(client, f"tag.`{STUDY}` = '{study}'"):
            if version.run_id != run_id and trial in (None, version.tags.get(TRIAL)):
                what = "trial" if trial else "study"
                found.append(f"{label(version)} has its parameters from this {what}")
    for tag, facts in packaged(root):
        if facts.get("run_id") == run_id:
            found.append(f"the Bento {tag} serves its model")
    _refuse(f"run {run_id}", "MLflow", found)
    client.delete_run(run_id)


def _refuse(what: str, where: str, reasons: list[str]) -> None:
    if reasons:
        raise ThermoclineError(
            f"{what} is not deleted: {'; '.join(dict.fromkeys(reasons))}",
            where=where,
            fix="delete unreferenced versions first; what the log names stays for good",
        )


def _versions(client: Any, query: str) -> list[Any]:
    return [v for v in client.search_model_versions(query) if not is_log(v.name)]
