"""A begun run, to log to."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.files import temporary_directory


class RunLogger:
    """A begun run: metrics by step, bytes, tags. Light enough for a training callback."""

    def __init__(self, client: Any, run_id: str):
        self.client, self.run_id = client, run_id

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Log numbers at a step; what is not finite is left out."""
        self._log((name, value, step) for name, value in metrics.items())

    def log_history(self, history: Sequence[Mapping[str, float]]) -> None:
        """Log many steps at once: dictionaries of numbers with a key `step`.

        Steps a run already holds are not logged twice.
        """
        names = {name for row in history for name in row} - {"step"}
        ask = self.client.get_metric_history
        present = {name: {m.step for m in ask(self.run_id, name)} for name in names}
        self._log(
            (name, value, int(row["step"]))
            for row in history
            for name, value in row.items()
            if name != "step" and value is not None and int(row["step"]) not in present[name]
        )

    def _log(self, points: Iterable[tuple[str, float, int]]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [
            Metric(name.replace("%", "percent"), float(value), now, step)
            for name, value, step in points
            if math.isfinite(float(value))
        ]
        self.client.log_batch(self.run_id, metrics=metrics)

    def log_bytes(self, name: str, content: bytes) -> None:
        """Store bytes under a name among the run's artifacts."""
        with temporary_directory() as scratch:
            path = Path(scratch) / name
            path.write_bytes(content)
            self.client.log_artifact(self.run_id, str(path))

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags on the run."""
        for key, value in tags.items():
            self.client.set_tag(self.run_id, key, value)
