"""SHA-256 of what a version holds beside its model: its evaluation, and the code that MLflow runs.

The model's own files have a manifest; these have a tag each on the version.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from thermocline.files import sha256_file, sha256_tree
from thermocline.registry.store.tags import CODE_SHA256, EVALUATION_SHA256

REPORT = "evaluation"
"""Name of the folder of the evaluation among the artifacts of a registered version."""
CHECKED = {EVALUATION_SHA256: f"artifacts/{REPORT}", CODE_SHA256: "code"}
"""Folders among a version's files, by the tag that has their SHA-256."""


def checksums(version: Path) -> dict[str, str]:
    """The tags of a version with these files; none for a folder that is not there."""
    found = {}
    for tag, name in CHECKED.items():
        files = _below(name, version / name)
        if name == "code":  # the script that MLflow starts lies beside it
            files |= {path.name: sha256_file(path) for path in version.glob("*.py")}
        if files:
            found[tag] = _checksum(files)
    return found


def first_checksum(report: Path) -> str:
    """The tag of the first evaluation, from a copy of its folder alone."""
    return _checksum(_below(CHECKED[EVALUATION_SHA256], report))


def checksum(folder: Path) -> str:
    """SHA-256 over the files of a folder."""
    return _checksum(sha256_tree(folder))


def _below(name: str, folder: Path) -> dict[str, str]:
    """SHA-256 of a folder's files by path; what Python compiled when it was loaded is left out."""
    return {f"{name}/{path}": v for path, v in sha256_tree(folder, ["__pycache__"]).items()}


def _checksum(files: Mapping[str, str]) -> str:
    """SHA-256 over the SHA-256 and the name of each file, in order of names."""
    lines = [f"{files[name]}  {name}\n" for name in sorted(files)]
    return sha256("".join(lines).encode()).hexdigest()
