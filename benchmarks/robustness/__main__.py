"""Observations as they should not be: does an answer degrade to the climatology, and say so?

    python -m benchmarks.robustness [--months 8] [--density 0.02] [--scenarios clean doubled …]

Run `make demo` first. Held-out months of the truth, each by itself, are observed as they should be,
and then wrongly: with twice the stated error; with gross errors of up to 10 °C in every fifth
column, or every fifth value; in one basin alone; or not at all. Our model and the ensemble OI
answer as they are, and behind the same checks (`thermocline.baselines.ensemble.quality_control`).
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.robustness.report import markdown, show
from benchmarks.robustness.scenarios import SCENARIOS, Wrong
from benchmarks.robustness.screened import ScreenedMethod
from rich.progress import track

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.quality_control import screen
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.config import Config
from thermocline.files import write_text
from thermocline.observe.patterns import case_rng
from thermocline.ocean.anomalies import AnomalyMethod, AnomalyProblem
from thermocline.ocean.problem import Analysis
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.board import empty_board
from thermocline.systems.reconstruct.evaluation.score import CaseScore, score_case
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.metrics.sums import basin_index

CHECKED = "_checked"
"""What is added to the name of a method behind the checks."""
Checks = dict[str, float]


@dataclass(frozen=True)
class Setting:
    """What all scenarios share; `density` is the share of columns observed."""

    config: Config
    store: States
    model: Reconstructor
    book: EvaluationSet
    density: float

    def board(self, name: str) -> Board:
        """An empty scoreboard."""
        board = empty_board(self.book, self.store, self.config)
        board.notes.append(name)
        return board

    def score(self, name: str) -> tuple[Board, Checks]:
        """The scoreboard of a scenario, and what the checks found in it."""
        config, statistics = self.config, self.store.statistics
        area, basins = np.asarray(self.store.grid.cell_area()), basin_index(self.store.grid)
        scores: dict[str, list[CaseScore]] = {}
        found = []
        for index, case in enumerate(track(list(self.book.columns(self.density)), name)):
            rng = case_rng(config.seed, case.problem.case, self.density, name)
            asked = SCENARIOS[name](case, self.store, config, rng)
            found.append(judge(asked, self.model.ensemble))
            for label, answer in self.answers(asked.problem, found[-1], config.seed + index):
                of_case = score_case(
                    answer, asked.problem, case.truth, statistics, area, basins=basins
                )
                scores.setdefault(label, []).append(of_case)
        board = self.board(name)
        for label, of_cases in scores.items():
            board.add(label, "columns", self.density, of_cases, variable="thetao")
        total = {key: sum(checks[key] for checks in found) for key in found[0]}
        return board, total | {"factor": total["factor"] / len(found)}

    def answers(
        self, problem: AnomalyProblem, checks: Checks, seed: int
    ) -> Iterator[tuple[str, Analysis]]:
        """Every method's answer, and that behind the checks: the same where these found nothing."""
        members, ensemble = self.config.section("reconstruct").evaluate.members, self.model.ensemble
        methods: list[AnomalyMethod] = [Climatology(), ensemble, self.model]
        for method in methods:
            answer = method.analyse(problem, members, seed)
            yield method.name, answer
            if checks["found"] or checks["false"] or checks["factor"] > 1:
                answer = ScreenedMethod(method, ensemble).analyse(problem, members, seed)
            yield method.name + CHECKED, answer


def judge(asked: Wrong, ensemble: EnsembleOI) -> Checks:
    """What the checks found: counts of gross errors and good values, and the error factor."""
    _, screened = screen(asked.problem, ensemble)
    good = asked.problem.observed & ~asked.gross
    return {
        "gross": int(asked.gross.sum()),
        "found": int((asked.gross & screened.rejected).sum()),
        "good": int(good.sum()),
        "false": int((good & screened.rejected).sum()),
        "factor": screened.error_factor,
    }


def main() -> None:
    """Score the scenarios asked for, write a report of all that were, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--months", type=int, default=8)
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--density", type=float, default=0.02, help="share of columns observed")
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--model", type=Path, default=Path("build/models/reconstruct"))
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/robustness"))
    given = parser.parse_args()
    config = load_config(
        overrides={
            "reconstruct.evaluate.months": given.months,
            "reconstruct.evaluate.members": given.members,
            "reconstruct.data.observe.window": 0,
        }
    )
    store = States.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load(given.model)
    setting = Setting(config, store, model, EvaluationSet(store, config, "test"), given.density)
    scored = {}
    for name in given.scenarios:
        scored[name] = setting.score(name)
        write_board(scored[name][0], given.output / name)
    write_text(given.output / "robustness.md", markdown(scored))
    show(scored)


if __name__ == "__main__":
    main()
