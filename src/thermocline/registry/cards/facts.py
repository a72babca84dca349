"""What every card tells of a model's making: data, settings, study, code and environment."""

from collections.abc import Mapping
from typing import Any

from thermocline.registry.origin.provenance import flatten
from thermocline.registry.origin.records import EnvironmentRecord, Lineage

SIMULATED = "Thermocline simulator"
"""How the provider of a bundled file begins (see lineage/providers.py)."""

UNKNOWN = "unknown"


def origin_facts(
    training: Mapping[str, Any], lineage: Lineage, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """By the names that card.md.j2 uses.

    Args:
        training: the content of training.json.
        settings: the contract's parameters, nested, by their names in params.yaml.
    """
    system, study, code = lineage.system, lineage.study, lineage.code
    learned = {f"{system}.training": (lineage.params.get(system) or {}).get("training") or {}}
    shown = flatten(learned) | flatten(settings)  # the contract's are what is served
    return {
        "training": training,
        "settings": {key: value for key, value in shown.items() if value not in ("", "None")},
        "study": study and study.model_copy(update={"overrides": flatten(study.overrides)}),
        "code": {
            "commit": code.git_commit or UNKNOWN,
            "uncommitted": code.uncommitted,
            "lock": code.lock_sha256[:16],
            "environment": _environment(lineage.environment),
        },
        "data": _data(lineage),
        "files": lineage.data.raw.read,
        "unread": lineage.data.raw.unread,
    }


def _data(lineage: Lineage) -> dict[str, Any]:
    """Digests, splits, and the providers of the files it reads: whether they are simulated."""
    raw = lineage.data.raw
    by_provider: dict[str, list[int]] = {}
    for file in raw.read:
        by_provider.setdefault(file.provider or UNKNOWN, []).append(file.bytes)
    simulated = {name.startswith(SIMULATED) for name in by_provider}
    kinds = {(True,): "simulated", (False,): "real", (False, True): "mixed"}
    data = lineage.params.get("data") or {}
    return {
        "prepared": lineage.data.prepared.content_digest,
        "raw": raw.dvc_md5,
        "splits": [(s, data[s]) for s in ("train", "validation", "test") if data.get(s)],
        "origin": kinds.get(tuple(sorted(simulated)), UNKNOWN),
        "providers": [
            {"name": name, "files": len(sizes), "megabytes": sum(sizes) / 1e6}
            for name, sizes in sorted(by_provider.items())
        ],
    }


def _environment(found: EnvironmentRecord) -> str:
    parts = [f"{key} {value}" for key in ("python", "torch") if (value := getattr(found, key))]
    parts += filter(None, (found.platform, found.processor, found.device))
    parts += [f"{found.threads} threads"] if found.threads else []
    return ", ".join(parts)
