"""Whether all that a registered version holds is what was registered.

Its model has a manifest and a digest; its evaluation, later ones, and its code have checksums;
MLflow's description of it (MLmodel) must be one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from thermocline.errors import BadFile
from thermocline.predict.manifest import check_manifest, refuse_pickles
from thermocline.predict.registered import fetch_registered, model_folder
from thermocline.registry.store.tags import CODE_SHA256, DIGEST, EVALUATION, EVALUATION_SHA256
from thermocline.registry.versions.at_hand import files_of_version
from thermocline.registry.versions.checksums import checksum, checksums
from thermocline.registry.versions.evaluations import part_of
from thermocline.registry.versions.lookup import label

MLMODEL = "MLmodel"
PARTS = {EVALUATION_SHA256: "evaluation", EVALUATION: "later evaluation", CODE_SHA256: "code"}
"""Parts of a version by the tag that has their SHA-256."""


ADVICE = "`thermocline verify` says what was changed"


def fetch_model(version: Any, to: Path) -> Path:
    """The folder of a registered version's model, fetched into the folder `to` and checked.

    Raises:
        BadFile: if a file of it is missing, or is not the one that was registered.
    """
    _, model = fetch_registered(version.name, str(version.version), to)
    _check_model(model, version)
    return model


def fetch_intact(version: Any, to: Path) -> Path:
    """The folder of a registered version's model, fetched into `to`; all of the version is checked.

    Raises:
        BadFile: if a file of the model, its evaluations or its code is not what was registered.
    """
    model = fetch_model(version, to)
    check_around(model.parents[1], version.tags, label(version), ADVICE)
    return model


def check_intact(client: Any, version: Any) -> None:
    """Check a registered version and all that lies around its model, where it is kept.

    Raises:
        BadFile: if anything of it is missing, or is not what was registered, or may be a pickle.
    """
    with files_of_version(client, version) as files:
        refuse_pickles(files)
        _check_model(model_folder(files), version)
        check_around(files, version.tags, label(version), ADVICE)


def check_around(files: Path, tags: Mapping[str, str], where: str, fix: str) -> None:
    """Check what lies around the model among a version's files; raises BadFile."""
    found = checksums_now(files, tags)
    for tag, what in PARTS.items():
        if tags.get(tag) and tags[tag] != found.get(tag):
            raise BadFile(f"its {what} was changed since it was registered", where=where, fix=fix)
    describe(files, where, fix)


def _check_model(model: Path, version: Any) -> None:
    if check_manifest(model) != version.tags.get(DIGEST):
        raise BadFile(
            "its files are not those that were registered (another digest)",
            where=label(version),
            fix=ADVICE,
        )


def checksums_now(files: Path, tags: Mapping[str, str]) -> dict[str, str]:
    """Checksums of a version as its files are, by tag; "" of a later evaluation without files."""
    found = checksums(files)
    if tags.get(EVALUATION):
        later = files / "artifacts" / part_of(tags)
        found[EVALUATION] = checksum(later) if later.is_dir() else ""
    return found


def describe(files: Path, where: str, fix: str) -> dict[str, Any]:
    """MLflow's description of a version, from among its files; raises BadFile if it is none."""
    try:
        described = yaml.safe_load((files / MLMODEL).read_text(encoding="utf-8"))
        if not isinstance(described, dict) or "flavors" not in described:
            raise ValueError("it names no flavors")
    except (OSError, ValueError, yaml.YAMLError) as problem:
        raise BadFile(
            f"its {MLMODEL} is not a description of an MLflow model "
            f"({str(problem).splitlines()[0]})",
            where=where,
            fix=fix,
        ) from problem
    return described
