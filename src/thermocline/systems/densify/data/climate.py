"""Harmonic climatology, and anomalies from it.

    mean(day) = c₀ + c₁ cos θ + c₂ sin θ + c₃ cos 2θ + c₄ sin 2θ,      θ = 2π · part of the year

fitted in every cell, then smoothed over neighbouring sea: with a few years of weekly states the fit
of a single cell has much of their eddies. Anomalies are in standard deviations of their channel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter

SMOOTH = 6.0
"""Width of the Gaussian in cells."""
MIN_DEVIATION = 1e-3
"""Of a standard deviation, in the channel's unit."""


@dataclass(frozen=True, eq=False)
class Climate:
    """The climate of a region.

    Attributes:
        coefficients: c [5, V, H, W] in physical units, 0 on land.
        std: of anomalies [V].
        ocean: [H, W].
    """

    coefficients: NDArray[np.float32]
    std: NDArray[np.float32]
    ocean: NDArray[np.bool_]

    @classmethod
    def of(cls, values: NDArray, days: NDArray, ocean: NDArray[np.bool_]) -> "Climate":
        """Of states [N, V, H, W] of `days` [N]; V channels share one sea [H, W]."""
        basis = harmonics(days)
        sea = values[..., ocean]
        products = np.tensordot(basis, sea, (0, 0))
        fitted = np.tensordot(np.linalg.pinv(basis.T @ basis), products, 1)
        coefficients = np.zeros((len(fitted), *values.shape[1:]), np.float32)
        coefficients[..., ocean] = fitted
        share = np.maximum(gaussian_filter(ocean.astype(float), SMOOTH), 1e-9)
        for row in coefficients.reshape(-1, *ocean.shape):
            row[:] = np.where(ocean, gaussian_filter(row, SMOOTH) / share, 0)
        smooth = coefficients[..., ocean].astype(np.float64)
        # Σ (x − B c)², without reading the states again.
        squares = np.einsum("nvs,nvs->v", sea, sea, dtype=np.float64)
        squares -= 2 * np.einsum("kvs,kvs->v", smooth, products)
        squares += np.einsum("kvs,kj,jvs->v", smooth, basis.T @ basis, smooth, optimize=True)
        variance = squares / (len(sea) * sea.shape[-1])
        std = np.maximum(np.sqrt(np.maximum(variance, 0)), MIN_DEVIATION)
        return cls(coefficients, std.astype(np.float32), ocean)

    def mean(self, day: np.datetime64) -> NDArray[np.float32]:
        """Of a day [V, H, W], 0 on land."""
        return np.tensordot(harmonics([day])[0].astype(np.float32), self.coefficients, 1)

    def anomaly(self, values: NDArray, day: np.datetime64) -> NDArray[np.float32]:
        """Of values [V, H, W] of a day, 0 on land."""
        made = (values - self.mean(day)) / self.std[:, None, None]
        return np.where(self.ocean, made, 0).astype(np.float32)

    def anomalies(self, values: NDArray, days: NDArray) -> NDArray[np.float32]:
        """Of states [N, V, H, W] of `days` [N], 0 on land."""
        made = np.empty(values.shape, np.float32)
        for row, state, day in zip(made, values, days, strict=True):
            row[:] = self.anomaly(state, day)
        return made


def harmonics(days: ArrayLike) -> NDArray[np.float64]:
    """The five functions of the year [N, 5] at dates [N]."""
    dates = np.asarray(days, "datetime64[D]")
    elapsed = (dates - dates.astype("datetime64[Y]")).astype(np.float64)
    theta = 2 * np.pi * elapsed / 365.25
    return np.stack(
        [np.ones_like(theta), *(f(k * theta) for k in (1, 2) for f in (np.cos, np.sin))], axis=-1
    )
