"""Import: an export becomes a version of this server's registry, once however often it is asked.

Steps, each found done or done anew: (1) the run, known by the run it was; (2) the logged model,
by its digest, fetched back and compared, with its scores; (3) the version, created in one
transaction with the tags that find it again, and without verdicts: it was not judged here;
(4) `@candidate`. It never becomes champion by being imported.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from thermocline.errors import BadFile
from thermocline.files import sha256_file, temporary_directory
from thermocline.predict.identity import SYSTEM
from thermocline.registry.runs.run_by_key import this_process
from thermocline.registry.store.connection import connect
from thermocline.registry.store.shown import make_registered_model, show_version
from thermocline.registry.store.tags import (
    BASELINE_VERDICT,
    DIGEST,
    IMPORTED,
    PARENT,
    PROCESS,
    VERDICT,
)
from thermocline.registry.transfer.checked import check_export
from thermocline.registry.transfer.export_schema import (
    EXPORT,
    MODEL,
    RUN,
    Export,
    RunFacts,
)
from thermocline.registry.transfer.ranking import link_imported
from thermocline.registry.versions.intact import MLMODEL
from thermocline.registry.versions.lookup import find_version, first_of, whole_logged_model

SOURCE_RUN = "thermocline.imported_run"
_JUDGED = (VERDICT, BASELINE_VERDICT)
"""What tags begin with that say how a version did elsewhere, against a champion of there."""


@dataclass(frozen=True)
class Imported:
    """What an import came to; `new` is False if the model was here already."""

    name: str
    version: str
    digest: str
    run_id: str
    source: str
    new: bool


def import_model(folder: str | Path) -> Imported:
    """Register what `export_model` wrote with the server that MLFLOW_TRACKING_URI names.

    An export carries the code that `mlflow.pyfunc.load_model` runs: its manifest says that it
    arrived as it was sent, not who sent it.

    Raises:
        BadFile: if a file is missing, changed, not listed, a link, or may be a pickle, or if the
            model that arrives is not the one that was sent.
        BadData: if it is a model of another system than its name says.
    """
    folder = Path(folder)
    content, listed = check_export(folder)
    client = connect(content.system)
    version = find_version(client, content.name, content.digest)
    new = version is None
    if new:
        run_id = _run(client, content, folder)
        model_id = _logged_model(client, content, folder, listed, run_id)
        link_imported(client, content, folder, run_id, model_id)
        make_registered_model(client, content.name, content.system, {SYSTEM: content.system})
        kept = {key: value for key, value in content.tags.items() if not key.startswith(_JUDGED)}
        created = client.create_model_version(
            content.name,
            f"models:/{model_id}",
            run_id=run_id,
            tags=kept | {IMPORTED: content.uri, SOURCE_RUN: content.run.run_id},
            description=content.description or None,
            model_id=model_id,
            await_creation_for=0,
        )
        version = first_of(client, created, content.digest)
        show_version(client, version)
        new = str(version.version) == str(created.version)
    if version.tags.get(IMPORTED):
        _candidate(client, content.name, str(version.version))
    number = str(version.version)
    return Imported(content.name, number, content.digest, version.run_id or "", content.uri, new)


def _run(client: Any, content: Export, folder: Path) -> str:
    """The run with the source's parameters, tags, metrics and artifacts."""
    facts = content.run
    experiment = client.get_experiment_by_name(content.system).experiment_id
    query = f"tags.`{SOURCE_RUN}` = '{facts.run_id}'"
    for run in client.search_runs([experiment], query):
        if run.data.tags.get(IMPORTED):
            return str(run.info.run_id)
        client.delete_run(run.info.run_id)  # begun by an import that was killed
    own = (PARENT, IMPORTED, SOURCE_RUN)  # the last two, if the source imported it itself
    tags = {key: value for key, value in facts.tags.items() if key not in own}
    if facts.tags.get(PARENT):
        tags["thermocline.imported_parent"] = facts.tags[PARENT]
    tags[SOURCE_RUN] = facts.run_id
    run = client.create_run(experiment, facts.start_time, tags, facts.name or None)
    run_id = str(run.info.run_id)
    _log(client, run_id, facts)
    if any((folder / RUN).glob("*")):
        client.log_artifacts(run_id, str(folder / RUN))
    client.log_artifact(run_id, str(folder / EXPORT), "imported")
    client.set_terminated(run_id, facts.status, facts.end_time)
    client.set_tag(run_id, IMPORTED, content.uri)
    return run_id


