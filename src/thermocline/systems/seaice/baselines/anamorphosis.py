"""Each variable made Gaussian by its own ranks, and back.

    z = Φ⁻¹(F(v)),   v = F⁻¹(Φ(z))

F is the distribution of the variable over the sea cells of the training states of a calendar month.
What lies on a bound has the middle rank of all that do. Drift is only divided by its deviation: it
is nearly Gaussian but for its zeros in open water, which lie in the middle.

Source: Bertino et al. (2003); Brankart et al. (2012) for sea ice and bounded variables.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from thermocline.systems.seaice.baselines.library import Library
from thermocline.systems.seaice.data.raw import BOUNDED, ICE

QUANTILES = 200
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
"""Of a quadrature over a standard normal, the weights summing to √(2π)."""
ON_BOUND = 4e-3
"""Share of a variable's range within which a value counts as on its bound."""
SMALLEST = 0.05
"""Least error of an observation in z."""


@dataclass(frozen=True, eq=False)
class Anamorphosis:
    """The transform of a calendar month.

    Attributes:
        tables: of each bounded variable: share at the lower bound, share at the upper, and
            quantiles [Q] of what lies between.
        deviation: of each variable [5].
    """

    tables: dict[int, tuple[float, float, NDArray[np.float64]]]
    deviation: NDArray[np.float64]

    @classmethod
    def of(cls, library: Library, month: int) -> "Anamorphosis":
        """From the states of a month and of its neighbours."""
        states = library.states(library.season(month, 1))
        tables = {}
        for channel, variable in enumerate(ICE):
            if variable.name not in BOUNDED:
                continue
            values = np.sort(states[:, channel].ravel().astype(np.float64))
            upper = variable.upper if variable.name != "sithick" else np.inf
            width = ON_BOUND * (upper if np.isfinite(upper) else 1.0)
            low, high = np.searchsorted(values, [variable.lower + width, upper - width])
            between = values[low:high] if high > low else values
            inner = np.quantile(between, np.linspace(0, 1, QUANTILES))
            tables[channel] = low / len(values), 1 - high / len(values), inner
        return cls(tables, states.std(axis=(0, 2)).clip(1e-6).astype(np.float64))

    def forward(self, channel: int, v: NDArray) -> NDArray[np.float64]:
        """z of values of a channel."""
        if channel not in self.tables:
            return np.asarray(v, np.float64) / self.deviation[channel]
        low, high, inner = self.tables[channel]
        rank = np.interp(v, inner, np.linspace(low, 1 - high, QUANTILES))
        rank = np.where(v < inner[0], low / 2, np.where(v > inner[-1], 1 - high / 2, rank))
        return ndtri(np.clip(rank, 1e-4, 1 - 1e-4))

    def backward(self, channel: int, z: NDArray) -> NDArray[np.float64]:
        """Values of a channel."""
        if channel not in self.tables:
            return np.asarray(z, np.float64) * self.deviation[channel]
        low, high, inner = self.tables[channel]
        rank, bound = ndtr(z), ICE[channel]
        v = np.interp(rank, np.linspace(low, 1 - high, QUANTILES), inner)
        v = np.where(rank < low, bound.lower, v)
        return np.where(rank > 1 - high, bound.upper, v) if high else v

    def states(self, values: NDArray) -> NDArray[np.float32]:
        """States [..., 5, S] in z."""
        parts = [self.forward(c, values[..., c, :]) for c in range(len(ICE))]
        return np.stack(parts, axis=-2).astype(np.float32)

    def values(self, z: NDArray) -> NDArray[np.float32]:
        """States [..., 5, S] in physical units."""
        parts = [self.backward(c, z[..., c, :]) for c in range(len(ICE))]
        return np.stack(parts, axis=-2).astype(np.float32)

    def seen(self, seen: tuple[NDArray, ...]) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Observations in z: an error is half the distance of y ± s_y."""
        channel, cell, y, s_y = seen
        z, s_z = np.empty(len(y)), np.empty(len(y))
        for c in np.unique(channel):
            own = channel == c
            z[own] = self.forward(c, y[own])
            low, high = (self.forward(c, y[own] + sign * s_y[own]) for sign in (-1, 1))
            s_z[own] = np.maximum((high - low) / 2, SMALLEST)
        return channel, cell, z, s_z

    def moments(self, mean: NDArray, std: NDArray) -> tuple[NDArray, NDArray]:
        """Mean and deviation [5, S] of physical values whose z is Gaussian, by quadrature."""
        values = self.values(mean + std * NODES[:, None, None].astype(np.float32))
        weights = (WEIGHTS / WEIGHTS.sum())[:, None, None]
        first = (weights * values).sum(axis=0)
        second = (weights * (values - first) ** 2).sum(axis=0)
        return first.astype(np.float32), np.sqrt(second).astype(np.float32)
