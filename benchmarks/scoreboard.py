"""The scoreboard in full: more months, and the published preset on every one of them.

    python benchmarks/scoreboard.py [--months 24] [--published 24]

Run `make demo` first. The published preset appears twice: `reconmost` has a prior of its own,
trained as published (linear schedule, noise prediction, temperatures scaled to [−1, 1], no season)
on the same data for as many steps as ours; `reconmost_our_prior` is the published guidance on the
prior of `thermocline`. Both are point estimates of 1000 evaluations. `diffusion_alone` is our prior
guided from pure noise in 32 evaluations, without the ensemble OI to start from.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from thermocline.config import Config, MaskingConfig, ProcessConfig, SamplingConfig, load_config
from thermocline.ocean.problem import Analysis, Problem
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook
from thermocline.systems.classical import classical_methods
from thermocline.systems.guided import guided_members
from thermocline.systems.objective import Denoising
from thermocline.systems.prior import Prior, build_network
from thermocline.systems.reconstruct.method import Reconstructor
from thermocline.systems.reconstruct.published import Published, scale
from thermocline.systems.scoring import score_methods
from thermocline.systems.training import fit

PUBLISHED = ProcessConfig(schedule="linear", parameterisation="epsilon", weighting="plain")
OUT = Path("build/benchmarks/scoreboard")


@dataclass
class DiffusionAlone:
    """Guided members from pure noise; a `Method`."""

    prior: Prior
    sampling: SamplingConfig
    name: str = "diffusion_alone"

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        fields, evaluations = guided_members(
            self.prior, problem, self.sampling, range(members), seed
        )
        mean = fields.mean(axis=0)
        return Analysis(mean, fields.std(axis=0, ddof=1), fields, evaluations)


def published_prior(config: Config, store: Store) -> Prior:
    """A prior trained as published, on the training years, for as many steps as ours."""
    settings = config.reconstruct
    ocean = store.statistics.ocean

    def scaled(split) -> np.ndarray:
        fields = scale(store.celsius(split))
        return np.where(ocean & np.isfinite(fields), fields, 0).astype(np.float32)

    unmasked = MaskingConfig()
    network = build_network(settings.network, unmasked, len(store.depth), config.seed)
    prior = Prior(network, PUBLISHED, store.grid, unmasked)
    states, held_back = scaled("train"), scaled("validation")
    # No season is given, as published: every state claims the same month.
    january = np.ones(len(states), np.int64)
    checks = (held_back, np.ones(len(held_back), np.int64))
    masks, batch = store.masks("train"), settings.training.batch
    objective = Denoising(prior, states, january, masks, checks, batch)
    report = lambda step, metrics: print(step, metrics, flush=True)
    fitted = fit(network, objective, settings.training, config.seed, OUT / "published", report)
    network.load_state_dict(fitted.ema)
    network.eval().requires_grad_(False)
    return prior


def main() -> None:
    """Score, write the board under build/benchmarks/scoreboard, and print it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--months", type=int, default=24)
    arguments.add_argument("--published", type=int, default=24, help="months of the dear methods")
    given = arguments.parse_args()
    config = load_config(overrides={"evaluate.months": given.months})
    store = Store.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load("build/models/reconstruct")
    own = Published(published_prior(config, store), model.statistics, scaling="published")
    ours = Published(model.prior, model.statistics, name="reconmost_our_prior")
    alone = DiffusionAlone(
        model.prior,
        SamplingConfig(guidance="mmps", sampler="euler", steps=8, start="noise", sigma_min=0.05),
    )
    scored = score_methods(
        "reconstruct",
        CaseBook(store, config, "test"),
        store,
        config,
        [model, *classical_methods(Path("build/baselines/reconstruct"), store, model.ensemble)],
        dear=[(method, given.published) for method in (own, ours, alone)],
        progress=lambda cases, label: track(cases, label),
    )
    scored.board.write(OUT / "board")
    scored.board.print()


if __name__ == "__main__":
    main()
