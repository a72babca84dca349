"""Climatology and spread of the training years: the map between degrees and anomalies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.files import atomic_path, sha256_arrays


@dataclass(frozen=True, eq=False)
class Statistics:
    """Statistics of the training years on the model's grid.

    Attributes:
        climatology: monthly mean [12, C, H, W], degrees Celsius; 0 on land.
        std: standard deviation of the anomalies [C, H, W], degrees Celsius; 1 on land.
        ocean: where there is sea water [C, H, W].
    """

    climatology: NDArray[np.float32]
    std: NDArray[np.float32]
    ocean: NDArray[np.bool_]

    def normalise(self, field: NDArray, month: int) -> NDArray[np.float32]:
        """(field − climatology) / std for °C fields [..., C, H, W] of one calendar month (1–12)."""
        return ((field - self.climatology[month - 1]) / self.std).astype(np.float32)

    def denormalise(self, anomaly: NDArray, month: int) -> NDArray[np.float32]:
        """Anomalies [..., C, H, W] back to degrees Celsius; land is NaN."""
        field = anomaly * self.std + self.climatology[month - 1]
        return np.where(self.ocean, field, np.nan).astype(np.float32)

    def digest(self) -> str:
        """SHA-256 of the content."""
        return sha256_arrays(self.climatology, self.std, self.ocean)

    def save(self, path: str | Path) -> None:
        """Write as safetensors."""
        from safetensors.numpy import save_file

        arrays = {"climatology": self.climatology, "std": self.std, "ocean": self.ocean}
        with atomic_path(path) as temporary:
            save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, temporary)

    @classmethod
    def load(cls, path: str | Path) -> "Statistics":
        """Read what `save` wrote; raises BadFile for anything else."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            arrays = load_file(path)
            return cls(arrays["climatology"], arrays["std"], arrays["ocean"])
        except (OSError, KeyError, SafetensorError) as problem:
            raise BadFile(
                f"not a statistics file: {problem}", where=str(path), fix="run the prepare stage"
            ) from problem
