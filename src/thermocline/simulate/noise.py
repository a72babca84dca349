"""Smooth random weather: fields on the sphere with a stated length and memory.

x = (1 − L²∇²)⁻ᵖ w with white noise w, scaled to unit variance (a Matérn field; Whittle, 1954);
in time an autoregression, x ← a x + √(1 − a²) x_new. The operator is the same at every longitude,
so a Fourier transform along parallels leaves one small matrix per zonal wavenumber.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import EARTH_RADIUS
from thermocline.simulate.operators import spacing


class Weather:
    """Red noise in space and time, unit variance everywhere.

    Args:
        grid: H × W cells.
        length: L, in metres.
        memory: decay time of the autocorrelation, in the caller's time unit.
        step: time step, same unit.
        random: where randomness comes from.
        smoothness: p, 1 or 2.
    """

    def __init__(
        self,
        grid: LatLonGrid,
        length: float,
        memory: float,
        step: float,
        random: np.random.Generator,
        smoothness: int = 2,
    ):
        self._grid, self._random = grid, random
        self._inverse = _inverse_power(grid, length, smoothness)
        self._white = 1 / np.sqrt(grid.cell_area())
        self._scale = self._normalisation()
        self._keep = np.exp(-step / memory)
        self.field = self._fresh()

    def advance(self) -> NDArray[np.float64]:
        """The field [H, W] one step later."""
        self.field = self._keep * self.field + np.sqrt(1 - self._keep**2) * self._fresh()
        return self.field

    def _fresh(self) -> NDArray[np.float64]:
        white = self._random.standard_normal(self._grid.shape) * self._white
        waves = np.fft.rfft(white, axis=1).T[..., None]
        smooth = (self._inverse @ waves.real) + 1j * (self._inverse @ waves.imag)
        return np.fft.irfft(smooth[..., 0].T, self._grid.shape[1], axis=1) * self._scale

    def _normalisation(self) -> NDArray[np.float64]:
        """One over the standard deviation by latitude [H, 1]: the rows of the operator squared."""
        waves, columns = self._inverse.shape[0], self._grid.shape[1]
        twice = np.full(waves, 2.0)
        twice[0] = 1
        twice[-1] = 1 if columns % 2 == 0 else 2
        squares = (twice[:, None, None] * self._inverse**2).sum(axis=0) / columns
        return 1 / np.sqrt(squares @ self._white[:, :1] ** 2)


def _inverse_power(grid: LatLonGrid, length: float, power: int) -> NDArray[np.float64]:
    """(1 − L²∇²)⁻ᵖ for every zonal wavenumber, [W/2 + 1, H, H]."""
    rows, columns = grid.shape
    dx, dy = spacing(grid)
    edge = np.radians((grid.latitude[1:] + grid.latitude[:-1]) / 2)
    face = EARTH_RADIUS * np.cos(edge) * np.radians(grid.longitude[1] - grid.longitude[0]) / dy
    meridional = np.diag(face, 1) + np.diag(face, -1)
    meridional = (meridional - np.diag(meridional.sum(axis=1))) / (dx * dy)
    wave = np.arange(columns // 2 + 1)[:, None]
    zonal = (2 - 2 * np.cos(2 * np.pi * wave / columns)) / dx.T**2
    operator = np.eye(rows) - length**2 * (meridional - zonal[:, :, None] * np.eye(rows))
    return np.linalg.matrix_power(np.linalg.inv(operator), power)
