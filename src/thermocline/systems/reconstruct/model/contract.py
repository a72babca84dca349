"""The contract of a `reconstruct` model: grid, levels, settings and calibration."""

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from thermocline.config import (
    ErrorConfig,
    MaskingConfig,
    NetworkConfig,
    ProcessConfig,
    SamplingConfig,
)
from thermocline.ocean.grid import LatLonGrid
from thermocline.systems.contract import Contract
from thermocline.systems.reconstruct.model.migrations import CURRENT, migrate

NOTHING = 1e-6
"""The density that stands for no observation at all."""


class Calibration(BaseModel):
    """How far the network's correction is trusted, by observed fraction and depth level.

    `correction` and `spread` hold a row for each density and a column for each level; between
    densities they are interpolated in log density, beyond the ends they are held.
    """

    model_config = ConfigDict(frozen=True)

    density: tuple[float, ...]
    correction: tuple[tuple[float, ...], ...]
    spread: tuple[tuple[float, ...], ...]

    @classmethod
    def open(cls, levels: int) -> "Calibration":
        """Factors of 1: the network is trusted fully, and the spread stays as it is."""
        return cls(density=(1.0,), correction=((1.0,) * levels,), spread=((1.0,) * levels,))

    def at(self, fraction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Factors (correction, spread), each [C], for the observed fraction of each level [C]."""
        where = np.log(np.maximum(fraction, NOTHING))
        known = np.log(self.density)
        correction, spread = np.array(self.correction), np.array(self.spread)
        levels = range(correction.shape[1])
        return (
            np.array([np.interp(where[c], known, correction[:, c]) for c in levels]),
            np.array([np.interp(where[c], known, spread[:, c]) for c in levels]),
        )


class Weights(BaseModel):
    """The sets of weights a model holds, by the prefix of their names, and the one that serves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kept: tuple[str, ...] = ("raw", "ema")
    served: Literal["raw", "ema"] = "ema"


class ReconstructContract(Contract):
    """Grid, levels, settings and calibration of a trained model."""

    contract_version: Literal[4] = CURRENT
    latitude: tuple[float, ...]
    longitude: tuple[float, ...]
    depth: tuple[float, ...]
    network: NetworkConfig
    process: ProcessConfig
    masking: MaskingConfig
    sampling: SamplingConfig
    errors: ErrorConfig
    gate: Calibration
    statistics_digest: str
    weights: Weights = Weights()
    window: int = Field(default=0, ge=0)  # months on either side that observations may come from

    @property
    def grid(self) -> LatLonGrid:
        return LatLonGrid(np.array(self.latitude), np.array(self.longitude))

    @classmethod
    def migrated(cls, values: Any, where: str) -> Any:
        """See `migrations`."""
        return migrate(values, where)
