"""Tracked runs: one MLflow experiment per system, and one run per (params, data, code).

A run is found again by its key, so that a stage that was killed and started again continues the
run it had begun instead of leaving a second one; a run that was abandoned half-way is marked
KILLED. What is logged is the same for training, sweeps and rebuilds: resolved parameters, git
commit, lock-file hash, and the dataset with DVC's hash as its digest.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from thermocline.predict.champion import tracking_uri
from thermocline.registry.provenance import flatten, provenance, resolved, training_key
from thermocline.registry.run_logger import RunLogger

KEY = "thermocline.training_key"
ARTIFACTS = "mlartifacts"


def connect(system: str = "") -> Any:
    """Point MLflow at the tracking store and, for a system, at its experiment; returns a client."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    for noisy in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    uri = tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = mlflow.MlflowClient(uri, uri)
    if system:
        experiment = client.get_experiment_by_name(system)
        if experiment is None:
            local = Path(ARTIFACTS).resolve().as_uri() if uri.startswith("sqlite:") else None
            client.create_experiment(system, artifact_location=local)
        elif experiment.lifecycle_stage != "active":
            client.restore_experiment(experiment.experiment_id)
        mlflow.set_experiment(system)
    return client


def begin_run(
    system: str,
    config: BaseModel,
    name: str,
    tags: Mapping[str, str] | None = None,
    *,
    key: str = "",
    data_digest: str = "",
    root: str | Path = ".",
) -> RunLogger:
    """Begin a run, or take up the one with the same key; params, origin and dataset are logged.

    Args:
        key: what identifies the run; from parameters, data and code if empty.
        data_digest: digest of the prepared data; logged beside DVC's hash of the raw data.
    """
    client = connect(system)
    origin = provenance(root)
    key = key or training_key(config, origin, system)
    experiment = client.get_experiment_by_name(system).experiment_id
    run = _find(client, experiment, key, name)
    if run is None:
        all_tags = {
            "mlflow.runName": name,
            KEY: key,
            "thermocline.system": system,
            "mlflow.source.git.commit": origin["git_commit"].removesuffix("+changes"),
            **{f"thermocline.{k}": v for k, v in origin.items()},
            **(tags or {}),
        }
        parent = os.environ.get("MLFLOW_RUN_ID")
        if parent:
            all_tags["mlflow.parentRunId"] = parent
        run = client.create_run(experiment, tags=all_tags, run_name=name)
    elif run.info.status != "RUNNING":
        client.update_run(run.info.run_id, status="RUNNING")
    logger = RunLogger(client, run.info.run_id)
    logger.set_tags(tags or {})
    _log_params(client, run, {**resolved(config)})
    _log_dataset(client, run, origin["data_hash"], data_digest)
    return logger


@contextmanager
def tracked_run(
    system: str,
    config: BaseModel,
    name: str,
    tags: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[RunLogger]:
    """`begin_run` for a block: FINISHED at its end, KILLED if interrupted, FAILED on an error."""
    run = begin_run(system, config, name, tags, **options)
    status = "FINISHED"
    try:
        yield run
    except (KeyboardInterrupt, SystemExit):
        status = "KILLED"
        raise
    except BaseException:
        status = "FAILED"
        raise
    finally:
        run.client.set_terminated(run.run_id, status)


def log_training_run(
    config: BaseModel,
    training: Mapping[str, Any],
    history: Sequence[Mapping[str, float]] = (),
    *,
    figures: Sequence[str | Path] = (),
    system: str = "reconstruct",
    root: str | Path = ".",
    key: str = "",
) -> str:
    """Record a finished training run in one go and return its id; calling it again adds nothing.

    Args:
        training: the content of `training.json`: seed, steps, data_digest, metrics, …
        history: numbers by step, each with a key `step`.
        key: what identifies the run; from parameters, data and code if empty.
    """
    options: dict[str, Any] = {
        "key": key,
        "data_digest": str(training.get("data_digest", "")),
        "root": root,
    }
    with tracked_run(system, config, f"train {system}", **options) as run:
        run.log_history(history)
        final = training.get("metrics") or {}
        numbers = {k: v for k, v in flatten(final).items() if _is_number(v)}
        run.log_metrics({k: float(v) for k, v in numbers.items()}, int(training.get("steps", 0)))
        for figure in figures:
            run.log_file(figure, "figures")
    return run.run_id


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _find(client: Any, experiment: str, key: str, name: str) -> Any:
    """The run with this key; other unfinished runs of that name are marked KILLED."""
    runs = client.search_runs([experiment], filter_string=f"tags.mlflow.runName = '{name}'")
    found = next((run for run in runs if run.data.tags.get(KEY) == key), None)
    for run in runs:
        if run.info.status == "RUNNING" and run is not found:
            client.set_terminated(run.info.run_id, "KILLED")
    return found


def _log_params(client: Any, run: Any, params: Mapping[str, str]) -> None:
    from mlflow.entities import Param

    missing = [Param(k, v[:6000]) for k, v in params.items() if k not in run.data.params]
    for start in range(0, len(missing), 100):
        client.log_batch(run.info.run_id, params=missing[start : start + 100])


def _log_dataset(client: Any, run: Any, dvc: str, prepared: str) -> None:
    """Record the dataset; its digest is DVC's hash of the raw data, else that of the prepared."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest = (dvc or prepared).removesuffix(".dir")[:36]
    if not digest:
        return
    source = json.dumps({"path": "data", "dvc_md5": dvc, "prepared_digest": prepared})
    dataset = Dataset(
        name="data", digest=digest, source_type="dvc", source=source, profile="{}", schema="{}"
    )
    tag = InputTag("mlflow.data.context", "training")
    client.log_inputs(run.info.run_id, [DatasetInput(dataset, [tag])])
