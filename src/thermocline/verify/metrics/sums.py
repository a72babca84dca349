"""What is summed of every answer, cell by cell, and how it is summed."""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.basins import BASINS, basin_of
from thermocline.ocean.grid import Grid
from thermocline.verify.metrics import probabilistic

Sums = dict[str, NDArray[np.float64]]


def quantities(
    truth: NDArray, mean: NDArray, std: NDArray | None, members: NDArray | None
) -> dict[str, NDArray]:
    """What is summed of every answer, cell by cell [C, H, W], for fields without NaN.

    `error`, `absolute`, `squared` and `crps`, and for distributions `variance` and
    `spread_squared`, the squared error of what the variance is about.
    """
    error = mean - truth
    found = {"error": error, "absolute": np.abs(error), "squared": error**2}
    if members is not None:
        found["crps"] = probabilistic.crps_ensemble(members, truth)
        if len(members) > 1:
            found["variance"] = members.var(axis=0, ddof=1)
            found["spread_squared"] = (members.mean(axis=0) - truth) ** 2
    elif std is not None:
        found["crps"] = probabilistic.crps_gaussian(mean, std, truth)
        found["variance"] = std**2
        found["spread_squared"] = found["squared"]
    else:
        found["crps"] = found["absolute"]
    return found


def by_level_and_basin(
    values: NDArray, ocean: NDArray, area: NDArray, basins: NDArray | None
) -> NDArray[np.float64]:
    """Σ area · value [C, basins] over the ocean; one basin if `basins` [H, W] is None."""
    weighted = np.where(ocean, values, 0.0) * area
    if basins is None:
        return weighted.sum(axis=(1, 2))[:, None]
    flat = basins.ravel()
    return np.stack([np.bincount(flat, weights=w.ravel(), minlength=len(BASINS)) for w in weighted])


def basin_index(grid: Grid) -> NDArray[np.int64]:
    """Index into `ocean.basins.BASINS` of every cell [H, W]."""
    return basin_of(*grid.centres())


def check_shapes(
    parts: dict[str, NDArray | None], ocean: NDArray, area: NDArray, where: str
) -> None:
    """Refuse parts [..., C, H, W] that are not of the ocean's shape, or not finite in it.

    Raises:
        BadData: naming the part.
    """
    for name, values in parts.items():
        if values is None:
            continue
        if values.shape[-3:] != ocean.shape:
            raise BadData(
                f"{name} has shape {values.shape}, the problem {ocean.shape}", where=where
            )
        wet = values[..., ocean]
        if not np.isfinite(wet).all():
            bad = int((~np.isfinite(wet)).sum())
            raise BadData(f"{name}: {bad} ocean values are not finite", where=where)
    if area.shape != ocean.shape[1:]:
        raise BadData(f"area has shape {area.shape}, cells {ocean.shape[1:]}", where=where)
