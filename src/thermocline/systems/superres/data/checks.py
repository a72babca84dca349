"""Additional checks of this system's store: the errors of coarse values are as stated."""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.blocks import block_mean
from thermocline.prepare.sample import Sample
from thermocline.prepare.store import Store
from thermocline.prepare.store_table import Standardised
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.data.raw import COARSE


def standardised(store: Store) -> list[Standardised]:
    """The departure of coarse values from the fine field's block means, over its stated error."""
    pairs = Pairs.open(store.path)
    areas = {box: grid.cell_area() for box, grid in pairs.grids.items()}

    def values(sample: Sample) -> NDArray:
        problem, truth = pairs.pair(sample)
        mean = block_mean(truth, areas[sample.group.name], pairs.factor)
        return np.asarray((problem.value - mean) / problem.s_y)

    whole = (-np.inf, np.inf)
    return [Standardised("tos_departure", COARSE, values, whole, (-0.3, 0.3), (0.3, 3))]
