"""Finished parts of a large answer, kept in files until the whole is written.

An interrupted answer is resumed from them. A file is written whole or not at
all, and is used only if it is intact and its maker has the same key.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from thermocline.errors import BadFile
from thermocline.files import atomic_path, sha256_arrays

KEY, DIGEST = "key", "sha256"


class Parts:
    """Arrays by number and name, in a folder that one process at a time works in.

    Args:
        folder: where the files are; made if it is not there.
        key: digest of all that decides what is in them: files of another key are not used.
    """

    def __init__(self, folder: Path, key: str):
        self.folder, self.key = folder, key
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, number: int) -> Path:
        """The file of a part."""
        return self.folder / f"{number:04d}.safetensors"

    def save(self, number: int, arrays: Mapping[str, NDArray]) -> None:
        """Keep a part."""
        whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        about = {KEY: self.key, DIGEST: _digest(whole)}
        with atomic_path(self.path(number)) as temporary:
            save_file(whole, temporary, about)

    def load(self, number: int) -> dict[str, NDArray] | None:
        """A part that was kept; None if there is none, or not all of it is as it was written."""
        try:
            with safe_open(self.path(number), "numpy") as file:
                about = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError):
            return None
        same = about.get(KEY) == self.key and about.get(DIGEST) == _digest(arrays)
        return arrays if same else None

    def read(self, number: int, name: str, layer: int | None = None) -> NDArray:
        """An array of a part that was kept, or one layer [H, W] of an array [M, H, W].

        Raises:
            BadFile: if the part is gone, or another's is in its place.
        """
        try:
            with safe_open(self.path(number), "numpy") as file:
                if (file.metadata() or {}).get(KEY) == self.key:
                    whole = file.get_slice(name)
                    return np.asarray(whole[:] if layer is None else whole[layer])
        except (OSError, SafetensorError):
            pass
        raise BadFile("a finished part is gone", where=str(self.path(number)), fix="ask again")


def _digest(arrays: Mapping[str, NDArray]) -> str:
    return sha256_arrays(*(arrays[name] for name in sorted(arrays)))
