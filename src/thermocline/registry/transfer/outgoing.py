"""Export: a registered version, its run and all its lineage names, as a folder of plain files."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from thermocline.errors import BadData
from thermocline.files import atomic_directory, temporary_directory
from thermocline.predict.manifest import refuse_pickles
from thermocline.registry.aliases.log import entries
from thermocline.registry.aliases.log_store import is_log
from thermocline.registry.origin.record import LINEAGE, read_lineage
from thermocline.registry.store.calls import if_there
from thermocline.registry.store.connection import connect_existing
from thermocline.registry.store.tags import DIGEST, PARENT
from thermocline.registry.transfer.export_schema import (
    MODEL,
    RUN,
    DatasetFacts,
    Export,
    LoggedFacts,
    MetricPoint,
    RunFacts,
)
from thermocline.registry.transfer.manifest import write_folder_manifest
from thermocline.registry.versions.intact import ADVICE, describe, fetch_intact
from thermocline.registry.versions.lookup import aliases_of, label, resolve

_OF_A_DOWNLOAD = {"registered_model_meta"}
"""Files MLflow writes beside a model it has fetched: they name this server's version."""


def export_model(reference: str, folder: str | Path, name: str | None = None) -> tuple[Export, str]:
    """Write a registered version with its lineage to a new folder, whole or not at all.

    Args:
        reference: `models:/NAME@alias`, `models:/NAME/3`, `champion` or `3`.
        name: the registered model that a bare alias or number is of; None for the only one.

    Returns:
        What was exported, and the SHA-256 of its manifest.

    Raises:
        BadData: if the folder exists.
        BadFile: if there is no such version, its files are not those that were registered, or one
            of them (or of the run's) may be a pickle.
    """
    folder = Path(folder)
    if folder.exists() or folder.is_symlink():
        raise BadData("exists already", where=str(folder), fix="name a new folder")
    client = connect_existing()
    version = resolve(client, reference, name)
    if is_log(version.name):
        raise BadData(
            "this is a log of aliases, not a model", where=version.name, fix="name a model"
        )
    with temporary_directory() as scratch:
        model = fetch_intact(version, Path(scratch))
        content = _facts(client, version, version.tags[DIGEST], model)
        with atomic_directory(folder) as target:
            skip = shutil.ignore_patterns(*_OF_A_DOWNLOAD)
            shutil.copytree(model.parents[1], target / MODEL, ignore=skip)
            (target / RUN).mkdir()
            for entry in client.list_artifacts(version.run_id):
                client.download_artifacts(version.run_id, entry.path, str(target / RUN))
            refuse_pickles(target)
            content.write(target)
            digest = write_folder_manifest(target)
    return content, digest


def _facts(client: Any, version: Any, digest: str, model: Path) -> Export:
    lineage = read_lineage(model) if (model / LINEAGE).is_file() else None
    run = run_facts(client, version.run_id)
    described = describe(model.parents[1], label(version), ADVICE)
    logged = client.get_logged_model(described["model_id"])
    trial = lineage.study.run_id if lineage and lineage.study else None
    return Export(
        name=version.name,
        version=str(version.version),
        system=lineage.system if lineage else run.experiment,
        digest=digest,
        aliases=tuple(aliases_of(client, version)),
        description=version.description or "",
        tags=dict(version.tags),
        logged=LoggedFacts(
            name=logged.name,
            model_type=logged.model_type or None,
            tags={k: v for k, v in logged.tags.items() if not k.startswith("mlflow.")},
            params=dict(logged.params or {}),
        ),
        run=run,
        related=_related(client, run, trial),
        alias_log=_alias_log(client, version.name),
    )


def _alias_log(client: Any, name: str) -> tuple[dict[str, Any], ...]:
    """Who held which alias, as a record; a log that is broken does not keep a model here."""
    try:
        log = entries(client, name)
    except BadData as problem:
        return ({"broken": str(problem)},)
    return tuple(asdict(entry) | {"time": entry.time.isoformat()} for entry in log)


def run_facts(client: Any, run_id: str, history: bool = True) -> RunFacts:
    """A run's parameters, tags, datasets and metrics; `history` asks for every step of them."""
    run = client.get_run(run_id)
    info, data = run.info, run.data
    points = [
        MetricPoint(key=m.key, value=m.value, timestamp=m.timestamp, step=m.step)
        for key in sorted(data.metrics)
        for m in client.get_metric_history(run_id, key)[0 if history else -1 :]
    ]
    return RunFacts(
        run_id=run_id,
        name=info.run_name or "",
        experiment=client.get_experiment(info.experiment_id).name,
        status=info.status,
        start_time=info.start_time,
        end_time=info.end_time,
        params=dict(data.params),
        tags=dict(data.tags),
        metrics=tuple(points),
        datasets=tuple(_dataset(entry) for entry in run.inputs.dataset_inputs),
    )


def _dataset(entry: Any) -> DatasetFacts:
    facts = entry.dataset.to_dictionary()
    facts["schema_text"] = facts.pop("schema")
    return DatasetFacts(**facts, tags={tag.key: tag.value for tag in entry.tags})


def _related(client: Any, run: RunFacts, trial: str | None) -> tuple[RunFacts, ...]:
    """The trial's run, and the parents of it and of the training run; what is gone is left out."""
    found: dict[str, RunFacts] = {}
    wanted = [trial, run.tags.get(PARENT)]
    while wanted:
        run_id = wanted.pop(0)
        if not run_id or run_id in found or run_id == run.run_id:
            continue
        if facts := if_there(run_facts, client, run_id, False, any_refusal=True):
            found[run_id] = facts
            wanted.append(facts.tags.get(PARENT))
    return tuple(found.values())
