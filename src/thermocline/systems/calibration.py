"""Calibration factors on a network's increment and on the spread."""

import numpy as np
from pydantic import BaseModel, ConfigDict

NOTHING = 1e-6
"""The density that stands for no observations."""


class Calibration(BaseModel):
    """Factors on increment and spread, by observed fraction and channel.

    `correction` and `spread` hold a row for each density and a column for each channel, such as a
    level; between densities they are interpolated in log density, beyond the ends they are held.
    """

    model_config = ConfigDict(frozen=True)

    density: tuple[float, ...]
    correction: tuple[tuple[float, ...], ...]
    spread: tuple[tuple[float, ...], ...]

    @classmethod
    def open(cls, levels: int) -> "Calibration":
        """Factors of 1: increment and spread unchanged."""
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
