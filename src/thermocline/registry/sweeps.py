"""A sweep in MLflow: one parent run for the study, one nested run for each trial."""

from collections.abc import Callable, Mapping
from typing import Any

from thermocline.config import Config
from thermocline.registry.run_logger import RunLogger
from thermocline.registry.tracking import begin_run


def sweep_logger(
    system: str, config: Config, reread: Callable[[Mapping[str, Any]], Config], study: str
) -> tuple[RunLogger, Callable[[Any, Mapping[str, Any]], None]]:
    """The study's run, and a function that records a trial (`number`, `value`, `state`).

    A study that is gone on with keeps its run, and a trial that was recorded is not recorded twice.

    Args:
        reread: the configuration with a trial's dotted overrides.
        study: what identifies the study, such as the address of its database.
    """
    parent = begin_run(system, config, f"sweep {system}", key=f"sweep {study}")

    def record(trial: Any, overrides: Mapping[str, Any]) -> None:
        tags = {
            "mlflow.parentRunId": parent.run_id,
            "thermocline.trial_state": trial.state.name,
        }
        run = begin_run(
            system,
            reread(overrides),
            f"trial {trial.number}",
            tags,
            key=f"sweep {study} trial {trial.number}",
        )
        if trial.value is not None:
            run.log_metrics({"validation_crps": trial.value}, trial.number)
            parent.log_metrics({"validation_crps": trial.value}, trial.number)
        status = "FINISHED" if trial.state.name == "COMPLETE" else "FAILED"
        run.client.set_terminated(run.run_id, status)

    return parent, record
