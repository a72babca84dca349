"""What the months before and after are worth: every method with them, without, and misled.

    python -m benchmarks.window [--months 12] [--window 1] [--densities 0.005 0.02]

Run `make demo` first. The held-out months are observed as in the scoreboard, and so are the months
on either side of each, which hold another layout each. `(alone)` is the same method without those;
`(shuffled)` is given the neighbours of another month as if they were its own: what it gains then
would not come from what the months have in common. Nothing is trained or tuned anew. An analysis
takes at most 8000 observed cells: 7.5 % of three months' columns are more than that.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import track

from thermocline.ocean.anomalies import AnomalyMethod, AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.problem import Analysis
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.baselines.methods import classical_methods
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.board import score_methods
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.console import show

OUT = Path("build/benchmarks/window")


@dataclass
class Alone:
    """A method that is not told of the months around; an `AnomalyMethod`."""

    method: AnomalyMethod

    @property
    def name(self) -> str:
        return f"{self.method.name} (alone)"

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        return self.method.analyse(replace(problem, around=()), members, seed)


@dataclass
class Misled:
    """A method that is told of the months around another case; an `AnomalyMethod`.

    Attributes:
        around: the other case's, by case and count of observed cells.
    """

    method: AnomalyMethod
    around: dict[tuple[str, int], tuple[AnomalyNeighbour, ...]]

    @property
    def name(self) -> str:
        return f"{self.method.name} (shuffled)"

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        other = self.around[problem.case, int(problem.observed.sum())]
        return self.method.analyse(replace(problem, around=other), members, seed)


def shuffled(book: EvaluationSet, densities: Sequence[float]) -> dict:
    """The neighbours of the case half a book away, for each case."""
    found = {}
    for density in densities:
        problems = [case.problem for case in book.columns(density)]
        for place, problem in enumerate(problems):
            other = problems[(place + len(problems) // 2) % len(problems)]
            found[problem.case, int(problem.observed.sum())] = other.around
    return found


def main() -> None:
    """Score, write the board under build/benchmarks/window, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--window", type=int, default=1, help="months on either side")
    parser.add_argument("--densities", type=float, nargs="+", default=[0.005, 0.02])
    given = parser.parse_args()
    config = load_config(
        overrides={
            "reconstruct.evaluate.months": given.months,
            "reconstruct.evaluate.densities": given.densities,
            "reconstruct.data.observe.window": given.window,
        }
    )
    store = States.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load("build/models/reconstruct")
    book = EvaluationSet(store, config, "test")
    folder = Path("build/baselines/reconstruct")
    classical = classical_methods(folder, store, model.ensemble, given.window)
    ensemble = model.ensemble
    others = shuffled(book, given.densities)
    methods = [
        model,
        Alone(model),
        Misled(model, others),
        ensemble,
        Alone(ensemble),
        *(method for method in classical if method is not ensemble),
    ]
    progress = lambda cases, label: track(cases, label)
    scored = score_methods(book, store, config, methods, progress=progress, protocols=["columns"])
    write_board(scored.board, OUT)
    show(scored.board)


if __name__ == "__main__":
    main()
