"""SHA-256 of what a version holds beside its model: its evaluation, and the code that MLflow runs.

The model's own files have a manifest; these have a tag each on the version.
"""

import tempfile
from collections.abc import Iterator, Mapping
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
            found[tag] = _seal({each: version / each for each in names})
    return found


def first_seal(report: Path) -> str:
    """The tag of the first evaluation, from a copy of its folder alone."""
    place = SEALED[EVALUATION_SHA256]
    return _seal({f"{place}/{each}": report / each for each in _files(report, ".")})


def seal(folder: Path) -> str:
    """SHA-256 over the files of a folder."""
    return _seal({path.name: path for path in sorted(folder.iterdir())})


def seals_of_logged(model_id: str) -> dict[str, str]:
    """The tags of a version of this logged model, from its files on the server."""
    import mlflow

    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        address = f"models:/{model_id}"
        return seals(Path(mlflow.artifacts.download_artifacts(address, dst_path=scratch)))


def _seal(files: Mapping[str, Path]) -> str:
    """SHA-256 over the names of files and the SHA-256 of each, in this order."""
    lines = [f"{sha256_file(path)}  {name}\n" for name, path in files.items()]
    return sha256("".join(lines).encode()).hexdigest()


def _files(version: Path, name: str) -> Iterator[str]:
    """Paths below a version, in order; the code's with the script beside it that MLflow starts.

    What Python compiled when a model was loaded from where it is kept is left out.
    """
    listed = [*(version / name).rglob("*"), *(version.glob("*.py") if name == "code" else ())]
    paths = (path.relative_to(version) for path in listed if path.is_file())
    return iter(sorted(p.as_posix() for p in paths if "__pycache__" not in p.parts))
