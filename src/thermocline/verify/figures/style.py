"""What all figures share: size of type, colours, map axes, and files that are whole or absent."""

from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from thermocline.files import atomic_path
from thermocline.ocean.axes import cell_edges
from thermocline.ocean.latlon import LatLonGrid
from thermocline.verify.board.presentation import MODEL, Presentation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAND = "#d5d3cd"
COAST = "#55524c"
PALETTE = ("#d1742f", "#8c3b1e", "#8a5aa5", "#c9a227", "#5b8e5a", "#6c8599", "#b2456e", "#3a9a9a")
"""Of methods in their order, but the model, which is blue, and the reference, which is grey."""
BLUE, GREY = "#005f86", "#8d8d8d"

MANY_CELLS = 200_000
"""A map of more cells is drawn as an image."""

TICKS = ((60, 180), (30, 60), (10, 15), (2, 3), (0.5, 0))
"""Degrees between meridians drawn, for maps at least so many degrees wide."""


def colours(words: Presentation, methods: Iterable[str]) -> dict[str, str]:
    """The colour of every method, the same in all figures of a board; in the figures' order."""
    fixed = {MODEL: BLUE, words.reference: GREY}
    known = [name for name in words.ordered(words.names) if name not in fixed]
    given = words.ordered(methods)
    known += [name for name in given if name not in {*fixed, *known}]
    spare = {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(known)}
    return {name: (spare | fixed)[name] for name in given}


def new_figure(
    width: float, height: float, layout: Literal["constrained", "compressed"] = "constrained"
) -> "Figure":
    """An empty figure, inches; no window, no global state. Maps want `compressed`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout=layout, dpi=130)


def headline(figure: "Figure", text: str, size: float = 12) -> None:
    """A title over the whole figure, broken into lines that fit its width."""
    room = int(figure.get_figwidth() / (0.0082 * size))
    lines = [part for line in text.split("\n") for part in _even(line, room)]
    figure.suptitle("\n".join(lines), fontsize=size)


def _even(line: str, room: int) -> list[str]:
    """Parts of a line that are as long as each other: no last word stands alone."""
    parts = wrap(line, room) or [""]
    for narrower in range(room, room // 2, -1):
        if len(even := wrap(line, narrower)) > len(parts):
            break
        parts = even or parts
    return parts


def save(figure: "Figure", path: str | Path) -> Path:
    """Write a PNG atomically and return its path."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", facecolor="white")
    return Path(path)


def depth_axis(axes: "Axes", depth: NDArray) -> None:
    """Depths [C], metres, downwards on a square-root scale, which opens up the thermocline."""
    axes.set_yscale("function", functions=(lambda d: np.sqrt(np.maximum(d, 0)), np.square))
    axes.set_ylim(depth[-1] * 1.02, 0)
    known = (0, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000)
    axes.set_yticks([d for d in known if d <= depth[-1]])
    axes.set_ylabel("Depth (m)")


def colour_map(name: str) -> Any:
    """A cmocean colour map with land in grey, such as `thermal`, `balance` or `amp`."""
    import cmocean

    return getattr(cmocean.cm, name).with_extremes(bad=LAND)


def plain(colour: str = "white") -> Any:
    """A colour map of a sea of one colour, with land in grey."""
    from matplotlib.colors import ListedColormap

    return ListedColormap([colour]).with_extremes(bad=LAND)


def limits(*fields: NDArray, centred: bool = False, quantile: float = 0.995) -> tuple[float, float]:
    """Colour limits that cover all but the outermost values; symmetric about 0 if `centred`."""
    values = np.concatenate([np.ravel(f[np.isfinite(f)]) for f in fields])
    if values.size == 0:
        return (-1.0, 1.0) if centred else (0.0, 1.0)
    if centred:
        top = float(np.quantile(np.abs(values), quantile)) or 1.0
        return -top, top
    low, high = np.quantile(values, [1 - quantile, quantile])
    return float(low), float(high if high > low else low + 1)


