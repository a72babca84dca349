"""The head of a model card: YAML that the Hugging Face hub reads."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from thermocline.registry.gate import METHOD

LICENCE = "apache-2.0"
LIBRARY = "thermocline"
TAGS = ("ocean", "diffusion", "data-assimilation", "uncertainty", "thermocline")
TASK = {"type": "ocean-state-reconstruction", "name": "Ocean state from sparse observations"}
METRICS = {
    "rmse": "RMSE (°C)",
    "crps": "CRPS (°C)",
    "bias": "Bias (°C)",
    "spread_skill": "Spread / skill",
}


def front_matter(name: str, rows: Sequence[Mapping[str, Any]], data_hash: str = "") -> str:
    """The block between the card's `---` lines; results are the scoreboard's own numbers.

    The hub's `pipeline_tag` is left out: none of its tasks is this one.
    """
    import yaml

    content: dict[str, Any] = {
        "license": LICENCE,
        "library_name": LIBRARY,
        "tags": list(TAGS),
        "model_name": name,
    }
    results = [_result(row, data_hash) for row in rows if row.get("method") == METHOD]
    results = [result for result in results if result["metrics"]]
    if results:
        content["model-index"] = [{"name": name, "results": results}]
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}---"


def _result(row: Mapping[str, Any], data_hash: str) -> dict[str, Any]:
    density, protocol = float(row["density"]), str(row["protocol"])
    dataset: dict[str, Any] = {
        "name": f"Held-out months {row.get('period', '')}, {100 * density:g} % of {protocol} "
        "observed",
        "type": "thermocline-held-out-months",
        "config": f"{protocol}-{density:g}",
        "split": "test",
    }
    if data_hash:
        dataset["revision"] = data_hash
    metrics = [
        {"type": key, "value": float(value), "name": title}
        for key, title in METRICS.items()
        if (value := row.get(key)) is not None and isfinite(value)
    ]
    return {"task": dict(TASK), "dataset": dataset, "metrics": metrics}
