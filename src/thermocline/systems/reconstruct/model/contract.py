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
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.calibration import Calibration
from thermocline.systems.contract import Contract
from thermocline.systems.reconstruct.model.migrations import CURRENT, migrate


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
