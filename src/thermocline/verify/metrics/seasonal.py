"""The seasonal cycle of a quantity of states, such as extent or volume, by calendar month."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData


@dataclass(frozen=True, eq=False)
class SeasonalCycle:
    """Of the states of each calendar month, January first.

    Attributes:
        mean: [12], unit of the quantity; NaN for a month without states.
        std: standard deviation over the month's states [12] (n − 1); NaN for fewer than two.
        count: states of each month [12].
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    count: NDArray[np.int64]


def ice_volume(thickness: NDArray, area: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Volume [...] in km³ of thicknesses [..., H, W] in metres, means over the whole cell.

    `area` [H, W] is in km²; where `ocean` [H, W] is False nothing is read.

    Raises:
        BadData: for a missing thickness at sea.
    """
    metres = np.where(ocean, np.asarray(thickness, np.float64), 0.0)
    if not np.isfinite(metres).all():
        raise BadData("missing thickness at sea", where="ice volume")
    return (metres * area).sum(axis=(-2, -1)) / 1000


def seasonal_cycle(values: ArrayLike, months: ArrayLike) -> SeasonalCycle:
    """Cycle of values [N] of states in the calendar months [N], 1 to 12.

    Raises:
        BadData: for other months, other shapes, or values that are not finite.
    """
    quantity, month = np.asarray(values, np.float64), np.asarray(months)
    if quantity.ndim != 1 or quantity.shape != month.shape or not np.isfinite(quantity).all():
        raise BadData("give one finite value and one month a state", where="seasonal cycle")
    if not np.isin(month, np.arange(1, 13)).all():
        raise BadData(
            f"months {np.unique(month)}", where="seasonal cycle", fix="count from 1 to 12"
        )
    index = month.astype(np.int64) - 1
    count = np.bincount(index, minlength=12)
    mean = np.bincount(index, quantity, 12) / np.where(count > 0, count, np.nan)
    squares = np.bincount(index, (quantity - mean[index]) ** 2, 12)
    return SeasonalCycle(mean, np.sqrt(squares / np.where(count > 1, count - 1, np.nan)), count)


def cycle_rmse(cycle: SeasonalCycle, truth: SeasonalCycle) -> float:
    """RMSE between the monthly means of two cycles, over the months that both have, all alike.

    Raises:
        BadData: if they have no month in common.
    """
    difference = cycle.mean - truth.mean
    common = np.isfinite(difference)
    if not common.any():
        raise BadData("no month in common", where="seasonal cycle")
    return float(np.sqrt(np.mean(difference[common] ** 2)))
