"""What MLflow is given of a trained model: to its run, and as a logged model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermocline.files import temporary_directory
from thermocline.registry.registration.package import assemble, log_pyfunc
from thermocline.registry.runs.run_logger import RunLogger
from thermocline.registry.store.tags import MODEL
from thermocline.registry.versions import evaluations
from thermocline.registry.versions.checksums import REPORT
from thermocline.registry.versions.lookup import whole_logged_model
from thermocline.systems import system_of
from thermocline.systems.learning import VALIDATION


def log_evaluation(
    client: Any,
    run_id: str,
    digest: str,
    training: Mapping[str, Any],
    model_dir: Path,
    report_dir: Path,
) -> None:
    """Say on the training's run which model it made, and how that was validated and scored."""
    client.set_tag(run_id, MODEL, digest)
    if (model_dir / VALIDATION).is_file():
        validation = json.loads((model_dir / VALIDATION).read_text(encoding="utf-8"))
        RunLogger(client, run_id).log_metrics(validation, int(training.get("steps", 0)))
    for figure in sorted((report_dir / "figures").glob("*.png")):
        client.log_artifact(run_id, str(figure), "figures")
    for report in ("scoreboard.md", "scoreboard.json"):
        if (report_dir / report).is_file():
            client.log_artifact(run_id, str(report_dir / report), REPORT)


def logged_model(
    client: Any,
    run_id: str,
    model_dir: Path,
    report_dir: Path,
    texts: Mapping[str, str | bytes],
    digest: str,
    name: str,
) -> str:
    """Id of the run's logged model with this digest: the one there is, or a new one."""
    if found := whole_logged_model(client, run_id, digest):
        return found
    with temporary_directory() as scratch:
        folder = assemble(model_dir, Path(scratch) / system_of(model_dir), texts)
        report = evaluations.keep(report_dir, Path(scratch) / REPORT)
        return str(log_pyfunc(run_id, folder, name, digest, report).model_id)
