"""The contract of a model: all that prediction may assume, written beside the weights."""

import json
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from thermocline.config import (
    ErrorConfig,
    MaskingConfig,
    NetworkConfig,
    ProcessConfig,
    SamplingConfig,
)
from thermocline.errors import BadFile
from thermocline.files import atomic_path
from thermocline.ocean.grid import LatLonGrid
from thermocline.systems.reconstruct.model.migrations import CURRENT, migrate

NOTHING = 1e-6
"""The density that stands for no observation at all."""


class Gate(BaseModel):
    """How far the network's correction is trusted, by observed fraction and depth level.

    `correction` and `spread` hold a row for each density and a column for each level; between
    densities they are interpolated in log density, beyond the ends they are held.
    """

    model_config = ConfigDict(frozen=True)

    density: tuple[float, ...]
    correction: tuple[tuple[float, ...], ...]
    spread: tuple[tuple[float, ...], ...]

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


class Contract(BaseModel):
    """Grid, levels, variable, units and defaults of a trained model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract_version: Literal[3] = CURRENT
    system: str
    variable: str
    units: str
    latitude: tuple[float, ...]
    longitude: tuple[float, ...]
    depth: tuple[float, ...]
    network: NetworkConfig
    process: ProcessConfig
    masking: MaskingConfig
    sampling: SamplingConfig
    errors: ErrorConfig
    gate: Gate
    data_digest: str
    statistics_digest: str
    seed: int
    weights: Weights = Weights()
    window: int = Field(default=0, ge=0)  # months on either side that observations may come from

    @property
    def grid(self) -> LatLonGrid:
        return LatLonGrid(np.array(self.latitude), np.array(self.longitude))

    def save(self, path: Path) -> None:
        with atomic_path(path) as temporary:
            temporary.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Contract":
        """Read a contract of any known version, brought up to the current one.

        Raises:
            BadFile: if it is missing, damaged, or of a version that is not known.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except OSError as problem:
            raise BadFile(
                "the model has no contract", where=str(path), fix="train or download it again"
            ) from problem
        except ValueError as problem:
            raise BadFile(
                f"not a contract: {problem}", where=str(path), fix="train or download it again"
            ) from problem
        try:
            return cls.model_validate(migrate(values, where=str(path)))
        except ValidationError as problem:
            first = problem.errors()[0]
            raise BadFile(
                f"not a contract this version understands: {first['loc']}: {first['msg']}",
                where=str(path),
                fix="use the version of Thermocline that made the model, or retrain it",
            ) from problem