def _log(client: Any, run_id: str, facts: RunFacts) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

    params = [Param(key, value) for key, value in facts.params.items()]
    metrics = [Metric(m.key, m.value, m.timestamp, m.step) for m in facts.metrics]
    client.log_batch(run_id, metrics, params)
    inputs = [
        DatasetInput(
            Dataset(d.name, d.digest, d.source_type, d.source, d.schema_text, d.profile),
            [InputTag(key, value) for key, value in d.tags.items()],
        )
        for d in facts.datasets
    ]
    if inputs:
        client.log_inputs(run_id, inputs)


def _logged_model(
    client: Any, content: Export, folder: Path, listed: dict[str, str], run_id: str
) -> str:
    """Id of the logged model with these files: the one there is, or a new one, compared."""
    from mlflow.entities import LoggedModelOutput

    if found := whole_logged_model(client, run_id, content.digest):
        return found
    logged = content.logged
    model = client.create_logged_model(
        client.get_run(run_id).info.experiment_id,
        name=logged.name,
        source_run_id=run_id,
        tags=logged.tags | {DIGEST: content.digest, PROCESS: this_process()},
        params=logged.params,
        model_type=logged.model_type,
    )
    model_id = str(model.model_id)
    with temporary_directory() as scratch:
        described = Path(scratch) / MLMODEL
        text = (folder / MODEL / MLMODEL).read_text(encoding="utf-8")
        described.write_text(_renamed(text, model, run_id), encoding="utf-8")
        client.log_model_artifacts(model_id, str(folder / MODEL))
        client.log_model_artifact(model_id, str(described))
        _compare(model_id, listed, Path(scratch) / "back", sha256_file(described))
    client.finalize_logged_model(model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])
    return model_id


def _renamed(text: str, model: Any, run_id: str) -> str:
    """MLmodel with this server's names of run and model in place of the source's."""
    described = yaml.safe_load(text)
    names = {"model_id": model.model_id, "model_uuid": model.model_id, "run_id": run_id}
    names["artifact_path"] = model.artifact_location
    described |= {key: value for key, value in names.items() if key in described}
    return yaml.safe_dump(described, sort_keys=True, allow_unicode=True)


def _compare(model_id: str, listed: dict[str, str], target: Path, mlmodel: str) -> None:
    """Fetch the logged model back; raises BadFile unless every file is the one that was sent."""
    import mlflow

    target.mkdir()
    place = Path(mlflow.artifacts.download_artifacts(f"models:/{model_id}", dst_path=str(target)))
    inside = f"{MODEL}/"
    sent = {n.removeprefix(inside): sha for n, sha in listed.items() if n.startswith(inside)}
    sent[MLMODEL] = mlmodel
    arrived = {n: sha256_file(place / n) for n in sent if (place / n).is_file()}
    wrong = [name for name in sorted(sent) if arrived.get(name) != sent[name]]
    if wrong:
        raise BadFile(
            f"{len(wrong)} files are not on the server as they were sent",
            where=wrong[0],
            fix="check the server's artifact store, and import again",
        )


def _candidate(client: Any, name: str, number: str) -> None:
    """Make the version `@candidate`, unless a newer one is registered."""
    newest = max(int(v.version) for v in client.search_model_versions(f"name = '{name}'"))
    holder = client.get_registered_model(name).aliases.get("candidate")
    if newest == int(number) and str(holder) != number:
        client.set_registered_model_alias(name, "candidate", number)
