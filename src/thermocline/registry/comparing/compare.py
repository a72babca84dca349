"""Two registered versions side by side: what is known of each, and what differs."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from thermocline.config.types import renamed_within
from thermocline.errors import ThermoclineError
from thermocline.files import temporary_directory
from thermocline.registry.comparing.differences import Described, Differences, differences
from thermocline.registry.origin.provenance import flatten
from thermocline.registry.store.tags import (
    BASELINE_VERDICT,
    EVALUATION,
    UNCOMMITTED_SUFFIX,
    VERDICT,
)
from thermocline.registry.versions.evaluations import asked_with, part_of
from thermocline.registry.versions.lookup import fetch_part, label, system_of_version, unfetched
from thermocline.registry.versions.made_with import parameters as made_with
from thermocline.registry.versions.made_with import read_json
from thermocline.systems import get
from thermocline.verify.board.boardfiles import read_board

LONG = 16
"""Lists with more numbers than this are told by their ends and a digest."""


def compare_versions(client: Any, a: Any, b: Any) -> Differences:
    """What differs between two registered versions (see `versions.resolve`)."""
    return differences(describe(client, a), describe(client, b))


def describe(client: Any, version: Any) -> Described:
    """What the registry, the version's files and its run say of it."""
    with temporary_directory() as scratch:
        system = system_of_version(client, version)
        read = lambda name: read_json(version, f"{system}/{name}", scratch)
        contract, training, lineage = (
            read(f"{name}.json") for name in ("contract", "training", "lineage")
        )
        board, problem = None, "it cannot be fetched"
        if folder := fetch_part(version, part_of(version.tags), scratch):
            try:
                board, problem = read_board(folder), ""
            except ThermoclineError as damage:
                problem = damage.what
    tags = version.tags
    titles = {VERDICT: "promotion test", BASELINE_VERDICT: "best classical method"}
    verdicts = {title: tags[tag] for tag, title in titles.items() if tags.get(tag)}
    parameters = made_with(client, version, training, lineage)
    return Described(
        label(version),
        parameters=parameters,
        origin=_origin(tags, {} if parameters else training, training, lineage),
        contract=_contract(contract, system),
        verdicts=verdicts,
        asked=asked_with(client, version) if tags.get(EVALUATION) else {},
        board=board,
        no_board=problem,
    )


def read_card(client: Any, version: Any) -> str:
    """The model card stored among a version's files.

    Raises:
        ThermoclineError: if there is none.
    """
    with temporary_directory() as scratch:
        path = fetch_part(version, f"{system_of_version(client, version)}/README.md", scratch)
        if path is None:
            raise unfetched(
                version,
                "no model card among its files",
                "see the version in the MLflow UI (make ui); register the model again",
            )
        return path.read_text(encoding="utf-8")


def _origin(
    tags: Mapping[str, str], settings: Mapping[str, Any], training: Any, lineage: Any
) -> dict[str, str]:
    """Code, data, study and environment as far as known; `settings` where no parameters are."""
    code, data = lineage.get("code") or {}, lineage.get("data") or {}
    study = lineage.get("study") or training.get("study")
    tag = lambda key: tags.get(f"thermocline.{key}", "")
    commit = str(code.get("git_commit") or tag("git_commit"))
    changed = code.get("uncommitted") or commit.endswith(UNCOMMITTED_SUFFIX)
    found = {
        "model digest": tag("digest"),
        "git commit": commit.removesuffix(UNCOMMITTED_SUFFIX),
        "uncommitted changes": (code.get("patch_sha256") or "yes") if changed else "",
        "environment lock": str(code.get("lock_sha256") or tag("lock_sha256")),
        "raw data": str((data.get("raw") or {}).get("dvc_md5") or tag("data_hash")),
        "prepared data": str(tag("data_digest") or training.get("data_digest") or ""),
        "training steps": str(settings.get("steps", "")),
        "seed": str(settings.get("seed", "")),
    }
    if isinstance(study, Mapping):
        found["study and trial"] = f"{study.get('name', '?')}, trial {study.get('trial', '?')}"
    environment = lineage.get("environment") or training.get("environment")
    if isinstance(environment, Mapping):
        found |= {str(key): str(value) for key, value in environment.items() if value}
    return {key: value for key, value in found.items() if value}


def _contract(contract: Mapping[str, Any], system: str) -> dict[str, str]:
    """The contract by dotted names of today; the gate by density, long axes by their ends."""
    contract = renamed_within(contract, **get(system).card.renamed)
    values = {k: v for k, v in contract.items() if k not in ("gate", "data_digest", "seed")}
    found = flatten({key: _short(value) for key, value in values.items()})
    gate = contract.get("gate") or {}
    for kind in ("correction", "spread"):
        for density, factors in zip(gate.get("density", ()), gate.get(kind, ()), strict=False):
            text = " ".join(f"{factor:.3g}" for factor in factors)
            found[f"gate.{kind} at {100 * density:g} %"] = text
    return found


def _short(value: Any) -> Any:
    if not isinstance(value, list) or len(value) <= LONG:
        return value
    digest = hashlib.sha256(json.dumps(value).encode()).hexdigest()[:8]
    return f"{len(value)} from {value[0]:g} to {value[-1]:g} ({digest})"
