"""What is written down about where a model comes from: `lineage.json`, beside its weights.

The file travels with the model (export, Bento) and is named in its manifest, so that the chain
can be told, and most of it checked, where neither the tracking server nor the repository is.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from thermocline.config import Config
from thermocline.errors import BadFile
from thermocline.registry.origin.dvc_facts import LOCK_FILE
from thermocline.registry.origin.provenance import as_trained, sha256_if_there, training_origin
from thermocline.registry.origin.raw_files import files_read, raw_files
from thermocline.registry.origin.records import (
    KNOWN,
    CodeRecord,
    DataRecord,
    EnvironmentRecord,
    Lineage,
    PreparedRecord,
    RawRecord,
    RunRecord,
    StudyRecord,
)
from thermocline.registry.origin.tree import working_tree

LINEAGE = "lineage.json"
PATCH = "uncommitted.patch"


def lineage_record(
    system: str,
    training: Mapping[str, Any],
    config: Config,
    root: str | Path = ".",
    run_id: str = "",
) -> Lineage:
    """The lineage of a trained model.

    What training wrote down about itself (training.json: origin, environment, params, study) is
    taken from there; the raw files are listed from DVC's objects, hashed where they are here, and
    those that the system reads with the settings that it was trained with are marked.

    Args:
        training: the content of training.json.
        config: the configuration at registration, for training files older than `params`.
        root: the project's folder.
        run_id: the training run, in the experiment of the system.
    """
    origin = training.get("origin") or training_origin(root)
    raw = RawRecord.model_validate(origin.get("raw") or {})
    code = {key: origin[key] for key in CodeRecord.model_fields if key in origin}
    code["dvc_lock_sha256"] = sha256_if_there(Path(root) / LOCK_FILE)
    prepared = {"content_digest": str(training.get("data_digest", ""))}
    study, params = training.get("study"), training.get("params")
    read = files_read(system, as_trained(config, training, system)[0])
    return Lineage(
        system=system,
        training_key=str(training.get("training_key", "")),
        run=RunRecord(run_id=run_id, experiment=system),
        study=StudyRecord.model_validate(study) if study else None,
        code=CodeRecord.model_validate(code),
        environment=EnvironmentRecord.model_validate(training.get("environment") or {}),
        params=dict(params if isinstance(params, Mapping) else config.model_dump(mode="json")),
        data=DataRecord(
            prepared=PreparedRecord.model_validate((origin.get("prepared") or {}) | prepared),
            raw=raw.model_copy(update={"files": raw_files(root, raw.path, raw.dvc_md5, read)}),
        ),
    )


def stored_patch(training_dir: str | Path, training: Mapping[str, Any], root: str | Path) -> bytes:
    """The uncommitted changes that a training folder keeps; b"" if it was trained without any.

    Raises:
        BadFile: if the patch is missing or is not the one that training wrote.
    """
    origin = training.get("origin")
    if not origin:
        return working_tree(root).patch
    path = Path(training_dir) / PATCH
    expected = origin.get("patch_sha256", "")
    if not expected:
        return b""
    if sha256_if_there(path) != expected:
        raise BadFile(
            "the uncommitted changes that trained this model are missing or not the same",
            where=f"{path.parent.name}/{PATCH}",
            fix="run the train stage again, best from a committed tree",
        )
    return path.read_bytes()


def read_lineage(folder: str | Path) -> Lineage:
    """The lineage stored in a model's folder.

    Raises:
        BadFile: if there is none, or it is of a version this program does not know.
    """
    path = Path(folder) / LINEAGE
    where = f"{path.parent.name}/{LINEAGE}"
    if not path.is_file():
        raise BadFile(
            "this model carries no lineage",
            where=where,
            fix="it was registered by an older Thermocline: train and register it again",
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content.get("lineage_version")
        if found in KNOWN:
            return Lineage.model_validate(content)
    except (OSError, AttributeError, json.JSONDecodeError, ValidationError) as problem:
        raise BadFile(
            f"not a readable lineage: {problem}", where=where, fix="fetch the model again"
        ) from problem
    raise BadFile(
        f"lineage version {found!r} is not known here (known: {', '.join(map(str, KNOWN))})",
        where=where,
        fix="update Thermocline",
    )
