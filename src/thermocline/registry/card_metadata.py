"""The head of a model card: YAML that the Hugging Face hub reads."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from thermocline.registry.card_words import Words
from thermocline.registry.gate import METHOD

LICENCE = "apache-2.0"
LIBRARY = "thermocline"


def front_matter(
    name: str, words: Words, rows: Sequence[Mapping[str, Any]], data_hash: str = ""
) -> str:
    """The block between the card's `---` lines; results are the scoreboard's own numbers.

    The hub's `pipeline_tag` is left out: none of its tasks is this one.
    """
    import yaml

    content: dict[str, Any] = {
        "license": LICENCE,
        "library_name": LIBRARY,
        "tags": list(words.tags),
        "model_name": name,
    }
    results = [_result(words, row, data_hash) for row in rows if row.get("method") == METHOD]
    results = [result for result in results if result["metrics"]]
    if results:
        content["model-index"] = [{"name": name, "results": results}]
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}---"


def _result(words: Words, row: Mapping[str, Any], data_hash: str) -> dict[str, Any]:
    title, configuration = words.dataset(row)
    dataset: dict[str, Any] = {
        "name": title,
        "type": f"thermocline-held-out-{words.cases}",
        "config": configuration,
        "split": "test",
    }
    if data_hash:
        dataset["revision"] = data_hash
    metrics = [
        {"type": key, "value": float(value), "name": called}
        for key, called in words.metrics.items()
        if (value := row.get(key)) is not None and isfinite(value)
    ]
    return {"task": dict(words.task), "dataset": dataset, "metrics": metrics}
