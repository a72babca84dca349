"""Our members against Gaussian draws of the best classical methods, by scores of whole fields.

    python -m benchmarks.draws [reconstruct superres]

Run `make demo` first. `reconstruct`: draws from the exact posterior of the tuned ensemble OI, its
covariance partly localised, trusted as far as the observations of each case find it worth.
`superres`: the tuned regression's answer and its stated standard deviation times Gaussian noise, of
the correlation that its errors had on validation days. As many members as ours, the same cases, the
same scores.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from benchmarks.shape import table_of
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from thermocline.baselines.downscaling.regression import DownscalingRegression
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.trusted import Judge, Trusting
from thermocline.config import Config
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.problem import Analysis
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation import board as of_states
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.superres.baselines.first_guess import REGRESSION
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.evaluation import board as of_days
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.noise_correlation import (
    NoiseCorrelation,
    fit_noise_correlation,
)
from thermocline.training.objective import step_generator
from thermocline.verify.board.scoreboard import Board


@dataclass
class DrawnEnsemble:
    """The ensemble OI with draws from N(x_a, P) as members."""

    ensemble: EnsembleOI
    name: str = "ensemble OI, drawn"

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        """Mean, members, and their standard deviation."""
        mean, drawn = self.ensemble.posterior(problem, range(members), seed, gaussian=True)
        return Analysis(mean, drawn.std(axis=0, ddof=1), drawn)

    def with_coupling(self, coupling: float) -> "DrawnEnsemble":
        """See `EnsembleOI.with_coupling`."""
        return replace(self, ensemble=self.ensemble.with_coupling(coupling))


class DrawnRegression:
    """The regression with members: correlated noise of its standard deviation."""

    name = "regression, drawn"

    def __init__(self, regression: DownscalingRegression, validation: list[Pair]):
        self.regression = regression
        self.correlate = NoiseCorrelation(
            fit_noise_correlation(self._errors(*pair) for pair in validation)
        )

    def analyse(self, problem: LowResolution, members: int, seed: int) -> Analysis:
        """The regression's answer, with members."""
        found = self.regression.analyse(problem)
        assert found.std is not None
        white = torch.randn((members, 1, *problem.ocean.shape), generator=step_generator(seed, 0))
        noise = self.correlate(white).numpy()
        return replace(found, members=(found.mean + found.std * noise).astype(np.float32))

    def _errors(self, problem: LowResolution, truth: NDArray) -> tuple[NDArray, NDArray]:
        """Errors in standard deviations [H, W], and where there is sea."""
        found = self.regression.analyse(problem)
        assert found.std is not None
        sea = problem.ocean
        return np.where(sea, (truth - found.mean[0]) / np.where(sea, found.std[0], 1), 0), sea


def reconstruct(config: Config, progress: Callable[..., Any]) -> Board:
    """Both on the test months of the demo."""
    built = StagePaths("reconstruct", config)
    store, model = States.open(built.store), Reconstructor.load(built.model)
    drawn = Trusting(DrawnEnsemble(model.ensemble), Judge(model.ensemble))
    book = EvaluationSet(store, config, "test")
    return of_states.score_methods(book, store, config, [model, drawn], progress=progress).board


def superres(config: Config, progress: Callable[..., Any]) -> Board:
    """Both on the test days of the demo."""
    built = StagePaths("superres", config)
    store = Pairs.open(built.store)
    regression = DownscalingRegression.load(built.baselines / REGRESSION)
    drawn = DrawnRegression(regression, list(store.pairs("validation")))
    methods = [Superresolver.load(built.model), drawn]
    return of_days.score_methods(methods, store.pairs("test"), config, progress).board


SYSTEMS = {"reconstruct": reconstruct, "superres": superres}


def known(name: str) -> str:
    """A system that this compares; `choices` of argparse refuse an empty list."""
    if name not in SYSTEMS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(SYSTEMS)}")
    return name


def main() -> None:
    """Print a table a system."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("systems", nargs="*", type=known, metavar="SYSTEM", help=" ".join(SYSTEMS))
    config = load_config()
    progress = lambda each, label: track(each, label)
    for name in parser.parse_args().systems or SYSTEMS:
        Console(width=130).print(table_of(SYSTEMS[name](config, progress)), "")


if __name__ == "__main__":
    main()
