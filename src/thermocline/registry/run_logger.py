"""A begun run, to log to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class RunLogger:
    """A begun run: metrics by step, figures, files. Light enough for a training callback."""

    def __init__(self, client: Any, run_id: str):
        self.client, self.run_id = client, run_id

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Log numbers at a step; what is not finite is left out."""
        import math
        import time

        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        batch = [
            Metric(name.replace("%", "percent"), float(value), now, step)
            for name, value in metrics.items()
            if math.isfinite(float(value))
        ]
        if batch:
            self.client.log_batch(self.run_id, metrics=batch)

    def log_history(self, history: Sequence[Mapping[str, float]]) -> None:
        """Log many steps at once: dictionaries of numbers with a key `step`.

        Steps a run already holds are not logged twice.
        """
        import time

        from mlflow.entities import Metric

        names = {name for row in history for name in row if name != "step"}
        present = {
            name: {m.step for m in self.client.get_metric_history(self.run_id, name)}
            for name in names
        }
        now = int(time.time() * 1000)
        metrics = [
            Metric(name, float(value), now, int(row["step"]))
            for row in history
            for name, value in row.items()
            if name != "step"
            and value is not None
            and abs(float(value)) < float("inf")
            and int(row["step"]) not in present[name]
        ]
        for start in range(0, len(metrics), 1000):
            self.client.log_batch(self.run_id, metrics=metrics[start : start + 1000])

    def log_file(self, path: str | Path, folder: str | None = None) -> None:
        """Store a file (figure, report) among the run's artifacts."""
        self.client.log_artifact(self.run_id, str(path), folder)

    def log_bytes(self, name: str, content: bytes) -> None:
        """Store bytes under a name among the run's artifacts."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
            path = Path(scratch) / name
            path.write_bytes(content)
            self.log_file(path)

    def log_folder(self, path: str | Path, folder: str) -> None:
        """Store a folder's files among the run's artifacts."""
        self.client.log_artifacts(self.run_id, str(path), folder)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags on the run."""
        for key, value in tags.items():
            self.client.set_tag(self.run_id, key, value)
