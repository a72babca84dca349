"""Scores of a registered model where MLflow ranks models: on the logged model, by dataset.

`mlflow.search_logged_models` with `order_by` `metrics.rmse` and the dataset's name and digest then
ranks the models that were scored on the same prepared data.
"""

import math
from collections.abc import Iterable
from typing import Any

from thermocline.registry.datasets import DIGEST_LENGTH, dataset_name
from thermocline.verify.scoreboard import MODEL, Board, Row

RANKED = ("rmse", "crps")


def model_scores(board: Board) -> dict[str, float]:
    """RMSE and CRPS of the model's rows, by row and as one number each.

    The one number is their geometric mean: every row counts alike, whatever its level of error, as
    it does in the promotion test. Where there is no CRPS, none is given.
    """
    rows = [row for row in board.rows if row.method == MODEL]
    found: dict[str, float] = {}
    for metric in RANKED:
        values = {_name(metric, row): getattr(row, metric) for row in rows}
        given = {name: float(value) for name, value in values.items() if _positive(value)}
        if given and len(given) == len(values):
            found[metric] = _geometric_mean(given.values())
        if len(rows) > 1:
            found |= given
    return found


def link_scores(
    client: Any, run_id: str, model_id: str, board: Board, data_digest: str, step: int
) -> None:
    """Log the scores to the run, the logged model and the dataset, unless that was done before."""
    known = {metric.key for metric in client.get_logged_model(model_id).metrics or ()}
    dataset = {}
    if data_digest:
        dataset["dataset_name"] = dataset_name(board.system)
        dataset["dataset_digest"] = data_digest[:DIGEST_LENGTH]
    for key, value in model_scores(board).items():
        if key not in known:
            client.log_metric(run_id, key, value, step=step, model_id=model_id, **dataset)


def _name(metric: str, row: Row) -> str:
    """Such as `rmse/columns 0.02`, in characters that MLflow allows."""
    return f"{metric}/{row.protocol} {row.density:g}"


def _positive(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0


def _geometric_mean(values: Iterable[float]) -> float:
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs))
