"""Ocean basins by plain meridians and parallels, for reporting."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.ocean.sphere import wrap_longitude

BASINS = (
    "Arctic",
    "North Atlantic",
    "South Atlantic",
    "Indian",
    "North Pacific",
    "South Pacific",
    "Southern",
)


def basin_of(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.int64]:
    """Index into `BASINS` of each point (degrees; shapes broadcast).

    The Southern Ocean begins at 50°S and the Arctic at 66°N; the Atlantic meets the Pacific at
    a line from Panama to the Horn, the Indian Ocean at 20°E, the Pacific at Indonesia and
    Tasmania (146°E). North of 30°N the Atlantic reaches to 45°E, with the Mediterranean and the
    Black Sea; the Red Sea and the Persian Gulf, to 31°N, are of the Indian Ocean.
    """
    lat, lon = np.broadcast_arrays(np.asarray(latitude, float), wrap_longitude(longitude))
    # The Americas: the isthmus slopes from 100°W at 20°N to 70°W at 0 and below.
    west = np.interp(lat, [0, 9, 20, 30], [-70, -81, -98, -105])
    atlantic = (lon > west) & (lon < np.where(lat < 30, 20, 45))
    indian_east = np.interp(lat, [-35, -10, 0, 10], [146, 130, 105, 99])
    indian = ~atlantic & (lon >= 20) & (lon < indian_east) & (lat < 31)
    basin = np.where(lat >= 0, 4, 5)
    basin = np.where(indian, 3, basin)
    basin = np.where(atlantic, np.where(lat >= 0, 1, 2), basin)
    basin = np.where(lat < -50, 6, basin)
    return np.where(lat >= 66, 0, basin).astype(np.int64)
