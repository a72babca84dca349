"""The data a run was made from, as an MLflow dataset, and a model's scores on it.

The dataset's digest is of the content of the training store: a store that was chunked or compressed
anew is the same dataset, one with another value in one cell is another. Where the bytes came from,
by DVC's hashes, is its source.

`mlflow.search_logged_models` with `order_by` `metrics.rmse` and the dataset's name and digest ranks
the models that were scored on the same prepared data.
"""

import json
import math
import statistics
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from thermocline.registry.origin.dvc_facts import raw_hash, stage_facts
from thermocline.verify.board.scoreboard import MODEL, Board, Row

DIGEST_LENGTH = 36
"""What MLflow allows."""
RANKED = ("rmse", "crps")


def dataset_name(system: str) -> str:
    """What the training store of a system is called in MLflow."""
    return f"prepared/{system}"


def log_dataset(
    client: Any, run_id: str, system: str, prepared: str, digest: str, root: str | Path = "."
) -> None:
    """Record the training store as `prepared/<system>` among a run's inputs.

    Args:
        prepared: the store's path, relative to `root`.
        digest: of the store's content (`Store.digest()`).
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    path, md5 = raw_hash(root)
    facts = stage_facts(root, prepared)
    source = {
        "path": prepared,
        "dvc_md5": facts.get(prepared, ""),
        "raw": {"path": path, "dvc_md5": facts.get(path, "") or md5},
        "content_sha256": digest,
    }
    dataset = Dataset(
        name=dataset_name(system),
        digest=digest[:DIGEST_LENGTH],
        source_type="dvc",
        source=json.dumps(source),
        profile="{}",
        schema="{}",
    )
    client.log_inputs(
        run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])]
    )


def model_scores(board: Board) -> dict[str, float]:
    """RMSE and CRPS of the model's rows, by row and as one number each.

    The one number is their geometric mean: every row counts alike, whatever its level of error, as
    it does in the promotion test. Where there is no CRPS, none is given.
    """
    rows = [row for row in board.rows if row.method == MODEL]
    several = len({row.variable for row in rows}) > 1
    found: dict[str, float] = {}
    for metric in RANKED:
        values = {_name(metric, row, several): getattr(row, metric) for row in rows}
        given = {n: float(v) for n, v in values.items() if v and v > 0 and math.isfinite(v)}
        if given and len(given) == len(rows):
            found[metric] = statistics.geometric_mean(given.values())
        if len(rows) > 1:
            found |= given
    return found


def link_scores(
    client: Any,
    run_id: str,
    model_id: str,
    board: Board,
    data_digest: str,
    step: int,
    times: Mapping[str, int] = MappingProxyType({}),
    *,
    anew: bool = False,
) -> None:
    """Log the scores to the run, the logged model and the dataset, unless that was done before.

    Args:
        anew: also if it was: they are of a later evaluation, and take the place of the earlier.
        times: when scores were found, in milliseconds since 1970, by name; now if left out. One
            that the run has with this time is not logged to it again.
    """
    known = {metric.key for metric in client.get_logged_model(model_id).metrics or ()}
    dataset = {}
    if data_digest:
        dataset["dataset_name"] = dataset_name(board.system)
        dataset["dataset_digest"] = data_digest[:DIGEST_LENGTH]
    for key, value in model_scores(board).items():
        if anew or key not in known:
            client.log_metric(
                run_id, key, value, times.get(key), step, model_id=model_id, **dataset
            )


def _name(metric: str, row: Row, several: bool) -> str:
    """Such as `rmse/columns 0.02`, or `rmse/columns 0.02 so` of several variables.

    In characters that MLflow allows.
    """
    return f"{metric}/{row.protocol} {row.density:g}" + (f" {row.variable}" if several else "")
