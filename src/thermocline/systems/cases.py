"""The cases a system is tuned and scored on: months of a split, observed by twin experiment."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from thermocline.config import Config
from thermocline.observe.patterns import case_rng, make_problem, random_cells, random_columns
from thermocline.ocean.problem import Field, Problem
from thermocline.prepare.store import Store

Protocol = Literal["columns", "cells"]


@dataclass(frozen=True, eq=False)
class Case:
    """One problem with its truth [C, H, W] in normalised anomalies."""

    protocol: Protocol
    density: float
    problem: Problem
    truth: Field


class CaseBook:
    """Evenly spaced months of a split, and the problems made from them.

    The observations of a case depend on (seed, case, density, protocol) alone, so that every
    method, stage and process sees the same ones.
    """

    def __init__(self, store: Store, config: Config, split: Literal["validation", "test"]):
        self.config, self.statistics = config, store.statistics
        states, months, names = store.states(split)
        wanted = config.evaluate.months if split == "test" else config.evaluate.validation_months
        chosen = np.unique(np.linspace(0, len(states) - 1, min(wanted, len(states))).astype(int))
        masks = store.masks(split)
        self.truths = states[chosen]
        self.months = months[chosen]
        self.names = [names[i] for i in chosen]
        self.masks = masks[chosen] if masks.ndim == 4 else np.broadcast_to(masks, self.truths.shape)

    def columns(self, density: float) -> Iterator[Case]:
        """Whole water columns observed with error."""
        for index in range(len(self.names)):
            yield self._case(index, "columns", density)

    def cells(self, density: float) -> Iterator[Case]:
        """The published protocol: cells of each level at random, without error."""
        for index in range(len(self.names)):
            yield self._case(index, "cells", density)

    def _case(self, index: int, protocol: Protocol, density: float) -> Case:
        name, ocean = self.names[index], self.masks[index]
        rng = case_rng(self.config.seed, name, density, protocol)
        draw = random_columns if protocol == "columns" else random_cells
        problem = make_problem(
            self.truths[index],
            draw(ocean, density, rng),
            self.statistics,
            self.config.observe,
            rng,
            int(self.months[index]),
            name,
            exact=protocol == "cells",
            ocean=ocean,
        )
        return Case(protocol, density, problem, self.truths[index])
