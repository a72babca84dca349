"""A sweep in MLflow: one parent run for the study, one nested run for each trial.

Several workers, on several machines, keep one record: the parent is found by the study's identity
and a trial's run by its number, so whoever sees a trial end can write it down, once.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.registry.origin.tree import working_tree
from thermocline.registry.runs.run_logger import RunLogger
from thermocline.registry.runs.tracking import begin_run
from thermocline.registry.store.tags import FAILURE, PARENT, STATE, STUDY, TRIAL

# How MLflow names the ends of a trial; that a finished one was pruned is told by its tag.
STATUS = {"complete": "FINISHED", "pruned": "FINISHED", "failed": "FAILED", "killed": "KILLED"}
Reread = Callable[[Mapping[str, Any]], Config]


class TrackedSweep:
    """Sees a sweep go by (`tuning.observer.Observer`) and writes it down.

    Args:
        reread: the configuration of a trial with these dotted overrides.
        storage: the study's database, without its password.
    """

    def __init__(self, system: str, config: Config, reread: Reread, storage: str):
        self.system, self.config, self.reread, self.storage = system, config, reread, storage
        self.tree = working_tree(".")
        self.trials: dict[int, RunLogger] = {}
        self.ended: set[int] = set()
        self.parent: RunLogger | None = None

    def on_study(self, study: Any) -> None:
        """Begin the parent run, or take it up; called by one worker at a time."""
        self.identity, self.study = study.user_attrs["identity"], study.study_name
        self.data_digest = str(study.user_attrs.get("data_digest", ""))
        tags = {STUDY: self.study, "thermocline.storage": self.storage}
        name = f"sweep {self.system}"
        self.parent = self._begin(self.config, name, tags, f"sweep {self.identity}")
        experiment = self.parent.client.get_run(self.parent.run_id).info.experiment_id
        query = f"tags.`{PARENT}` = '{self.parent.run_id}'"
        for run in self.parent.client.search_runs([experiment], query, max_results=5000):
            if run.info.status in STATUS.values() and TRIAL in run.data.tags:
                self.ended.add(int(run.data.tags[TRIAL]))

    def on_begin(self, number: int, overrides: Mapping[str, Any]) -> None:
        """Begin a trial's nested run; the settings that were tried are among its parameters."""
        assert self.parent is not None
        tags = {PARENT: self.parent.run_id, STUDY: self.study, TRIAL: str(number)}
        tags[STATE] = "running"
        key = f"sweep {self.identity} trial {number}"
        self.trials[number] = self._begin(self.reread(overrides), f"trial {number}", tags, key)

    def on_metrics(self, number: int, step: int, metrics: Mapping[str, float]) -> None:
        """Log what a trial of this worker has got so far, by training step."""
        self.trials[number].log_metrics(metrics, step)

    def on_end(self, trial: Any, outcome: str) -> None:
        """End a trial's run, whoever ran it; one that was written down is left alone."""
        assert self.parent is not None
        if trial.number in self.ended:
            return
        if trial.number not in self.trials:
            self.on_begin(trial.number, trial.user_attrs.get("overrides", {}))
        run = self.trials[trial.number]
        tags = {STATE: outcome}
        if failure := trial.user_attrs.get("failure"):
            tags[FAILURE] = failure[:5000]
        run.set_tags(tags)
        if outcome == "complete":
            self.parent.log_metrics({"validation_crps": trial.values[0]}, trial.number)
        run.client.set_terminated(run.run_id, STATUS[outcome])
        self.ended.add(trial.number)

    def figures(self, folder: Path) -> None:
        """Store the study's figures with the parent run."""
        if self.parent is not None and folder.is_dir():
            self.parent.client.log_artifacts(self.parent.run_id, str(folder), "figures")

    def close(self, status: str, tags: Mapping[str, str] | None = None) -> None:
        """End the parent run as FINISHED, FAILED or KILLED; call it when no worker is left."""
        if self.parent is not None:
            self.parent.set_tags(tags or {})
            self.parent.client.set_terminated(self.parent.run_id, status)

    def _begin(self, config: Config, name: str, tags: Mapping[str, str], key: str) -> RunLogger:
        return begin_run(
            self.system,
            config,
            name,
            tags,
            key=key,
            data_digest=self.data_digest,
            tree=self.tree,
        )