def draw_map(
    axes: "Axes",
    grid: LatLonGrid,
    field: NDArray,
    cmap: Any,
    low: float,
    high: float,
    centre: float = 180,
) -> Any:
    """Draw [H, W] with coastlines around the meridian `centre`; NaN is land. Returns the mesh."""
    longitude, order = turned(grid, centre)
    west, east = cell_edges(longitude, longitude[0] - 360, longitude[-1] + 360)
    south, north = cell_edges(grid.latitude, -90, 90)
    values = field[:, order]
    x, y = np.append(west, east[-1]), np.append(south, north[-1])
    shown = np.ma.masked_invalid(values)
    colours: dict[str, Any] = {"cmap": cmap, "vmin": low, "vmax": high}
    mesh: Any
    if values.size > MANY_CELLS and all(
        np.allclose(np.diff(e), np.ptp(e) / (e.size - 1)) for e in (x, y)
    ):
        # Equal cells as an image: as many quadrilaterals would take several times as long.
        edges = (x[0], x[-1], y[0], y[-1])
        mesh = axes.imshow(shown, origin="lower", extent=edges, **colours)
    else:
        mesh = axes.pcolormesh(x, y, shown, **colours)
    draw_coast(axes, grid, np.isfinite(field), centre)
    return mesh


def colour_bar(figure: Any, mesh: Any, axes: Any, label: str, extend: str = "both") -> None:
    """A labelled bar under one map, or under all of a row."""
    bar = figure.colorbar(
        mesh,
        ax=axes,
        orientation="horizontal",
        aspect=60 if isinstance(axes, np.ndarray) else 22,
        shrink=0.8,
        pad=0.02,
        extend=extend,
    )
    bar.set_label(label, fontsize=8)
    bar.ax.tick_params(labelsize=7, length=2)


def draw_coast(axes: "Axes", grid: LatLonGrid, ocean: NDArray[np.bool_], centre: float) -> None:
    """Coastlines as the contour of the mask [H, W], land filled; degree labels; equal degrees."""
    longitude, order = turned(grid, centre)
    mask = ocean[:, order].astype(float)
    if not ocean.all() and ocean.any():
        axes.contour(longitude, grid.latitude, mask, levels=[0.5], colors=COAST, linewidths=0.6)
    axes.set_facecolor(LAND)
    axes.set_aspect("equal")
    width = float(np.ptp(longitude))
    step = next(step for step, least in TICKS if width >= least)
    degree_ticks(axes, longitude, grid.latitude, step)


def turned(grid: LatLonGrid, centre: float) -> tuple[NDArray, NDArray]:
    """Longitudes ascending around `centre`, and the columns they come from; regions stay."""
    if np.ptp(grid.longitude) < 300:
        return grid.longitude, np.arange(grid.longitude.size)
    moved = (grid.longitude - centre + 180) % 360 - 180 + centre
    order = np.argsort(moved)
    return moved[order], order


def degree_ticks(axes: "Axes", longitude: NDArray, latitude: NDArray, step: float) -> None:
    """Ticks such as 120°W and 30°S at multiples of `step` (latitudes at half of it)."""
    edge = 1e-6  # ticks beyond the last cell would widen the map
    east = np.arange(np.ceil(longitude[0] / step) * step, longitude[-1] + edge, step)
    north = np.arange(
        np.ceil(latitude[0] / (step / 2)) * step / 2, min(latitude[-1], 89) + edge, step / 2
    )
    axes.set_xticks(east, [longitude_label(v) for v in east])
    axes.set_yticks(north, [latitude_label(v) for v in north])
    axes.tick_params(labelsize=7, length=2)


def longitude_label(value: float) -> str:
    """Such as 120°W."""
    value = (value + 180) % 360 - 180
    if value in (0, -180):
        return f"{abs(value):g}°"
    return f"{abs(value):g}°{'E' if value > 0 else 'W'}"


def latitude_label(value: float) -> str:
    """Such as 30°S."""
    return "0°" if value == 0 else f"{abs(value):g}°{'N' if value > 0 else 'S'}"
