"""What every card tells of a model's making: data, settings, study, code and environment."""

from collections.abc import Mapping
from typing import Any

from thermocline.registry.provenance import flatten

Record = Mapping[str, Any]

SIMULATED = "Thermocline simulator"
"""How the provider of a bundled file begins (see lineage/providers.py)."""

UNKNOWN = "unknown"


def origin_facts(
    contract: Record, training: Record, origin: Record, lineage: Record, settings: Record
) -> dict[str, Any]:
    """By the names that card.md.j2 uses.

    Args:
        contract, training, lineage: the content of the model's files of these names.
        origin: git commit, data hash and lock-file hash.
        settings: the contract's parameters, nested, by their names in params.yaml.
    """
    recorded = (lineage.get("params"), training.get("params"))
    params: Record = next((found for found in recorded if isinstance(found, Mapping)), {})
    system = str(contract.get("system", ""))
    learned = {f"{system}.training": (params.get(system) or {}).get("training") or {}}
    shown = flatten(learned) | flatten(settings)  # the contract's are what is served
    files = list(_part(lineage, "data", "raw").get("files") or ())
    return {
        "training": training,
        "settings": {key: value for key, value in shown.items() if value not in ("", "None")},
        "study": _study(lineage.get("study") or training.get("study")),
        "code": _code(training, origin, lineage),
        "data": _data(training, origin, lineage, params, files),
        "files": files,
    }


def _data(
    training: Record, origin: Record, lineage: Record, params: Record, files: list[Record]
) -> dict[str, Any]:
    """Digests, splits, and the providers of the raw files: whether they are simulated."""
    prepared = _part(lineage, "data", "prepared").get("content_digest")
    by_provider: dict[str, list[int]] = {}
    for file in files:
        name = str(file.get("provider") or UNKNOWN)
        by_provider.setdefault(name, []).append(int(file.get("bytes") or 0))
    simulated = {name.startswith(SIMULATED) for name in by_provider}
    kinds = {(True,): "simulated", (False,): "real", (False, True): "mixed"}
    data = params.get("data") or {}
    splits = ("train", "validation", "test")
    return {
        "prepared": training.get("data_digest") or prepared,
        "raw": _part(lineage, "data", "raw").get("dvc_md5") or origin.get("data_hash"),
        "splits": [(split, data[split]) for split in splits if _full(data.get(split))],
        "origin": kinds.get(tuple(sorted(simulated)), UNKNOWN),
        "providers": [
            {"name": name, "files": len(sizes), "megabytes": sum(sizes) / 1e6}
            for name, sizes in sorted(by_provider.items())
        ],
    }


def _code(training: Record, origin: Record, lineage: Record) -> dict[str, Any]:
    code = _part(lineage, "code")
    commit = str(code.get("git_commit") or origin.get("git_commit") or UNKNOWN)
    return {
        "commit": commit.removesuffix("+changes"),
        "uncommitted": code.get("uncommitted") or commit.endswith("+changes"),
        "lock": str(code.get("lock_sha256") or origin.get("lock_sha256") or "")[:16],
        "environment": _environment(lineage.get("environment") or training.get("environment")),
    }


def _environment(found: Any) -> str:
    if not isinstance(found, Mapping):
        return ""
    parts = [f"{key} {found[key]}" for key in ("python", "torch") if found.get(key)]
    parts += [str(found[key]) for key in ("platform", "processor", "device") if found.get(key)]
    parts += [f"{found['threads']} threads"] if found.get("threads") else []
    return ", ".join(parts)


def _study(found: Any) -> dict[str, Any] | None:
    """The study and trial that the parameters come from; None if they come from params.yaml."""
    if not isinstance(found, Mapping) or found.get("trial") is None:
        return None
    name = found.get("name") or found.get("study") or UNKNOWN
    return {**found, "name": name, "overrides": flatten(found.get("overrides") or {})}


def _full(found: Any) -> bool:
    return isinstance(found, Mapping) and bool(found)


def _part(lineage: Record, *keys: str) -> Record:
    found: Any = lineage
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
