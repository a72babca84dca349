"""Digests that identify files, folders and arrays by what they hold."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np


def sha256_file(path: str | Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_tree(folder: Path, skip: Iterable[str] = ()) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path there, in order of these paths.

    Args:
        skip: names of files, and of folders, that are left out.
    """
    skip = set(skip)
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    kept = sorted(name.as_posix() for name in names if skip.isdisjoint(name.parts))
    return {name: sha256_file(folder / name) for name in kept}


def sha256_arrays(*arrays: np.ndarray) -> str:
    """SHA-256 over dtype, shape and values of arrays: of the content, not of its storage."""
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
