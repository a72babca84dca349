"""The fine cells that a coarse map is made into: their axes, and where there is sea.

The sea mask of cells is that of GLOBE's 1 km elevations (global-land-mask), in blocks that have a
value. Cells of blocks without a value (land, and what the provider left out) are not sea; a block
with a value, but without sea in that mask, such as a bay or a lake, is all sea.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.answers.one_map import day_of
from thermocline.errors import BadData
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Mask
from thermocline.ocean.sea_mask import is_sea
from thermocline.ocean.sphere import wrap_longitude
from thermocline.systems.superres.endpoints.coarse import ERROR, MAX_CELLS, Coarse, turned_by


def fine_problem(coarse: Coarse, factor: int, error: float | None = None) -> LowResolution:
    """The problem of a coarse day; its grid is turned so that longitudes ascend within ±180°.

    Args:
        error: standard deviation of each block mean's error, °C; `ERROR` if None.

    Raises:
        BadData: for an impossible error, or if there would be too many cells.
    """
    error = ERROR if error is None else error
    if not 0 < error <= 5:
        raise BadData(f"an error of {error} °C", where="error", fix="give one from 0 to 5 °C")
    cells = coarse.value.size * factor**2
    if cells > MAX_CELLS:
        raise BadData(
            f"{cells:,} cells", where=coarse.name, fix=f"cut a region of at most {MAX_CELLS:,} out"
        )
    latitude, longitude = fine_axes(coarse, factor)
    known = np.isfinite(coarse.value)
    turn = turned_by(longitude)
    return LowResolution(
        value=coarse.value,
        s_y=np.where(known, np.float32(error), np.float32(1)),
        ocean=_sea(latitude, longitude, known, factor),
        grid=LatLonGrid(latitude, longitude - turn),
        factor=factor,
        date=day_of(coarse.time),
        region=coarse.name,
        case=coarse.name,
    )


def fine_axes(coarse: Coarse, factor: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitudes and longitudes of the cells; raises BadData if they reach beyond the poles."""
    axes = []
    for axis in (coarse.latitude, coarse.longitude):
        step = (axis[-1] - axis[0]) / (axis.size - 1)
        first = axis[0] - step / 2
        axes.append(first + step * (np.arange(factor * axis.size) + 0.5) / factor)
    if np.abs(axes[0]).max() > 90:
        raise BadData(
            "the rows at the edge are centred on a pole",
            where=coarse.name,
            fix="leave those rows out",
        )
    return axes[0], axes[1]


def _sea(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], known: Mask, factor: int
) -> Mask:
    """See this module's docstring."""
    sea = is_sea(latitude, wrap_longitude(longitude))
    rows, columns = known.shape
    blocks = sea.reshape(rows, factor, columns, factor)
    dry = ~np.asarray(blocks.any(axis=(1, 3)))
    blocks[:] = (blocks | dry[:, None, :, None]) & known[:, None, :, None]
    return sea
