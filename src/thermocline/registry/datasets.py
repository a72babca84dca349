"""The data a run was made from, as an MLflow dataset.

Its digest is of the content of the training store: a store that was chunked or compressed anew is
the same dataset, one with another value in one cell is another. Where the bytes came from, by
DVC's hashes, is its source.
"""

import json
from pathlib import Path
from typing import Any

from thermocline.registry.lineage.dvc_facts import raw_hash, stage_facts

DIGEST_LENGTH = 36
"""What MLflow allows."""


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
