"""SHA-256 of what a version holds beside its model: its evaluation, and the code that MLflow runs.

The model's own files have a manifest; these have a tag each on the version.
"""

import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from thermocline.files import sha256_file
from thermocline.registry.tags import CODE_SHA256, EVALUATION_SHA256

REPORT = "evaluation"
"""Name of the folder of the evaluation among the artifacts of a registered version."""
SEALED = {EVALUATION_SHA256: f"artifacts/{REPORT}", CODE_SHA256: "code"}
"""Folders among a version's files, by the tag that has their SHA-256."""


def seals(version: Path) -> dict[str, str]:
    """The tags of a version with these files; none for a folder that is not there."""
    found = {}
    for tag, name in SEALED.items():
        if names := list(_files(version, name)):
            lines = [f"{sha256_file(version / each)}  {each}\n" for each in names]
            found[tag] = sha256("".join(lines).encode()).hexdigest()
    return found


def seal(folder: Path) -> str:
    """SHA-256 over the files of a folder."""
    names = sorted(path.name for path in folder.iterdir())
    lines = [f"{sha256_file(folder / name)}  {name}\n" for name in names]
    return sha256("".join(lines).encode()).hexdigest()


def seals_of_logged(model_id: str) -> dict[str, str]:
    """The tags of a version of this logged model, from its files on the server."""
    import mlflow

    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        address = f"models:/{model_id}"
        return seals(Path(mlflow.artifacts.download_artifacts(address, dst_path=scratch)))


def _files(version: Path, name: str) -> Iterator[str]:
    """Paths below a version, in order; the code's with the script beside it that MLflow starts.

    What Python compiled when a model was loaded from where it is kept is left out.
    """
    listed = [*(version / name).rglob("*"), *(version.glob("*.py") if name == "code" else ())]
    paths = (path.relative_to(version) for path in listed if path.is_file())
    return iter(sorted(p.as_posix() for p in paths if "__pycache__" not in p.parts))
