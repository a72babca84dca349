"""The scoreboard in full: more months, and what is too dear for every run.

    python -m benchmarks.scoreboard [--months 24] [--published 24]

Run `make demo` first. Two priors are trained here, on the same data for as many steps as ours: one
as published (linear schedule, noise prediction, temperatures scaled to [−1, 1], no season), one
on normalised anomalies with our process and season. `reconmost` is the published guidance with the
former, `reconmost_anomalies` with the latter; both are point estimates of 1000 evaluations.
`diffusion_alone` is the latter guided from pure noise in 32 evaluations, without the ensemble OI.
"""

import argparse
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from benchmarks.published import Published, scale
from rich.progress import track

from thermocline.config import Config, MaskingConfig, ProcessConfig, SamplingConfig
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Analysis
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.baselines.methods import classical_methods
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.board import score_methods, scorer
from thermocline.systems.reconstruct.model.denoising import Denoising
from thermocline.systems.reconstruct.model.guided import guided_members
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.reconstruct.model.prior import Prior, build_network
from thermocline.training.fit import fit
from thermocline.verify.board import scoring
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.console import show

PUBLISHED = ProcessConfig(schedule="linear", parameterisation="epsilon", weighting="plain")
OUT = Path("build/benchmarks/scoreboard")


@dataclass
class DiffusionAlone:
    """Guided members from pure noise; an `AnomalyMethod`."""

    prior: Prior
    sampling: SamplingConfig
    name: str = "diffusion_alone"

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        fields, evaluations = guided_members(
            self.prior, problem, self.sampling, range(members), seed
        )
        mean = fields.mean(axis=0)
        return Analysis(mean, fields.std(axis=0, ddof=1), fields, evaluations)


def published_prior(config: Config, store: States) -> Prior:
    """A prior trained as published, on the training years, for as many steps as ours."""
    ocean = store.statistics.ocean

    def scaled(split) -> np.ndarray:
        fields = scale(store.celsius(split))
        return np.where(ocean & np.isfinite(fields), fields, 0).astype(np.float32)

    # No season is given, as published: every state claims the same month.
    january = lambda states: np.ones(len(states), np.int64)
    states, held_back = scaled("train"), scaled("validation")
    parts = states, january(states), (held_back, january(held_back))
    return train(config, store, PUBLISHED, "published", *parts)


def anomaly_prior(config: Config, store: States) -> Prior:
    """An unconditional prior of normalised anomalies, trained for as many steps as ours."""
    states, months, _ = store.states("train")
    parts = states, months, store.states("validation")[:2]
    return train(config, store, ProcessConfig(), "anomalies", *parts)


def train(config, store, process, name, states, months, held_back) -> Prior:
    """A prior that is shown nothing."""
    training = config.section("reconstruct").training
    unmasked = MaskingConfig()
    network = build_network(
        config.section("reconstruct").model.network, unmasked, len(store.depth), config.seed
    )
    prior = Prior(network, process, store.grid, unmasked)
    masks, batch = store.masks("train"), training.batch
    objective = Denoising(prior, states, months, masks, held_back, batch)
    report = lambda step, metrics: print(step, metrics, flush=True)
    fitted = fit(network, objective, training, config.seed, OUT / name, report)
    network.load_state_dict(fitted.ema)
    network.eval().requires_grad_(False)
    return prior


def main() -> None:
    """Score, write the board under build/benchmarks/scoreboard, and print it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--months", type=int, default=24)
    arguments.add_argument("--published", type=int, default=24, help="months of the dear methods")
    given = arguments.parse_args()
    config = load_config(overrides={"reconstruct.evaluate.months": given.months})
    store = States.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load("build/models/reconstruct")
    own = Published(published_prior(config, store), model.statistics, scaling="published")
    anomalies = anomaly_prior(config, store)
    ours = Published(anomalies, model.statistics, name="reconmost_anomalies")
    alone = DiffusionAlone(
        anomalies,
        SamplingConfig(guidance="mmps", sampler="euler", steps=8, start="noise", sigma_min=0.05),
    )
    book = EvaluationSet(store, config, "test")
    scored = score_methods(
        book,
        store,
        config,
        [model, *classical_methods(Path("build/baselines/reconstruct"), store, model.ensemble)],
        progress=lambda cases, label: track(cases, label),
    )
    # Too slow for every case; at the protocol for which they were published.
    evaluate, whole = config.section("reconstruct").evaluate, len(book.names)
    count = min(given.published, whole)
    for method in (own, ours, alone):
        scoring.score_methods(
            scored.board,
            islice(book.cells(evaluate.cells_density), count),
            [method],
            scorer(store),
            members=evaluate.members,
            progress=lambda cases, label: track(cases, label),
            note=f"scored on {count} of {whole} cases" if count < whole else "",
        )
    write_board(scored.board, OUT / "board")
    show(scored.board)


if __name__ == "__main__":
    main()
