"""Where training states are observed: columns or cells, in the month itself and around it."""

import numpy as np
from numpy.typing import NDArray

from thermocline.observe.patterns import random_cells, random_columns
from thermocline.observe.window import thinned
from thermocline.ocean.anomalies import AnomalyNeighbour
from thermocline.systems.reconstruct.data.cases import MAX_CELLS as CELLS

MIN_SHARE, MAX_SHARE = 0.003, 0.1
"""The smallest and the largest share of columns or cells observed."""
WHOLE = 0.8
"""The share of layouts that observe whole columns; the others observe cells of each level."""
SEEN = 0.75
"""The share of layouts that observe a month of the window, drawn for each of its months."""


def draw_layout(
    ocean: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], float, bool]:
    """Where is observed [C, H, W], the share, and whether whole columns are.

    The share is drawn evenly over orders of magnitude.
    """
    share = MIN_SHARE * (MAX_SHARE / MIN_SHARE) ** rng.random()
    columns = bool(rng.random() < WHOLE)
    draw = random_columns if columns else random_cells
    return draw(ocean, share, rng), share, columns


def draw_around(
    ocean: NDArray[np.bool_],
    own: NDArray[np.bool_],
    share: float,
    columns: bool,
    months: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """What is observed in the months around [months, C, H, W]: other columns, some months none.

    Where cells are observed, not columns, nothing is: as in the published protocol.
    """
    found = np.zeros((months, *ocean.shape), bool)
    for month in found:
        if columns and rng.random() < SEEN:
            month[:] = random_columns(ocean, share, rng)
    unseen = np.zeros(ocean.shape, np.float32)
    seen = [
        AnomalyNeighbour(k + 1, unseen, unseen + 1, month)
        for k, month in enumerate(found)
        if month.any()
    ]
    kept = {each.lag: each.observed for each in thinned(seen, CELLS - int(own.sum()))}
    nothing = unseen > 0
    return np.array([kept.get(k + 1, nothing) for k in range(months)]).reshape(found.shape)
