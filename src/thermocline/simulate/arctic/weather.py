"""Random weather on the map: Gaussian fields with a stated length and memory.

    p̂ ← a p̂ + √(1 − a²) g(k) ŵ,    g(k) = exp(−k²L²/4),    a = exp(−Δt/τ)

with white noise w: a field whose correlation over a distance r is exp(−r²/(2L²)), an
autoregression in time. The wind of a pressure field is geostrophic, u = (−∂p/∂y, ∂p/∂x)/(ρf).
"""

import numpy as np
from numpy.typing import NDArray

MARGIN = 1.25  # a Fourier series is periodic: the part that is used is this much smaller


class Field:
    """A random field of unit variance.

    Args:
        shape: H rows and W columns that are wanted.
        cell: metres.
        length, memory: L in metres, τ in the unit of `step`.
        step: time step.
        random: where randomness comes from.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        cell: float,
        length: float,
        memory: float,
        step: float,
        random: np.random.Generator,
    ):
        self._shape, self._random = shape, random
        rows, columns = self._whole = tuple(int(MARGIN * size) for size in shape)
        ky = 2 * np.pi * np.fft.fftfreq(rows, cell)[:, None] + np.zeros((1, columns // 2 + 1))
        kx = 2 * np.pi * np.fft.rfftfreq(columns, cell)[None] + np.zeros((rows, 1))
        square = kx**2 + ky**2
        shape_of_spectrum = np.exp(-square * length**2 / 4)
        both = np.where(kx > 0, 2.0, 1.0)  # a real field's other half
        power = (both * shape_of_spectrum**2).sum() / (rows * columns)
        self._filter = shape_of_spectrum / np.sqrt(power)
        slope = (both * shape_of_spectrum**2 * square).sum() / (rows * columns) / power
        self._turned = 1j * np.stack([-ky, kx]) / np.sqrt(slope / 2)
        self._keep = np.exp(-step / memory)
        self._waves = self._fresh()

    def advance(self) -> None:
        """One time step."""
        fresh = np.sqrt(1 - self._keep**2) * self._fresh()
        self._waves = self._keep * self._waves + fresh

    def values(self) -> NDArray[np.float64]:
        """The field [H, W]."""
        return self._cut(self._waves)

    def winds(self) -> NDArray[np.float64]:
        """(−∂/∂y, ∂/∂x) of the field [2, H, W], scaled to unit variance."""
        return self._cut(self._waves * self._turned)

    def _cut(self, waves: NDArray) -> NDArray[np.float64]:
        rows, columns = self._shape
        return np.fft.irfft2(waves, self._whole)[..., :rows, :columns]

    def _fresh(self) -> NDArray[np.complex128]:
        white = np.fft.rfft2(self._random.standard_normal(self._whole))
        return np.asarray(self._filter * white)


def red_noise(value: float, memory: float, step: float, random: np.random.Generator) -> float:
    """A number of unit variance one step later: the same autoregression."""
    keep = np.exp(-step / memory)
    return float(keep * value + np.sqrt(1 - keep**2) * random.standard_normal())
