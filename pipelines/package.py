"""Build a self-contained Bento with the champions inside, as far as there are any.

Without any it says so, builds nothing, and ends well: a candidate is a result, too. Reads the
registry; writes build/package/models/SYSTEM, the Bento under BENTOML_HOME (build/bentoml
unless set), and build/package/bento.json, which says what is in it. With --follow SECONDS it goes
on, looks at the registry every so often, and builds again when another version is champion.
"""

import logging
import os
import shlex
import shutil
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from stage import collect_seldom, run
from thermocline.files import atomic_directory, scratch_directory, write_json
from thermocline.predict.identity import identity_from_tags, registered_name
from thermocline.predict.manifest import IDENTITY, MANIFEST, check_manifest, write_manifest
from thermocline.predict.registered import fetch_registered, find_version
from thermocline.registry.aliases.log import follow_logs
from thermocline.registry.lineage.bentos import bento_version, labels
from thermocline.registry.origin.record import LINEAGE, read_lineage
from thermocline.systems import names
from thermocline.systems.paths import BENTOML_HOME, PACKAGED, PACKAGED_MODELS


def export_champions(target: Path) -> dict[str, dict[str, str]]:
    """Copy the champions' model folders below `target`; returns their identities by system.

    Raises:
        BadFile: if one is damaged.
    """
    with atomic_directory(target) as folder:
        return {system: _export(system, folder / system) for system in champions()}


def champions() -> dict[str, str]:
    """The versions of the champions by the log, by system.

    Raises:
        BadFile: if the registry gives no answer.
        BadData: if a log is broken.
    """
    follow_logs()
    found = {system: find_version(registered_name(system), "champion") for system in names()}
    return {system: str(version.version) for system, version in found.items() if version}


def _export(system: str, copy: Path) -> dict[str, str]:
    version, folder = fetch_registered(registered_name(system), "champion")
    check_manifest(folder)
    identity = identity_from_tags(version).to_dict() | {"alias": "champion"}
    copy.mkdir(parents=True)
    for path in folder.iterdir():
        if path.name != MANIFEST:
            shutil.copyfile(path, copy / path.name)
    write_json(copy / IDENTITY, identity)
    write_manifest(copy)
    return identity


def facts(models: Path, identities: dict[str, dict[str, str]]) -> dict[str, str]:
    """The Bento's labels: which versions it serves, and where those come from."""
    said: dict[str, str] = {}
    for system, identity in identities.items():
        model = models / system
        lineage = read_lineage(model) if (model / LINEAGE).is_file() else None
        name, version, digest = (identity[key] for key in ("name", "version", "digest"))
        said |= labels(name, version, digest, lineage, system)
    return said


def build(root: Path, version: str, said: dict[str, str]) -> Any:
    """Build the Bento from `bento/bentofile.yaml`, with further labels; one of the same version
    is replaced.
    """
    os.environ.setdefault("BENTOML_HOME", str(root / BENTOML_HOME))
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    import bentoml
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml.exceptions import NotFound

    home = Path(os.environ["BENTOML_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    with suppress(NotFound):
        bentoml.delete(f"thermocline:{version}")
    # Models are large, and an upload that is left out has no value in a schema: as it should be.
    logging.getLogger("bentoml._internal.bento.bento").setLevel(logging.ERROR)
    with warnings.catch_warnings(), scratch_directory(home / "tmp" / "build") as scratch:
        warnings.filterwarnings("ignore", message="Unable to serialize value None")
        # BentoML leaves half a Bento there if it is killed, or the disk is full.
        BentoMLContainer.tmp_bento_store_dir.set(str(scratch))
        try:
            return bentoml.bentos.build_bentofile(
                "bento/bentofile.yaml", version=version, labels=said, build_ctx=str(root)
            )
        finally:
            BentoMLContainer.tmp_bento_store_dir.reset()


def main() -> None:
    """Export, build, and write down what was built."""
    root = Path.cwd()
    identities = export_champions(PACKAGED_MODELS)
    if not identities:
        write_json(PACKAGED, {"tag": "", "models": {}})
        print("No champion yet: nothing is packaged. `thermocline models list` says why; after")
        print("`thermocline models promote candidate`, `dvc repro` builds the Bento.")
        return
    said = facts(PACKAGED_MODELS, identities)
    bento = build(root, bento_version(identities.values()), said)
    place = Path(bento.path)
    content = {
        "tag": str(bento.tag),
        "path": place.relative_to(root).as_posix() if place.is_relative_to(root) else place.name,
        "models": identities,
        "labels": said,
    }
    write_json(PACKAGED, content)
    for who in identities.values():
        print(f"{bento.tag}: {who['name']} version {who['version']}")
    # BentoML 1.4 does not find a Bento by a relative path.
    print(f"  bentoml serve {shlex.quote(str(place.resolve()))}")


def follow(seconds: float, built: Callable[[], None] = main, ended: Event | None = None) -> None:
    """Build now, and whenever another version is champion; what fails is told, and tried again."""
    ended, known = ended or Event(), None
    while True:
        try:
            found = champions()
            if found != known:
                built()
                known = found
        except Exception as problem:  # of MLflow, BentoML or the disk, too
            print(f"error: {problem}", file=sys.stderr, flush=True)
        if ended.wait(seconds):
            return


if __name__ == "__main__":
    parser = ArgumentParser("package.py", None, "Build the Bento of the champions.")
    about = "go on, and look every so often whether another version is champion"
    parser.add_argument("--follow", type=float, metavar="SECONDS", help=about)
    asked = parser.parse_args().follow
    if asked is None:
        run(main)
    else:
        collect_seldom()
        with suppress(KeyboardInterrupt):
            follow(asked)
