"""What generated states are like, beside the truth that was withheld and the training states.

Distances of sets of states, never of pairs: a generated state has no truth of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.remembered import Remembered
from thermocline.systems.seaice.data.physics import (
    CONCENTRATION,
    THICKNESS,
    enforced_draws,
    open_water,
)
from thermocline.systems.seaice.data.raw import ICE, LOWER, NAMES, UPPER
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.features import Features
from thermocline.systems.seaice.model.method import IceModel
from thermocline.verify.metrics.frechet import frechet_distance, frechet_limit
from thermocline.verify.metrics.ice_edge import edge_length, extent, marginal_zone_width
from thermocline.verify.metrics.ice_edge_error import ice_probability, probability_rmse
from thermocline.verify.metrics.marginals import joint_distance, marginal_distance
from thermocline.verify.metrics.memorisation import memorisation, nearest_distance
from thermocline.verify.metrics.seasonal import cycle_rmse, ice_volume, seasonal_cycle
from thermocline.verify.metrics.violations import violations

SPEED_EDGES = np.linspace(0, 0.4, 21)
THICKNESS_EDGES = np.linspace(0, 5, 26)
PARTS = (1, 2)
"""Into how many parts sets are divided for the Fréchet distance's limit."""
NEIGHBOURS = 96
"""States whose nearest training state is looked for."""
TRAINING = 1500
"""Training states that they are compared with, evenly taken."""


@dataclass(frozen=True, eq=False)
class Judge:
    """What all sets of states are compared by.

    Attributes:
        features: of a state.
        area: of a cell in km² [H, W].
        ocean: [H, W].
    """

    features: Features
    area: NDArray[np.float64]
    ocean: NDArray[np.bool_]

    @cached_property
    def _known(self) -> Remembered[tuple[NDArray, float | None, float]]:
        return Remembered(self._facts)

    def _facts(self, states: NDArray) -> tuple[NDArray, float | None, float]:
        """Features, width of the marginal ice zone and length of the edge of a set, made once.

        The width is of the states that have an edge; None if none has.
        """
        ice = states[:, CONCENTRATION]
        zone, edge = (of(ice, self.area, self.ocean) for of in (marginal_zone_width, edge_length))
        wide = float(zone[edge > 0].mean()) if (edge > 0).any() else None
        return self.features(states), wide, float(edge.mean())

    def distances(
        self, states: NDArray, months: NDArray, truth: NDArray, truth_months: NDArray
    ) -> dict[str, Any]:
        """How far two sets of states [N, 5, H, W] are apart, as plain values.

        Args:
            months: calendar month of each state [N]; both sets should hold all seasons alike.
        """
        ice, true_ice = states[:, CONCENTRATION], truth[:, CONCENTRATION]
        sets = ((states, months), (truth, truth_months))
        (first, *ones), (second, *others) = (self._known(each) for each, _ in sets)
        enough = min(len(first), len(second)) // max(PARTS) > first.shape[1]
        p, q = (ice_probability(each, self.ocean) for each in (ice, true_ice))
        weight = np.where(self.ocean, self.area, 0.0)
        cycles = {
            name: [seasonal_cycle(value(each), of) for each, of in sets]
            for name, value in (("extent", self._extent), ("volume", self._volume))
        }
        common = bool(set(months.tolist()) & set(truth_months.tolist()))
        zones, edges = zip(ones, others, strict=True)
        return {
            "faed": frechet_distance(first, second),
            "faed_limit": frechet_limit(first, second, PARTS) if enough else None,
            "extent_probability_rmse": probability_rmse(p, q, self.area, self.ocean),
            "wasserstein": {
                v.name: float(marginal_distance(states[:, c], truth[:, c], weight).wasserstein)
                for c, v in enumerate(ICE)
            },
            "thickness_against_speed": joint_distance(
                _pair(states), _pair(truth), weight, (THICKNESS_EDGES, SPEED_EDGES)
            ),
            "marginal_zone_km": list(zones),
            "edge_km": list(edges),
            "cycle_rmse": {
                name: float(cycle_rmse(*pair)) for name, pair in cycles.items() if common
            },
            "states": [len(states), len(truth)],
        }

    def _extent(self, states: NDArray) -> NDArray:
        return np.asarray(extent(states[:, CONCENTRATION], self.area, self.ocean)) / 1e6

    def _volume(self, states: NDArray) -> NDArray:
        return np.asarray(ice_volume(states[:, THICKNESS], self.area, self.ocean)) / 1e3


