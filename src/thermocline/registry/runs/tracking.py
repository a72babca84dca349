"""Tracked runs: one MLflow experiment per system, and one run per (params, data, code).

A run is found again by its key, so that a stage that was killed and started again continues the
run it had begun instead of leaving a second one. What is logged is the same for training, sweeps
and rebuilds: resolved parameters, git commit and the patch on top of it, lock-file hash, and the
dataset.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from thermocline.config import Config
from thermocline.predict.identity import SYSTEM
from thermocline.registry.origin.provenance import as_trained, parameters, run_name, trained_from
from thermocline.registry.origin.record import PATCH
from thermocline.registry.origin.tree import Tree, working_tree
from thermocline.registry.runs.datasets import log_dataset
from thermocline.registry.runs.run_by_key import run_by_key, this_process
from thermocline.registry.runs.run_logger import RunLogger
from thermocline.registry.store.calls import insist
from thermocline.registry.store.connection import connect
from thermocline.registry.store.tags import (
    KEY,
    MODEL,
    PARENT,
    PATCH_SHA256,
    PROCESS,
    REPLACED,
    SETTINGS,
    STUDY,
    TRIAL,
)

ANY = ("",)
"""What the server says when two write equal rows at once differs by what they write."""


def begin_run(
    system: str,
    config: BaseModel,
    name: str,
    tags: Mapping[str, str] | None = None,
    *,
    key: str,
    data_digest: str = "",
    root: str | Path = ".",
    tree: Tree | None = None,
    origin: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> RunLogger:
    """Begin a run, or take up the one with the same key; params, origin and dataset are logged.

    Several processes may begin a run of the same key at once: all get the same run.

    Args:
        key: what identifies the run.
        data_digest: digest of the prepared data's content, which names the dataset.
        tree: the working tree, if it was read already.
        origin: `trained_from`, if it is not that of the tree as it is now.
        params: parameters by dotted name, if they are not those of `config`.

    Raises:
        BadData: if the uncommitted changes are too large to be kept with the run.
    """
    client = connect(system)
    tree = tree or working_tree(root)
    origin = origin or trained_from({}, root, tree)
    parent = (tags or {}).get(PARENT) or os.environ.get("MLFLOW_RUN_ID", "")
    all_tags = {
        KEY: key,
        PROCESS: this_process(),
        SYSTEM: system,
        "mlflow.source.git.commit": tree.commit,
        **{f"thermocline.{k}": v for k, v in origin.items()},
        **({PARENT: parent} if parent else {}),
        **(tags or {}),
    }
    run = run_by_key(client, system, name, all_tags)
    run_id, known = run.info.run_id, run.data.tags
    logger = RunLogger(client, run_id)
    # A later study may choose what was trained already: a registered model keeps its own.
    kept = (STUDY, TRIAL) if MODEL in known else ()
    differing = {t: v for t, v in all_tags.items() if known.get(t) != v and t not in kept}
    insist(logger.set_tags, differing, signs=ANY)
    _log_patch(logger, tree, known.get(PATCH_SHA256, ""), parent)
    insist(_log_params, client, run_id, params or parameters(config, system), signs=ANY)
    if data_digest:
        folder = getattr(getattr(config, "data", None), "prepared", Path("build/prepared"))
        prepared = (Path(folder) / f"{system}.nc").as_posix()
        insist(log_dataset, client, run_id, system, prepared, data_digest, root, signs=ANY)
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
    *,
    system: str,
    key: str,
    root: str | Path = ".",
    patch: bytes = b"",
) -> str:
    """Record a finished training run in one go and return its id; calling it again adds nothing.

    Args:
        training: the content of `training.json`: seed, steps, history, metrics, origin, …
        key: what identifies the run.
        patch: what was not committed when it was trained.
    """
    origin = training.get("origin")
    trained, params = as_trained(config, training, system)
    made_by = tracked_run(
        system,
        trained,
        run_name(trained, system),
        study_tags(training.get("study")),
        key=key,
        params=params,
        data_digest=str(training.get("data_digest", "")),
        root=root,
        tree=Tree(origin["git_commit"], patch) if origin else None,
        origin=trained_from(training, root) if origin else None,
    )
    with made_by as run:
        run.log_history(training.get("history") or [])
        run.log_metrics(training.get("metrics") or {}, int(training.get("steps", 0)))
    return run.run_id


def study_tags(study: Mapping[str, Any] | None) -> dict[str, str]:
    """What a run says of the study that chose its parameters; nothing if there was none."""
    if not study:
        return {}
    found = {STUDY: str(study["name"]), TRIAL: str(study["trial"])}
    if why := study.get("why"):
        found[SETTINGS] = str(why)
    for name, value in (study.get("overrides") or {}).items():
        found[f"{REPLACED}.{name}"] = str(value)
    return found


def _log_patch(run: RunLogger, tree: Tree, known: str, parent: str) -> None:
    """Keep what was not committed with the run, unless it or its parent has it already."""
    if tree.patch_sha256 == known:
        return
    above = run.client.get_run(parent).data.tags.get(PATCH_SHA256, "") if parent else ""
    if tree.patch and tree.patch_sha256 != above:
        run.log_bytes(PATCH, tree.patch)
    run.set_tags({PATCH_SHA256: tree.patch_sha256})


def _log_params(client: Any, run_id: str, params: Mapping[str, str]) -> None:
    """Log the parameters that the run has not got."""
    from mlflow.entities import Param

    known = client.get_run(run_id).data.params
    missing = [Param(k, v[:6000]) for k, v in params.items() if k not in known]
    client.log_batch(run_id, params=missing)
