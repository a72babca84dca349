"""Whether a registered version still loads and answers: one small problem for each system."""

from typing import TYPE_CHECKING

import numpy as np

from thermocline.errors import BadData

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.method import Reconstructor
    from thermocline.systems.superres.method import Superresolver

BLOCKS = 6
"""Rows and columns of the coarse field that a super-resolver is asked about."""


def try_out(name: str, version: str) -> None:
    """Load a registered version and let it answer one small problem.

    Raises:
        ThermoclineError: if it cannot be loaded or its answer is no field.
    """
    from thermocline.predict.champion import load_registered

    served = load_registered(name, version)
    finite = (
        _reconstructs(served.reconstructor)
        if served.system == "reconstruct"
        else _superresolves(served.superresolver)
    )
    if not finite:
        raise BadData("its answer is not finite", where=f"{name} version {version}")


def _reconstructs(model: "Reconstructor") -> bool:
    """Climatology observed at one place."""
    from thermocline.observe import Observations
    from thermocline.predict.analysis import analyse

    ocean = np.asarray(model.statistics.ocean, bool)
    level, row, column = np.argwhere(ocean)[0]
    climate = model.statistics.denormalise(np.zeros(ocean.shape, np.float32), 1)
    observed = Observations.checked(
        [model.grid.latitude[row]],
        [model.grid.longitude[column]],
        [model.depth[level]],
        [climate[level, row, column]],
    )
    answer = analyse(model, observed, "2000-01", members=2, seed=0)
    return bool(np.isfinite(answer.mean[ocean]).all())


def _superresolves(model: "Superresolver") -> bool:
    """A front in the open sea."""
    from thermocline.ocean.downscaling import LowResolution
    from thermocline.ocean.grid import LatLonGrid

    factor = model.contract.factor
    axis = (np.arange(factor * BLOCKS) + 0.5) / (4 * factor)
    front = np.tanh(np.linspace(-2, 2, BLOCKS, dtype=np.float32))
    value = 15 + front[:, None] * np.ones(BLOCKS, np.float32)
    s_y, ocean = np.full(value.shape, 0.05, np.float32), np.ones((len(axis), len(axis)), bool)
    grid, day = LatLonGrid(axis - 40, axis - 130), np.datetime64("2000-01-01")
    answer = model.analyse(LowResolution(value, s_y, ocean, grid, factor, day), 2, 0)
    return bool(np.isfinite(answer.mean).all())
