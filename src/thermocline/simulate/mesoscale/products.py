"""What satellites make of a sea's surface: smoothed, with errors that hang together in space."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter


@dataclass(frozen=True)
class Product:
    """A mapped surface field.

    Attributes:
        smoothing: width of the Gaussian that the mapping smooths by, cells.
        error: standard deviation of its error, in the field's unit.
        length: of that error, cells.
    """

    smoothing: float
    error: float
    length: float

    def of(
        self, truth: NDArray, ocean: NDArray[np.bool_], random: np.random.Generator
    ) -> NDArray[np.float32]:
        """The product [H, W] of a true field, NaN on land; land takes no part in the smoothing."""
        share = gaussian_filter(ocean.astype(float), self.smoothing)
        smooth = gaussian_filter(np.where(ocean, truth, 0.0), self.smoothing)
        noise = gaussian_filter(random.standard_normal(truth.shape), self.length, mode="wrap")
        noise *= 2 * np.sqrt(np.pi) * self.length * self.error
        made = smooth / np.maximum(share, 1e-6) + noise
        return np.where(ocean, made, np.nan).astype(np.float32)


PRODUCTS = {
    "tos": Product(1.5, 0.25, 3.0),  # an analysis like OSTIA: °C
    "sos": Product(2.5, 0.12, 4.0),  # of microwave radiometers: 1e-3
    "zos": Product(2.0, 0.03, 4.0),  # mapped along-track altimetry: m
}
