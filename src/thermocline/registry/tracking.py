"""Tracked runs: one MLflow experiment per system, and one run per (params, data, code).

A run is found again by its key, so that a stage that was killed and started again continues the
run it had begun instead of leaving a second one; a run that was abandoned half-way is marked
KILLED. What is logged is the same for training, sweeps and rebuilds: resolved parameters, git
commit and the patch on top of it, lock-file hash, and the dataset.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from thermocline.config import Config
from thermocline.files import process_alive
from thermocline.predict.champion import tracking_uri
from thermocline.registry.datasets import log_dataset
from thermocline.registry.lineage.record import PATCH
from thermocline.registry.lineage.tree import Tree, working_tree
from thermocline.registry.new_store import ensure_store
from thermocline.registry.provenance import (
    SEPARATOR,
    flatten,
    parameters,
    provenance,
    run_name,
    trained_from,
    training_key,
)
from thermocline.registry.run_logger import RunLogger

KEY = "thermocline.training_key"
PATCH_TAG = "thermocline.patch_sha256"
PROCESS = "thermocline.process"
PARENT = "mlflow.parentRunId"
CHOSEN = "thermocline.chosen"
MODEL = "thermocline.model_digest"
STUDY = ("thermocline.study", "thermocline.trial")
SETTINGS, REPLACED = "thermocline.settings", "thermocline.replaced"
"""Why a study's settings, or those of params.yaml, are trained; and each one that was replaced."""
ARTIFACTS = "mlartifacts"
SETTLE = 0.1
"""Seconds after which a run that another process was just creating is taken to be visible."""
ATTEMPTS = 5


