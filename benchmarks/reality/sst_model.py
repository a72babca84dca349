"""The denoiser that starts from an analysis, for one level of a small sea.

The parts are those of `reconstruct`: pairs of a state and its analysis by a covariance that does
not know it, an objective, a gate. Only where the states come from differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import (
    MaskingConfig,
    NetworkConfig,
    ProcessConfig,
    SamplingConfig,
    TrainingConfig,
)
from thermocline.observe.patterns import random_cells
from thermocline.ocean.problem import Neighbour, Problem
from thermocline.systems.contract import Contract, Gate
from thermocline.systems.prior import Prior, build_network, load_prior
from thermocline.systems.reconstruct.gate import fit_gate
from thermocline.systems.reconstruct.method import Reconstructor
from thermocline.systems.reconstruct.objective import StartingFromAnalysis
from thermocline.systems.reconstruct.pairs import Pairs
from thermocline.systems.reconstruct.train import named_weights
from thermocline.systems.training import fit

from .tasman import ERROR, LAGS, Case, Series

Tuned = dict[float, EnsembleOI]
"""The ensemble OI tuned for each density."""

NETWORK = NetworkConfig(width=32, multipliers=(1, 2, 2), blocks=1, patch=2)
MASKING = MaskingConfig(ratio=0.88, pattern="cells", analysis=True)
LEAST, MOST = 0.01, 0.12
"""The smallest and the largest share of cells observed in training."""
BLOCK = 3
"""Years that are analysed with one library, which knows neither them nor their neighbours."""


@dataclass(frozen=True)
class Budget:
    """How much is spent on training and on an answer."""

    layouts: int = 320
    states: int = 12
    steps: int = 800
    batch: int = 16
    learning_rate: float = 2e-3
    members: int = 8
    sigma_start: float = 0.3

    def training(self) -> TrainingConfig:
        return TrainingConfig(
            steps=self.steps,
            batch=self.batch,
            learning_rate=self.learning_rate,
            warmup=min(50, self.steps),
            ema=0.99,
            precision="bf16-mixed",
            checkpoint_every=100,
            validate_every=100,
        )

    def sampling(self) -> SamplingConfig:
        return SamplingConfig(
            guidance="none",
            steps=3,
            sigma_start=self.sigma_start,
            sigma_min=0.05,
            members=self.members,
        )


def make_pairs(
    series: Series,
    tuned: Tuned,
    window: bool,
    years: Sequence[int],
    layouts: int,
    states: int,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Pairs:
    """Pairs of days of some training years; they depend on no other but for the covariances.

    The states of a layout are of the same calendar month: one factorisation serves them all.
    """
    pairs = Pairs(
        observed=np.zeros((layouts, *series.ocean.shape), bool),
        share=np.zeros(layouts),
        columns=np.zeros(layouts, bool),
        layout=np.repeat(np.arange(layouts), states),
        state=np.zeros(layouts * states, np.int64),
        analysis=np.zeros((layouts * states, *series.ocean.shape), np.float16),
        seed=int(years[0]),
    )
    blocks = np.array_split(np.array(years), -(-len(years) // BLOCK))
    order = [number for part in range(len(blocks)) for number in range(part, layouts, len(blocks))]
    last = -1
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
        days = days[(series.month[days] == rng.integers(1, 13)) & (days >= max(LAGS))]
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
    return pairs


def with_window(
    problem: Problem,
    series: Series,
    state: int,
    masks: dict[int, NDArray[np.bool_]],
    rng: np.random.Generator,
) -> Problem:
    """The problem of a day with observations of the days around it, at the cells of `masks`."""
    around = []
    for lag, observed in masks.items():
        noise = series.s_y * rng.standard_normal(observed.shape, np.float32)
        y = np.where(observed, series.anomaly[state + lag] + noise, 0).astype(np.float32)
        s_y = np.where(observed, series.s_y, np.float32(1))
        around.append(Neighbour(lag, y, s_y, observed))
    return replace(problem, around=tuple(around))


def nearest(tuned: Tuned, share: float) -> float:
    """The density that is nearest to a share, in orders of magnitude."""
    return min(tuned, key=lambda density: abs(np.log(density / share)))


def train(
    series: Series,
    pairs: Pairs,
    checks: Pairs,
    budget: Budget,
    seed: int,
    folder: Path,
    ensemble: EnsembleOI,
) -> Reconstructor:
    """A model whose gate trusts the network fully; continues from `folder` if it was begun."""
    prior = Prior(build_network(NETWORK, MASKING, 1, seed), ProcessConfig(), series.grid, MASKING)
    weight = series.area * series.statistics.std**2 * series.ocean
    objective = StartingFromAnalysis(
        prior,
        series.anomaly,
        series.month,
        pairs,
        (series.anomaly, series.month, checks),
        series.ocean,
        (weight / weight.sum()).astype(np.float32),
        series.s_y,
        budget.batch,
    )
    fitted = fit(prior.network, objective, budget.training(), seed, folder)
    for step, metrics in fitted.history:
        print(f"step {step}: " + ", ".join(f"{k} {v:.4f}" for k, v in metrics.items()))
    contract = Contract(
        system="reconstruct",
        variable="tos",
        units="degree_Celsius",
        latitude=tuple(series.grid.latitude.tolist()),
        longitude=tuple(series.grid.longitude.tolist()),
        depth=(0.0,),
        network=NETWORK,
        process=ProcessConfig(),
        masking=MASKING,
        sampling=budget.sampling(),
        errors=ERROR,
        gate=Gate(density=(1.0,), correction=((1.0,),), spread=((1.0,),)),
        data_digest="",
        statistics_digest=series.statistics.digest(),
        seed=seed,
    )
    prior, raw = load_prior(named_weights(fitted), contract)
    return Reconstructor(contract, prior, ensemble, series.statistics, raw)


def gated(model: Reconstructor, cases: Sequence[Case]) -> Reconstructor:
    """The model with its gate fitted on cases that its ensemble OI does not know."""
    members, drawn = range(model.sampling.members), []
    for seed, (problem, truth) in enumerate(cases):
        drawn.append((1.0, problem, truth, model.draw(problem, members, seed)))
    gate = fit_gate(drawn, np.asarray(model.grid.cell_area()))
    return replace(model, contract=model.contract.model_copy(update={"gate": gate}))
