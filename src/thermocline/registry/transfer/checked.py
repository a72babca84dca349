"""An export is looked at before anything of it goes into a registry."""

from pathlib import Path

from thermocline.errors import BadFile
from thermocline.predict.manifest import check_manifest, refuse_pickles
from thermocline.predict.registered import model_folder
from thermocline.registry.aliases.log_store import is_log
from thermocline.registry.origin.record import LINEAGE, read_lineage
from thermocline.registry.store.tags import DIGEST
from thermocline.registry.transfer.export_schema import EXPORT, MODEL, Export, read_export
from thermocline.registry.transfer.manifest import check_folder
from thermocline.registry.versions.intact import check_around
from thermocline.registry.versions.lookup import refuse_another_system
from thermocline.systems import system_of


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
    again = "verify the model where it comes from (`thermocline verify`), export it again"
    check_around(folder / MODEL, content.tags, f"{folder.name}/{MODEL}", again)
    if (model / LINEAGE).is_file():
        read_lineage(model)
    return content, listed
