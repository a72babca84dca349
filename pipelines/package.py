"""Build a self-contained Bento with the champion inside.

Reads the registry; writes build/package/model, the Bento under BENTOML_HOME (build/bentoml
unless set), and build/package/bento.json, which says what is in it.
"""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from stage import run
from thermocline.files import atomic_directory, atomic_path
from thermocline.predict.champion import REGISTERED, fetch_registered, identity_from_tags
from thermocline.predict.manifest import IDENTITY, MANIFEST, check_manifest, write_manifest
from thermocline.registry.lineage.labels import labels
from thermocline.registry.lineage.record import LINEAGE, read_lineage

MODEL = Path("build/package/model")


def export_champion(target: Path) -> dict[str, str]:
    """Copy the champion's model folder to `target`, with its identity; returns the identity."""
    version, folder = fetch_registered(REGISTERED, "champion")
    check_manifest(folder)
    identity = identity_from_tags(version).to_dict()
    with atomic_directory(target) as copy:
        for path in folder.iterdir():
            if path.name != MANIFEST:
                shutil.copyfile(path, copy / path.name)
        (copy / IDENTITY).write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")
        write_manifest(copy)
    return identity


def facts(model: Path, identity: dict[str, str]) -> dict[str, str]:
    """The Bento's labels: which version it serves, and where that comes from."""
    lineage = read_lineage(model) if (model / LINEAGE).is_file() else None
    return labels(identity["name"], identity["version"], identity["digest"], lineage)


def build(root: Path, version: str, said: dict[str, str]) -> Any:
    """Build the Bento from `bento/bentofile.yaml`, with further labels; one of the same version
    is replaced.
    """
    os.environ.setdefault("BENTOML_HOME", str(root / "build" / "bentoml"))
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    import bentoml
    from bentoml.exceptions import NotFound

    Path(os.environ["BENTOML_HOME"]).mkdir(parents=True, exist_ok=True)
    with suppress(NotFound):
        bentoml.delete(f"thermocline:{version}")
    return bentoml.bentos.build_bentofile(
        "bento/bentofile.yaml", version=version, labels=said, build_ctx=str(root)
    )


def main() -> None:
    """Export, build, and write down what was built."""
    root = Path.cwd()
    identity = export_champion(MODEL)
    said = facts(MODEL, identity)
    bento = build(root, f"v{identity['version']}-{identity['digest'][:12]}", said)
    place = Path(bento.path)
    content = {
        "tag": str(bento.tag),
        "path": place.relative_to(root).as_posix() if place.is_relative_to(root) else place.name,
        "model": identity,
        "labels": said,
    }
    with atomic_path("build/package/bento.json") as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{bento.tag}: {identity['name']} version {identity['version']}")
    print(f"  bentoml serve {content['path']}")


if __name__ == "__main__":
    run(main)