def judge_generation(
    model: IceModel, store: States, count: int, seed: int
) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """A report of plain values, and the generated states [N, 5, H, W].

    As many states are drawn as there are test states, at most `count`, for the same days. Beside
    their distance from the truth stand those of two halves of the truth from each other, and of
    validation states (which are of the model's own world) from the truth.
    """
    truth, held_back = store.states("test", count), store.states("validation", count)
    days: list[int | None] = [int(day) for day in truth.day]
    free = model.generate_on(days, seed, enforce=False)
    states = enforced_draws(free)
    assert model.features is not None
    judge = Judge(model.features, np.asarray(store.grid.cell_area()) / 1e6, store.ocean)
    compare = lambda a, m, b, n: judge.distances(a, m, b, n)
    halves = halves_of(truth.year)
    report = {
        "generated": compare(states, truth.month, truth.values, truth.month),
        "generated_without_enforcement": compare(free, truth.month, truth.values, truth.month),
        "generated_against_validation": compare(
            states, truth.month, held_back.values, held_back.month
        ),
        "validation_states": compare(held_back.values, held_back.month, truth.values, truth.month),
        "halves_of_the_truth": compare(
            truth.values[halves],
            truth.month[halves],
            truth.values[~halves],
            truth.month[~halves],
        ),
        "violations": {
            "enforced": violations_of(states, store.ocean),
            "not_enforced": violations_of(free, store.ocean),
        },
        "memorisation": _memorised(model, store, states, held_back.values, seed),
    }
    return report, states


def halves_of(year: NDArray) -> NDArray[np.bool_]:
    """One half of states of these years [N]: every second year, or every second state of one year.

    Days between those of the other half would know them.
    """
    known = np.unique(year)
    if known.size == 1:
        return np.arange(len(year)) % 2 == 0
    place = np.searchsorted(known, year)
    return np.asarray(place % 2 == known[0] % 2)  # of years in a row, the even ones


def violations_of(states: NDArray, ocean: NDArray[np.bool_]) -> Mapping[str, float]:
    """Shares of sea cells outside bounds, and with thickness, damage or drift where no ice is."""
    found = violations(states, LOWER[:, 0], UPPER[:, 0], open_water(states), ocean)
    cells = found.cells
    outside = np.asarray(found.below) + np.asarray(found.above)
    nonzero = np.asarray(found.nonzero)
    return {
        "total": int(found.total),
        "cells": int(cells),
        **{f"outside {n}": float(outside[c] / cells) for c, n in enumerate(NAMES)},
        **{f"without ice {n}": float(nonzero[c] / cells) for c, n in enumerate(NAMES)},
    }


def _memorised(
    model: IceModel, store: States, states: NDArray, held_back: NDArray, seed: int
) -> dict[str, float]:
    training = store.states("train", TRAINING).values
    scale = model.scaling.deviation.cpu().numpy()
    near, others = (
        nearest_distance(_some(each, NEIGHBOURS), training, scale, store.ocean)
        for each in (states, held_back)
    )
    found = memorisation(near, others, seed=seed)
    return {
        name: float(getattr(found, name))
        for name in ("ratio", "share", "threshold", "ratio_p", "share_p")
    }


def _pair(states: NDArray) -> tuple[NDArray, NDArray]:
    speed = np.hypot(states[:, NAMES.index("siu")], states[:, NAMES.index("siv")])
    return states[:, THICKNESS], speed


def _some(states: NDArray, most: int) -> NDArray:
    return states[np.unique(np.linspace(0, len(states) - 1, most).astype(int))]
