"""A sweep in MLflow: one parent run for the study, one nested run for each trial."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from thermocline.config import Config
from thermocline.registry.tracking import KEY, begin_run, tracked_run

PARENT = "mlflow.parentRunId"
Record = Callable[[Any, Mapping[str, Any]], None]


@contextmanager
def tracked_sweep(
    system: str, config: Config, reread: Callable[[Mapping[str, Any]], Config], study: str
) -> Iterator[Record]:
    """The study's run; yields a function that records an ended trial (`number`, `value`, `state`).

    A study that is gone on with keeps its run, and a trial that was recorded is not recorded
    again, in whichever session it ran.

    Args:
        reread: the configuration with a trial's dotted overrides.
        study: what identifies the study and no other.
    """
    with tracked_run(system, config, f"sweep {system}", key=f"sweep {study}") as parent:
        experiment = parent.client.get_run(parent.run_id).info.experiment_id
        nested = parent.client.search_runs(
            [experiment], f"tags.{PARENT} = '{parent.run_id}'", max_results=5000
        )
        recorded = {run.data.tags.get(KEY) for run in nested if run.info.status != "RUNNING"}

        def record(trial: Any, overrides: Mapping[str, Any]) -> None:
            key = f"sweep {study} trial {trial.number}"
            if key in recorded:
                return
            tags = {PARENT: parent.run_id, "thermocline.trial_state": trial.state.name}
            if failure := getattr(trial, "user_attrs", {}).get("failure"):
                tags["thermocline.failure"] = failure[:5000]
            run = begin_run(system, reread(overrides), f"trial {trial.number}", tags, key=key)
            finished = trial.state.name == "COMPLETE"
            if finished:
                run.log_metrics({"validation_crps": trial.value}, trial.number)
                parent.log_metrics({"validation_crps": trial.value}, trial.number)
            run.client.set_terminated(run.run_id, "FINISHED" if finished else "FAILED")
            recorded.add(key)

        yield record
