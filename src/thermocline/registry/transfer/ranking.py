"""The scores of an imported model, by which MLflow ranks it among those of the same data."""

from pathlib import Path
from typing import Any

from thermocline.errors import ThermoclineError
from thermocline.files import read_object
from thermocline.registry.runs.datasets import link_scores
from thermocline.registry.transfer.export_schema import MODEL, Export
from thermocline.registry.versions.evaluations import PARAMETERS, part_of
from thermocline.verify.board.boardfiles import read_board

DATA_DIGEST = "thermocline.data_digest"


def link_imported(client: Any, content: Export, folder: Path, run_id: str, model_id: str) -> None:
    """Log the scores of the export's evaluation to the logged model and the dataset.

    They are logged with the times that the run has them with. An export whose evaluation cannot
    be read is imported all the same, and not ranked.
    """
    try:
        kept = folder / MODEL / "artifacts" / part_of(content.tags)
        board = read_board(kept)
    except ThermoclineError:
        return
    digest = content.tags.get(DATA_DIGEST, "")
    if (kept / PARAMETERS).is_file():  # of a later evaluation, perhaps on other data
        digest = str(read_object(kept / PARAMETERS).get("data_digest", digest))
    points = {point.key: point for point in content.run.metrics}
    times = {key: point.timestamp for key, point in points.items()}
    step = points["rmse"].step if "rmse" in points else 0
    link_scores(client, run_id, model_id, board, digest, step, times)
