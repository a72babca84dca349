"""What was rebuilt, kept in a new folder of the user's."""

import shutil
import tempfile
from pathlib import Path

from thermocline.errors import BadData
from thermocline.files import atomic_directory


def refuse_unwritable(target: Path) -> None:
    """What is to be kept can be kept: found out now, and not after hours of training.

    Raises:
        BadData: if there is something of that name, or nothing can be written beside it.
    """
    if target.exists() or target.is_symlink():
        raise BadData("exists already", where=str(target), fix="name a new folder")
    there = next(folder for folder in target.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".thermocline-", dir=there):
            pass
    except OSError as problem:
        raise BadData(
            f"cannot be written to ({problem.strerror})",
            where=str(there),
            fix="name a folder elsewhere",
        ) from None


def keep(build: Path, system: str, target: Path) -> None:
    """Copy training, model and report of a rebuilt tree, as far as they were made."""
    with atomic_directory(target) as folder:
        for stage, name in (("training", "training"), ("models", "model"), ("reports", "report")):
            if (build / stage / system).is_dir():
                shutil.copytree(build / stage / system, folder / name)
