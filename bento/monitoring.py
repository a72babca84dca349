"""What is counted of answers: figures for Prometheus, and one line of a log for each.

The log, `answers.jsonl` in the folder of tasks, is what `thermocline drift` reads. It holds no
value of a request.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bento.lines import Lines
from bento.routes import Route
from thermocline.answers.departure import NAMES
from thermocline.sources.account import ATTRIBUTE as ACCOUNT
from thermocline.sources.account import Account

if TYPE_CHECKING:
    import xarray as xr


class Monitor:
    """Counts answers, and keeps the log in a folder; None for no log."""

    def __init__(self, folder: Path | None, **registry: Any):
        from prometheus_client import Counter, Gauge  # not before the process has its own folder

        def _counter(name: str, of: str, *labels: str) -> Counter:
            return Counter(f"thermocline_{name}", of, ["route", *labels], **registry)

        self.lines = Lines(folder / "answers.jsonl" if folder else None)

        def _gauge(name: str, of: str, *labels: str) -> Gauge:
            mode: Any = "mostrecent"
            return Gauge(f"thermocline_{name}", of, labels, multiprocess_mode=mode, **registry)

        self.answers = _counter("answers_total", "Answers", "model")
        self.observations = _counter("observations_total", "Observations by their fate", "fate")
        self.evaluations = _counter("evaluations_total", "Evaluations of networks by members")
        self.departure = _gauge(
            "departure_mean",
            "Mean departure of the latest observations from the climatology, in its std",
            "route",
        )
        self.shadow = _counter("shadow_total", "Requests that a candidate was asked, too", "fate")
        self.difference = _gauge(
            "shadow_rms",
            "Root mean square difference of the latest candidate's answer, in its field's units",
            "route",
            "field",
        )
        self.device = _gauge("device_memory_bytes", "Memory that arrays hold on the GPU")
        self.tasks = _gauge("tasks_open", "Tasks that wait or are worked on")

    def answered(self, route: Route, dataset: "xr.Dataset", seconds: float) -> None:
        """Count an answer."""
        said, name = dataset.attrs, route.endpoint.route
        model = f"{said['model_name']}/{said['model_version']}"
        account = Account.from_json(said[ACCOUNT]) if ACCOUNT in said else Account(0, 0)
        departure = {key: said[key].item() for key in NAMES if key in said}
        evaluations = int(said.get("network_evaluations", 0)) * int(said.get("members", 1))
        self.answers.labels(name, model).inc()
        self.observations.labels(name, "used").inc(account.used)
        self.observations.labels(name, "dropped").inc(account.held - account.used)
        self.evaluations.labels(name).inc(evaluations)
        if (held := device_memory()) is not None:
            self.device.set(held)
        if departure:
            self.departure.labels(name).set(departure["departure_mean"])
        self.lines.add(
            {
                "time": round(time.time(), 3),
                "route": name,
                "model": model,
                "held": account.held,
                "used": account.used,
                "departure": departure,
                "warnings": len(str(said.get("warnings", "")).splitlines()),
                "seconds": round(seconds, 3),
            }
        )

    def shadowed(self, route: Route, fate: str, differences: Mapping[str, Any]) -> None:
        """Count a request that a candidate was asked, too, or that there was no room for."""
        name = route.endpoint.route
        self.shadow.labels(name, fate).inc()
        for field, said in differences.items():
            if said.get("rms") is not None:
                self.difference.labels(name, field).set(said["rms"])


def device_memory() -> int | None:
    """Bytes of this process's arrays on the GPU; None without one, or where nothing used it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return int(torch.cuda.memory_allocated())
