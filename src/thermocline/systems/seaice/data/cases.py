"""Cases: a state that was withheld, what is observed of it, and what is asked.

    swath     concentration in cells of a few parallel strips, thickness along tracks
    nothing   a state of the season is asked for

A state's observations depend on its name, the density and the seed alone.
"""

from collections.abc import Iterable, Iterator
from zlib import crc32

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from thermocline.config import Config
from thermocline.ocean.case import Case
from thermocline.ocean.grid import Grid
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Channel, Observed, Problem
from thermocline.prepare.split import Split
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.config.data import IceData
from thermocline.systems.seaice.data.physics import CONCENTRATION, THICKNESS
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.data.states import States

CHANNELS = tuple(Channel(variable) for variable in ICE)
SCORED = ("siconc", "sithick", "damage", "siu", "siv")
"""In the order of the board."""
SWATH, NOTHING = "swath", "nothing"


def observe(
    state: NDArray, ocean: NDArray[np.bool_], density: float, data: IceData, rng: Generator
) -> tuple[Observed, ...]:
    """Concentration in a share `density` of cells [H, W], thickness in fewer.

    Values are drawn from the true state [5, H, W] and cut to what an instrument can say.
    """
    at = swath(ocean, density, rng), tracks(ocean, density * data.thickness, rng)
    shape, found = (len(ICE), *ocean.shape), []
    for channel, cells, s in zip(
        (CONCENTRATION, THICKNESS), at, (data.errors.siconc, data.errors.sithick), strict=True
    ):
        truth = state[channel].ravel()[cells]
        y = truth + s * rng.standard_normal(len(cells))
        variable = ICE[channel]
        y = np.clip(y, variable.lower, variable.upper)
        index = channel * ocean.size + cells
        found.append(Observed(Cells(shape, index), y, np.full(len(cells), s)))
    return tuple(found)


def swath(ocean: NDArray[np.bool_], density: float, rng: Generator) -> NDArray[np.int64]:
    """Cells of strips at a random heading for dense observations; random cells for sparse ones."""
    sea = np.flatnonzero(ocean)
    count = max(1, round(density * len(sea)))
    if density < 0.15:
        return np.sort(rng.choice(sea, count, replace=False))
    rows, columns = np.divmod(sea, ocean.shape[1])
    angle, phase = rng.uniform(0, np.pi), rng.uniform()
    across = (np.cos(angle) * rows + np.sin(angle) * columns) / 16 + phase
    order = np.argsort(across % 1, kind="stable")
    return np.sort(sea[order[:count]])


def tracks(ocean: NDArray[np.bool_], density: float, rng: Generator) -> NDArray[np.int64]:
    """Cells along straight tracks across the sea, until a share `density` of it is reached."""
    rows, columns = ocean.shape
    sea, chosen = np.flatnonzero(ocean), dict[int, None]()
    count = max(1, round(density * len(sea))) if density else 0
    while len(chosen) < count:
        row, column = divmod(int(rng.choice(sea)), columns)
        angle = rng.uniform(0, 2 * np.pi)
        for step in range(max(rows, columns)):
            i = round(row + step * np.sin(angle))
            j = round(column + step * np.cos(angle))
            if not (0 <= i < rows and 0 <= j < columns) or len(chosen) >= count:
                break
            if ocean[i, j]:
                chosen[i * columns + j] = None
    return np.sort(np.fromiter(chosen, dtype=np.int64))


def problem(
    grid: Grid,
    ocean: NDArray[np.bool_],
    day: np.datetime64,
    observations: Iterable[Observed],
    name: str = "",
) -> Problem:
    """All five fields of a day are asked for."""
    everywhere = np.broadcast_to(ocean, (len(ICE), *ocean.shape))
    return Problem(grid, CHANNELS, everywhere, day, tuple(observations), {}, name)


def cases(config: Config, store: States, split: Split, protocol: str = SWATH) -> Iterator[Case]:
    """Cases of a split's states, evenly taken; those of a group one after the other."""
    own = settings(config)
    count = own.evaluate.cases if split == "test" else own.evaluate.validation_cases
    ice = store.states(split, count)
    for density in own.evaluate.densities if protocol == SWATH else (0.0,):
        asked = []
        for name, state in zip(ice.names, ice.values, strict=True):
            rng = np.random.default_rng([config.seed, crc32(f"{name} {density}".encode())])
            seen = observe(state, store.ocean, density, own.data, rng) if density else ()
            day = np.datetime64(name.rpartition("/")[2], "D")
            asked.append(problem(store.grid, store.ocean, day, seen, name))
        for variable in SCORED:
            for each, state in zip(asked, ice.values, strict=True):
                yield Case(each, state, protocol, density, variable)