def connect(system: str = "") -> Any:
    """Point MLflow at the tracking store and, for a system, at its experiment; returns a client."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    for noisy in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    uri = tracking_uri()
    ensure_store(uri)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = mlflow.MlflowClient(uri, uri)
    if system:
        experiment = client.get_experiment_by_name(system)
        if experiment is None:
            _create_experiment(client, system, artifacts_beside(uri))
        elif experiment.lifecycle_stage != "active":
            client.restore_experiment(experiment.experiment_id)
        mlflow.set_experiment(system)
    return client


def artifacts_beside(uri: str) -> str | None:
    """Where files of a sqlite store go: beside the database, whatever the working folder is."""
    if not uri.startswith("sqlite:///"):
        return None
    database = Path(uri.removeprefix("sqlite:///").partition("?")[0])
    return (database.resolve().parent / ARTIFACTS).as_uri()


def begin_run(
    system: str,
    config: BaseModel,
    name: str,
    tags: Mapping[str, str] | None = None,
    *,
    key: str = "",
    data_digest: str = "",
    root: str | Path = ".",
    tree: Tree | None = None,
    origin: Mapping[str, str] | None = None,
) -> RunLogger:
    """Begin a run, or take up the one with the same key; params, origin and dataset are logged.

    Several processes may begin a run of the same key at once: all get the same run.

    Args:
        key: what identifies the run; from parameters, data and code if empty.
        data_digest: digest of the prepared data's content, which names the dataset.
        tree: the working tree, if it was read already.
        origin: `provenance`, if it is not that of the tree as it is now.

    Raises:
        BadData: if the uncommitted changes are too large to be kept with the run.
    """
    client = connect(system)
    tree = tree or working_tree(root)
    origin = origin or provenance(root, tree)
    if not key:
        content = {**origin, "patch": tree.patch_sha256, "data": data_digest}
        key = training_key(config, content, system)
    parent = (tags or {}).get(PARENT) or os.environ.get("MLFLOW_RUN_ID", "")
    all_tags = {
        KEY: key,
        PROCESS: f"{socket.gethostname()}:{os.getpid()}",
        "thermocline.system": system,
        "mlflow.source.git.commit": tree.commit,
        **{f"thermocline.{k}": v for k, v in origin.items()},
        **({PARENT: parent} if parent else {}),
        **(tags or {}),
    }
    run = _the_run(client, system, key, name, all_tags, parent)
    logger = RunLogger(client, run.info.run_id)
    known = run.data.tags
    # A later study may choose what was trained already: a registered model keeps its own.
    kept = STUDY if MODEL in known else ()
    differing = {t: v for t, v in all_tags.items() if known.get(t) != v and t not in kept}
    _despite_others(lambda: logger.set_tags(differing))
    _log_patch(logger, tree, known.get(PATCH_TAG, ""), parent)
    _log_params(client, run, parameters(config, system))
    if data_digest:
        folder = getattr(getattr(config, "data", None), "prepared", Path("build/prepared"))
        prepared = (Path(folder) / f"{system}.nc").as_posix()
        run_id = run.info.run_id
        log = lambda: log_dataset(client, run_id, system, prepared, data_digest, root)
        _despite_others(log)
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
    config: Config,
    training: Mapping[str, Any],
    history: Sequence[Mapping[str, float]] = (),
    *,
    system: str,
    figures: Sequence[str | Path] = (),
    root: str | Path = ".",
    key: str = "",
    patch: bytes = b"",
) -> str:
    """Record a finished training run in one go and return its id; calling it again adds nothing.

    Args:
        training: the content of `training.json`: seed, steps, data_digest, metrics, origin, …
        history: numbers by step, each with a key `step`.
        key: what identifies the run; from parameters, data and code if empty.
        patch: what was not committed when it was trained.
    """
    options: dict[str, Any] = {
        "key": key,
        "data_digest": str(training.get("data_digest", "")),
        "root": root,
    }
    if origin := training.get("origin"):
        options |= {
            "tree": Tree(origin["git_commit"], patch),
            "origin": trained_from(training, root),
        }
    tags = study_tags(training.get("study"))
    with tracked_run(system, config, run_name(config, system), tags, **options) as run:
        run.log_history(history)
        final = training.get("metrics") or {}
        numbers = {k: v for k, v in flatten(final).items() if _is_number(v)}
        run.log_metrics({k: float(v) for k, v in numbers.items()}, int(training.get("steps", 0)))
        for figure in figures:
            run.log_file(figure, "figures")
    return run.run_id


def study_tags(study: Mapping[str, Any] | None) -> dict[str, str]:
    """What a run says of the study that chose its parameters; nothing if there was none."""
    if not study:
        return {}
    found = dict(zip(STUDY, (str(study["name"]), str(study["trial"])), strict=True))
    if why := study.get("why"):
        found[SETTINGS] = str(why)
    for name, value in (study.get("overrides") or {}).items():
        found[f"{REPLACED}.{name}"] = str(value)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _create_experiment(client: Any, name: str, location: str | None) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_experiment(name, artifact_location=location)
    except MlflowException as problem:  # another process was first
        if problem.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _the_run(
    client: Any, system: str, key: str, name: str, tags: Mapping[str, str], parent: str
) -> Any:
    """The run with this key, which is created if there is none: of several, the first."""
    experiment = client.get_experiment_by_name(system).experiment_id
    _end_abandoned(client, experiment, key, name, parent)
    run = _first(client, experiment, key)
    if run is not None and CHOSEN not in run.data.tags:
        time.sleep(2 * SETTLE)  # whoever created it may be about to leave it for another
        run = _first(client, experiment, key)
    if run is None:
        created = client.create_run(experiment, tags=dict(tags), run_name=name)
        time.sleep(SETTLE)
        run = _first(client, experiment, key) or created
        if run.info.run_id != created.info.run_id:  # another process was quicker
            client.delete_run(created.info.run_id)
        else:
            client.set_tag(run.info.run_id, CHOSEN, "true")
    if run.info.status != "RUNNING":
        client.update_run(run.info.run_id, status="RUNNING")
    return run


def _first(client: Any, experiment: str, key: str) -> Any:
    """The run with this key that was created first; None if there is none.

    One that somebody goes on with already is taken before one that turned up late.
    """
    quote = '"' if "'" in key else "'"
    found = client.search_runs([experiment], f"tags.`{KEY}` = {quote}{key}{quote}")
    chosen = [run for run in found if CHOSEN in run.data.tags] or found
    return min(chosen, key=lambda run: (run.info.start_time, run.info.run_id), default=None)


def _end_abandoned(client: Any, experiment: str, key: str, name: str, parent: str) -> None:
    """Mark unfinished runs of this kind and parent KILLED, unless their process may be alive.

    The kind is what a name begins with: the settings after it may be others now.
    """
    kind = name.partition(SEPARATOR)[0]
    for run in client.search_runs([experiment], "attributes.status = 'RUNNING'"):
        tags = run.data.tags
        if tags.get("mlflow.runName", "").partition(SEPARATOR)[0] != kind:
            continue
        if tags.get(KEY) != key and tags.get(PARENT, "") == parent and not _may_live(tags):
            client.set_terminated(run.info.run_id, "KILLED")


def _may_live(tags: Mapping[str, str]) -> bool:
    """Whether another process that still exists, or one of another machine, began this run."""
    host, _, number = tags.get(PROCESS, "").rpartition(":")
    if not number.isdigit() or (host == socket.gethostname() and int(number) == os.getpid()):
        return False
    return host != socket.gethostname() or process_alive(int(number))


def _log_patch(run: RunLogger, tree: Tree, known: str, parent: str) -> None:
    """Keep what was not committed with the run, unless it or its parent has it already."""
    if tree.patch_sha256 == known:
        return
    above = run.client.get_run(parent).data.tags.get(PATCH_TAG, "") if parent else ""
    if tree.patch and tree.patch_sha256 != above:
        run.log_bytes(PATCH, tree.patch)
    run.set_tags({PATCH_TAG: tree.patch_sha256})


def _log_params(client: Any, run: Any, params: Mapping[str, str]) -> None:
    """Log the parameters that the run has not got."""
    from mlflow.entities import Param

    run_id, known = run.info.run_id, set(run.data.params)

    def log() -> None:
        missing = [Param(k, v[:6000]) for k, v in params.items() if k not in known]
        for start in range(0, len(missing), 100):
            client.log_batch(run_id, params=missing[start : start + 100])

    def look_again() -> None:
        known.update(client.get_run(run_id).data.params)

    _despite_others(log, look_again)


def _despite_others(
    write: Callable[[], None], look_again: Callable[[], None] = lambda: None
) -> None:
    """Write what another process may be writing to the same run at this moment.

    The server refuses the second of two equal rows written at once; who looks again finds it.
    """
    from mlflow.exceptions import MlflowException

    for attempt in range(1, ATTEMPTS + 1):
        try:
            return write()
        except MlflowException:
            if attempt == ATTEMPTS:
                raise
            time.sleep(SETTLE)
            look_again()
