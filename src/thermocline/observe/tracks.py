"""Curved tracks over a sea, as ships and gliders leave them.

The heading h of a track turns with momentum m: ω ← m ω + σ w with standard normal w, h ← h + ω.
Steps are of one cell. Tracks start at random places, end at the border, and cross land without
measuring there. Of each track one cell in so many is measured.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from thermocline.errors import BadData

TURN, MOMENTUM = 0.06, 0.94
STRIDE = 2, 8


def curved_tracks(
    ocean: NDArray[np.bool_],
    density: float,
    rng: Generator,
    *,
    turn: float = TURN,
    momentum: float = MOMENTUM,
    stride: tuple[int, int] = STRIDE,
) -> NDArray[np.bool_]:
    """Cells [H, W] measured along tracks: a share `density` of the sea, rounded.

    Args:
        ocean: where there is sea [H, W].
        turn, momentum: σ (radians) and m.
        stride: least and greatest number of cells from one measurement to the next.

    Raises:
        BadData: for a share outside 0 to 1, or without sea.
    """
    if not 0 <= density <= 1 or not ocean.any():
        raise BadData(
            f"a share {density} of {ocean.sum()} cells of sea", where="tracks", fix="give 0 to 1"
        )
    rows, columns = ocean.shape
    sea, chosen = np.flatnonzero(ocean), dict[int, None]()
    count = round(density * len(sea))
    while len(chosen) < count:
        y, x = (float(each) for each in divmod(int(rng.choice(sea)), columns))
        heading, turning = rng.uniform(0, 2 * np.pi), 0.0
        every = int(rng.integers(stride[0], stride[1] + 1))
        for step in range(4 * (rows + columns)):
            i, j = round(y), round(x)
            if not (0 <= i < rows and 0 <= j < columns) or len(chosen) >= count:
                break
            if step % every == 0 and ocean[i, j]:
                chosen[i * columns + j] = None
            turning = momentum * turning + turn * rng.standard_normal()
            heading += turning
            y, x = y + np.sin(heading), x + np.cos(heading)
    found = np.zeros(ocean.shape, bool)
    found.ravel()[np.fromiter(chosen, dtype=np.int64)] = True
    return found
