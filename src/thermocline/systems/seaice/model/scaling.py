"""Sea ice in numbers that networks like: each variable about its mean, in its own deviations.

x = (v − m)/d over the sea cells of the training states, so that bounds stay bounds.
"""

from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from thermocline.systems.seaice.data.raw import BOUNDED, ICE

KNOWN = 4
"""Fields that are always known: sea, and the position on the unit sphere."""
INFINITE = 1e30
"""Stands for no bound in what is stored; no scaled value comes near it."""


class Scaling(nn.Module):
    """Statistics of the training states and where the sea is, stored beside the weights.

    Args:
        shape: rows and columns, (H, W).

    Attributes:
        mean, deviation: [5], in physical units.
        ocean: [H, W], 1 in cells that can hold ice, else 0.
        lower, upper: bounds [5, 1, 1] of scaled values; infinite where there is none.
    """

    mean: Tensor
    deviation: Tensor
    ocean: Tensor
    position: Tensor

    def __init__(self, shape: tuple[int, int]):
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(ICE)))
        self.register_buffer("deviation", torch.ones(len(ICE)))
        self.register_buffer("ocean", torch.zeros(shape))
        self.register_buffer("position", torch.zeros(3, *shape))

    @classmethod
    def of(
        cls, values: NDArray, ocean: NDArray[np.bool_], places: NDArray[np.floating]
    ) -> "Scaling":
        """Of training states [N, 5, H, W], the sea [H, W], and unit vectors [H, W, 3]."""
        made = cls((ocean.shape[0], ocean.shape[1]))
        sea = values[:, :, ocean].astype(np.float64)
        made.mean.copy_(torch.from_numpy(sea.mean(axis=(0, 2))))
        made.deviation.copy_(torch.from_numpy(sea.std(axis=(0, 2)).clip(min=1e-6)))
        made.ocean.copy_(torch.from_numpy(ocean.astype(np.float32)))
        made.position.copy_(torch.from_numpy(np.moveaxis(places, -1, 0).astype(np.float32)))
        return made

    @property
    def known(self) -> Tensor:
        """Fields that networks are given of every cell [4, H, W]."""
        return torch.cat([self.ocean[None], self.position])

    @property
    def lower(self) -> Tensor:
        """Scaled lower bounds [5, 1, 1]."""
        return self._bounds([v.lower if v.name in BOUNDED else -INFINITE for v in ICE])

    @property
    def upper(self) -> Tensor:
        """Scaled upper bounds; thickness has none."""
        named = [v.name in BOUNDED and v.name != "sithick" for v in ICE]
        return self._bounds([v.upper if n else INFINITE for v, n in zip(ICE, named, strict=True)])

    def on(self, device: torch.device | str) -> "Scaling":
        """The same on a device; this one, which others use, stays where it is."""
        return self if self.mean.device == torch.device(device) else deepcopy(self).to(device)

    def _bounds(self, values: list[float]) -> Tensor:
        bound = torch.tensor(values, device=self.mean.device)
        scaled = torch.where(bound.abs() >= INFINITE, bound, (bound - self.mean) / self.deviation)
        infinite = torch.where(scaled >= INFINITE, float("inf"), scaled)
        return torch.where(infinite <= -INFINITE, float("-inf"), infinite)[:, None, None]

    def scale(self, values: Tensor) -> Tensor:
        """x [..., 5, H, W] of physical values; land becomes that of open water."""
        return (values * self.ocean - self.mean[:, None, None]) / self.deviation[:, None, None]

    def physical(self, x: Tensor) -> Tensor:
        """Physical values [..., 5, H, W] of scaled ones, 0 on land."""
        return (x * self.deviation[:, None, None] + self.mean[:, None, None]) * self.ocean

    def clipped(self, x: Tensor) -> Tensor:
        """Scaled values within their bounds."""
        return torch.maximum(torch.minimum(x, self.upper), self.lower)
