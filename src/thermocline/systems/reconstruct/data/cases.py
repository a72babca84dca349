"""The cases a system is tuned and scored on: months of a split, observed by twin experiment."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from thermocline.config import Config
from thermocline.observe.patterns import case_rng, make_problem, random_cells, random_columns
from thermocline.observe.window import thinned
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.case import Case
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.raw import VARIABLE
from thermocline.systems.reconstruct.data.states import States

Protocol = Literal["columns", "cells"]

MAX_CELLS = 4000
"""Cells of all months that are observed: the months around are thinned to it, never the own."""


def spare(problem: AnomalyProblem) -> int:
    """How many cells of the months around may still be observed."""
    return max(MAX_CELLS - int(problem.observed.sum()), 0)


class EvaluationSet:
    """Evenly spaced months of a split, and the problems made from them.

    The observations of a case depend on (seed, case, density, protocol) alone, so that every
    method, stage and process sees the same ones; those of the months around it, which whole
    columns come with if `observe.window` asks for them, are those months' own cases'.
    """

    def __init__(self, store: States, config: Config, split: Literal["validation", "test"]):
        self.config, self.statistics = config, store.statistics
        self.own = own = settings(config)
        self.states, self.calendar, self.all_names = store.states(split)
        self.serial = store.serial(split)
        wanted = own.evaluate.months if split == "test" else own.evaluate.validation_months
        count = len(self.states)
        self.chosen = np.unique(np.linspace(0, count - 1, min(wanted, count)).astype(int))
        masks = store.masks(split)
        self.ocean = masks if masks.ndim == 4 else np.broadcast_to(masks, self.states.shape)

    @property
    def names(self) -> list[str]:
        """What the cases are called."""
        return [self.all_names[state] for state in self.chosen]

    @property
    def masks(self) -> NDArray[np.bool_]:
        """Where the cases have water, [N, C, H, W]."""
        return np.asarray(self.ocean[self.chosen])

    def every(self, protocols: Collection[str] = ("columns", "cells")) -> Iterator[Case]:
        """Cases of each protocol at all of its densities, those of a density together."""
        evaluate = self.own.evaluate
        for density in evaluate.densities if "columns" in protocols else ():
            yield from self.columns(density)
        if "cells" in protocols:
            yield from self.cells(evaluate.cells_density)

    def columns(self, density: float) -> Iterator[Case]:
        """Whole water columns observed with error."""
        for state in self.chosen:
            problem = self._problem(state, "columns", density)
            around = thinned(list(self._neighbours(state, density)), spare(problem))
            problem = replace(problem, around=tuple(around))
            yield Case(problem, self.states[state], "columns", density, VARIABLE.name)

    def cells(self, density: float) -> Iterator[Case]:
        """The published protocol: cells of each level at random, without error."""
        for state in self.chosen:
            problem = self._problem(state, "cells", density)
            yield Case(problem, self.states[state], "cells", density, VARIABLE.name)

    def _neighbours(self, state: int, density: float) -> Iterator[AnomalyNeighbour]:
        """What was observed in the months around a state, as far as the split has them."""
        window = self.own.data.observe.window
        for lag in (*range(-window, 0), *range(1, window + 1)):
            for other in np.flatnonzero(self.serial == self.serial[state] + lag):
                seen = self._problem(int(other), "columns", density)
                yield AnomalyNeighbour(lag, seen.y, seen.s_y, seen.observed)

    def _problem(self, state: int, protocol: Protocol, density: float) -> AnomalyProblem:
        name, ocean = self.all_names[state], self.ocean[state]
        rng = case_rng(self.config.seed, name, density, protocol)
        draw = random_columns if protocol == "columns" else random_cells
        return make_problem(
            self.states[state],
            draw(ocean, density, rng),
            self.statistics,
            self.own.data.observe,
            rng,
            int(self.calendar[state]),
            name,
            exact=protocol == "cells",
            ocean=ocean,
        )
