"""Days and their analyses by covariances that do not know them: what a network learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.observe.patterns import random_cells
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.systems.reconstruct.model.pairs import Pairs

from .tasman import LAGS, Series

Tuned = dict[float, EnsembleOI]
"""The ensemble OI tuned for each density."""

LEAST, MOST = 0.01, 0.12
"""The smallest and the largest share of cells observed in training."""
BLOCK = 3
"""Years that are analysed with one library, which knows neither them nor their neighbours."""


def make_pairs(
    series: Series,
    tuned: Tuned,
    window: bool,
    years: Sequence[int],
    layouts: int,
    states: int,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> tuple[Pairs, NDArray[np.float32]]:
    """Pairs of days of some training years, and the analyses' standard deviation by layout.

    The states of a layout are of the same calendar month: one factorisation serves them all.
    """
    std = np.ones((layouts, *series.ocean.shape), np.float32)
    pairs = Pairs(
        observed=np.zeros((layouts, *series.ocean.shape), bool),
        share=np.zeros(layouts),
        columns=np.zeros(layouts, bool),
        around=np.zeros((layouts, 0, *series.ocean.shape), bool),
        layout=np.repeat(np.arange(layouts), states),
        state=np.zeros(layouts * states, np.int64),
        beside=np.zeros((layouts * states, 0), np.int64),
        analysis=np.zeros((layouts * states, *series.ocean.shape), np.float16),
        seed=int(years[0]),
    )
    blocks = np.array_split(np.array(years), -(-len(years) // BLOCK))
    order = [number for part in range(len(blocks)) for number in range(part, layouts, len(blocks))]
    last = -1
    within = np.arange(len(series.year)) < np.count_nonzero(series.year <= series.last) - max(LAGS)
    within[: max(LAGS)] = False
    for number in progress(order):
        if number % len(blocks) != last:
            last = number % len(blocks)
            library = series.library(blocks[last].tolist())
        rng = np.random.default_rng([pairs.seed, number])
        share = LEAST * (MOST / LEAST) ** rng.random()
        pairs.share[number] = share
        masks = {lag: random_cells(series.ocean, share, rng) for lag in (0, *LAGS)}
        pairs.observed[number] = masks.pop(0)
        days = series.days(blocks[last].tolist())
        days = days[(series.month[days] == rng.integers(1, 13)) & within[days]]
        mine = slice(number * states, (number + 1) * states)
        pairs.state[mine] = rng.choice(days, states, replace=days.size < states)
        problems = [
            pairs.problem(p, series.anomaly, series.month, series.ocean, series.s_y)
            for p in range(mine.start, mine.stop)
        ]
        if window:
            problems = [
                with_window(problem, series, int(state), masks, rng)
                for problem, state in zip(problems, pairs.state[mine], strict=True)
            ]
        method = tuned[nearest(tuned, share)].with_library(library)
        pairs.analysis[mine] = method.means(problems)
        found = method.analyse(problems[0]).std
        assert found is not None
        std[number] = found
    return pairs, std


def with_window(
    problem: AnomalyProblem,
    series: Series,
    state: int,
    masks: dict[int, NDArray[np.bool_]],
    rng: np.random.Generator,
) -> AnomalyProblem:
    """The problem of a day with observations of the days around it, at the cells of `masks`."""
    around = []
    for lag, observed in masks.items():
        noise = series.s_y * rng.standard_normal(observed.shape, np.float32)
        y = np.where(observed, series.anomaly[state + lag] + noise, 0).astype(np.float32)
        s_y = np.where(observed, series.s_y, np.float32(1))
        around.append(AnomalyNeighbour(lag, y, s_y, observed))
    return replace(problem, around=tuple(around))


def nearest(tuned: Tuned, share: float) -> float:
    """The density that is nearest to a share, in orders of magnitude."""
    return min(tuned, key=lambda density: abs(np.log(density / share)))
