"""Polar maps of sea ice: cells in kilometres of the projection, coast, and the edge of the ice."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.projected import ProjectedGrid
from thermocline.verify.figures import style
from thermocline.verify.metrics.ice_edge import THRESHOLD

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCALES: dict[str, tuple[str, str, float, float]] = {
    "sithick": ("deep", "Thickness (m)", 0.0, 4.0),
    "siconc": ("ice", "Concentration", 0.0, 1.0),
    "damage": ("matter", "Damage", 0.0, 1.0),
    "siu": ("balance", "Drift along x (m/s)", -0.2, 0.2),
    "siv": ("balance", "Drift along y (m/s)", -0.2, 0.2),
}
"""Of each variable: colour map, label, and the ends of the scale."""
SPREAD: dict[str, float] = {"sithick": 0.8, "siconc": 0.3}
"""Upper ends of the scales of a standard deviation."""


def draw_polar(
    axes: "Axes",
    grid: ProjectedGrid,
    ocean: NDArray[np.bool_],
    field: NDArray,
    cmap: str,
    low: float,
    high: float,
    edge: NDArray | None = None,
    ground: str = "white",
) -> Any:
    """Draw [H, W] over the sea; returns the mesh.

    Args:
        edge: a concentration, or a share of states with ice, whose contour is drawn.
        ground: colour of the sea where the field has no value.
    """
    x, y = grid.x / 1e3, grid.y / 1e3
    shown = np.where(ocean, field, np.nan)
    colours = style.colour_map(cmap).with_extremes(bad=(0, 0, 0, 0))
    axes.pcolormesh(x, y, np.where(ocean, 1.0, np.nan), cmap=style.plain(ground))
    mesh = axes.pcolormesh(x, y, shown, cmap=colours, vmin=low, vmax=high)
    axes.contour(x, y, ocean.astype(float), [0.5], colors=style.COAST, linewidths=0.8)
    if edge is not None:
        filled = np.where(ocean, edge, np.nan)
        axes.contour(x, y, filled, [THRESHOLD], colors="#d1742f", linewidths=1.2)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    return mesh
