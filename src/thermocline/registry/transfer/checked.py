"""An export is looked at before anything of it goes into a registry."""

from pathlib import Path

import yaml

from thermocline.errors import BadFile
from thermocline.predict.manifest import check_manifest, refuse_pickles
from thermocline.predict.registered import model_folder
from thermocline.registry.alias_store import is_log
from thermocline.registry.evaluations import part_of
from thermocline.registry.lineage.record import LINEAGE, read_lineage
from thermocline.registry.seals import seal, seals
from thermocline.registry.tags import CODE_SHA256, DIGEST, EVALUATION, EVALUATION_SHA256
from thermocline.registry.transfer.form import EXPORT, MLMODEL, MODEL, Export, read_export
from thermocline.registry.transfer.manifest import check_folder
from thermocline.registry.versions import refuse_another_system
from thermocline.systems import system_of

_SEALED = {EVALUATION_SHA256: "evaluation", EVALUATION: "later evaluation", CODE_SHA256: "code"}
"""Parts of a version by the tag that has their SHA-256."""


def check_export(folder: Path) -> tuple[Export, dict[str, str]]:
    """What an export holds and its SHA-256 by file, all checked; see `import_model`."""
    listed = check_folder(folder)
    refuse_pickles(folder)
    content = read_export(folder)
    model = model_folder(folder / MODEL)
    digest = check_manifest(model)
    if is_log(content.name):
        raise BadFile("a log's name", where=f"{folder.name}/{EXPORT}", fix="export a model")
    refuse_another_system(content.name, system_of(model))
    if digest != content.digest or content.tags.get(DIGEST) != digest:
        raise BadFile(
            f"its model's digest is {digest[:12]}, but it says {content.digest[:12]}",
            where=f"{folder.name}/{EXPORT}",
            fix="export the model again",
        )
    _check_seals(folder / MODEL, content)
    if (model / LINEAGE).is_file():
        read_lineage(model)
    try:
        described = yaml.safe_load((folder / MODEL / MLMODEL).read_text(encoding="utf-8"))
        if not isinstance(described, dict) or "flavors" not in described:
            raise ValueError("it names no flavors")
    except (OSError, ValueError, yaml.YAMLError) as problem:
        raise BadFile(
            f"not a description of an MLflow model: {problem}",
            where=f"{folder.name}/{MODEL}/{MLMODEL}",
            fix="export the model again",
        ) from problem
    return content, listed


def _check_seals(version: Path, content: Export) -> None:
    """The evaluation, which decides promotions, and the code are those that were registered."""
    found = seals(version)
    if content.tags.get(EVALUATION):
        later = version / "artifacts" / part_of(content.tags)
        found[EVALUATION] = seal(later) if later.is_dir() else ""
    for tag, what in _SEALED.items():
        if content.tags.get(tag) and content.tags[tag] != found.get(tag):
            raise BadFile(
                f"its {what} was changed after it was sealed",
                where=f"{version.parent.name}/{MODEL}",
                fix="verify the model where it comes from (`thermocline verify`), export it again",
            )
