"""The run that a key names: found again, or created; those that were abandoned end as KILLED."""

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermocline.files import processes
from thermocline.registry.store.tags import KEY, PARENT, PROCESS, RUN_OF_KEY, SEPARATOR, quoted

SOURCE = "mlflow.source.name"
SETTLE = 0.1
"""Seconds after which a run that another process was just creating is taken to be visible."""


def this_process() -> str:
    """Host and process: whose run it is, so that others see whether that still lives."""
    return f"{socket.gethostname()}:{processes.this_process()}"


def run_by_key(client: Any, system: str, name: str, tags: Mapping[str, str]) -> Any:
    """The run with the key that is among the tags, RUNNING; of several, the first.

    Several processes may ask for a run of the same key at once: all get the same one.
    """
    experiment = client.get_experiment_by_name(system).experiment_id
    key = tags[KEY]
    _end_abandoned(client, experiment, key, name, tags.get(PARENT, ""))
    run = first_run(client, experiment, key)
    if run is not None and RUN_OF_KEY not in run.data.tags:
        time.sleep(2 * SETTLE)  # whoever created it may be about to leave it for another
        run = first_run(client, experiment, key)
    if run is None:
        created = client.create_run(experiment, tags={**_made_by(), **tags}, run_name=name)
        time.sleep(SETTLE)
        run = first_run(client, experiment, key) or created
        if run.info.run_id != created.info.run_id:  # another process was quicker
            client.delete_run(created.info.run_id)
        else:
            client.set_tag(run.info.run_id, RUN_OF_KEY, "true")
    if run.info.status != "RUNNING":
        client.update_run(run.info.run_id, status="RUNNING")
    return run


def _made_by() -> dict[str, str]:
    """Who makes a run, and with which program, as MLflow notes it; without the program's folder."""
    from mlflow.tracking.context.default_context import DefaultRunContext

    tags: dict[str, str] = DefaultRunContext().tags()
    return tags | {SOURCE: Path(tags[SOURCE]).name}


def first_run(client: Any, experiment: str, key: str) -> Any:
    """The run with this key that was created first; None if there is none.

    One that somebody goes on with already is taken before one that turned up late.
    """
    found = client.search_runs([experiment], f"tags.`{KEY}` = {quoted(key)}")
    shared = [run for run in found if RUN_OF_KEY in run.data.tags] or found
    return min(shared, key=lambda run: (run.info.start_time, run.info.run_id), default=None)


def _end_abandoned(client: Any, experiment: str, key: str, name: str, parent: str) -> None:
    """Mark unfinished runs of this kind and parent KILLED, unless their process may be alive.

    The kind is what a name begins with: the settings after it may be others now.
    """
    kind = name.partition(SEPARATOR)[0]
    for run in client.search_runs([experiment], "attributes.status = 'RUNNING'"):
        tags = run.data.tags
        if tags.get("mlflow.runName", "").partition(SEPARATOR)[0] != kind:
            continue
        if tags.get(KEY) != key and tags.get(PARENT, "") == parent and not may_live(tags):
            client.set_terminated(run.info.run_id, "KILLED")


def may_live(tags: Mapping[str, str]) -> bool:
    """Whether another process that still exists, or one of another machine, began what has these
    tags.
    """
    owner = tags.get(PROCESS, "")
    host, _, process = owner.rpartition(":")
    if not host or owner == this_process():
        return False
    return host != socket.gethostname() or processes.may_live(process)
