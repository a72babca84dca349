"""Observations as they should not be: does an answer degrade to the climatology, and say so?

    python -m benchmarks.robustness [--months 8] [--density 0.02] [--scenarios clean doubled …]

Run `make demo` first. Held-out months of the truth are observed as they should be, and then
wrongly: with twice the stated error; with gross errors of up to 10 °C in every fifth column, or
every fifth value; in one basin alone; or not at all. Our model and the ensemble OI answer as they
are, and behind the same checks of the observations (`thermocline.baselines.screening`).
"""

import argparse
from pathlib import Path

import numpy as np
from benchmarks.robustness.report import markdown, show
from benchmarks.robustness.scenarios import SCENARIOS, Wrong
from rich.progress import track

from thermocline.baselines.climatology import Climatology
from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.baselines.screening import screen
from thermocline.config import Config, load_config
from thermocline.observe.patterns import case_rng
from thermocline.ocean.problem import Method
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook
from thermocline.systems.reconstruct.method import Reconstructor
from thermocline.systems.screened import ScreenedMethod
from thermocline.verify.cases import CaseScore, basin_index, score_case
from thermocline.verify.jsonfiles import write_text
from thermocline.verify.scoreboard import Board, Context

CHECKED = "_checked"
"""What is added to the name of a method behind the checks."""
Checks = dict[str, float]


def score(
    name: str, book: CaseBook, store: Store, config: Config, model: Reconstructor, density: float
) -> tuple[Board, Checks]:
    """The scoreboard of a scenario, and what the checks found in it."""
    data = config.data.test
    period = f"{'+'.join(data.members)}/{data.first}-{data.last}"
    context = Context.of(store.grid, store.depth, np.asarray(book.masks.all(axis=0)), period)
    resamples = config.evaluate.bootstrap
    board = Board("reconstruct", context, resamples=resamples, seed=config.seed, notes=[name])
    methods: dict[str, Method] = {"climatology": Climatology()}
    for method in (model.ensemble, model):
        methods[method.name] = method
        methods[method.name + CHECKED] = ScreenedMethod(method, model.ensemble)
    area, basins = np.asarray(store.grid.cell_area()), basin_index(store.grid)
    scores: dict[str, list[CaseScore]] = {method: [] for method in methods}
    found = []
    for index, case in enumerate(track(list(book.columns(density)), name)):
        rng = case_rng(config.seed, case.problem.case, density, name)
        asked = SCENARIOS[name](case, store, config, rng)
        found.append(judge(asked, model.ensemble))
        for method, answering in methods.items():
            seed = config.seed + index
            answer = answering.analyse(asked.problem, config.evaluate.members, seed)
            scores[method].append(
                score_case(answer, asked.problem, case.truth, store.statistics, area, basins=basins)
            )
    for method, of_cases in scores.items():
        board.add(method, "columns", density, of_cases)
    total = {key: sum(checks[key] for checks in found) for key in found[0]}
    return board, total | {"factor": total["factor"] / len(found)}


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
    overrides = {"evaluate.months": given.months, "evaluate.members": given.members}
    config = load_config(overrides=overrides)
    store = Store.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load(given.model)
    book = CaseBook(store, config, "test")
    scored = {}
    for name in given.scenarios:
        scored[name] = score(name, book, store, config, model, given.density)
        scored[name][0].write(given.output / name)
    write_text(given.output / "robustness.md", markdown(scored))
    show(scored)


if __name__ == "__main__":
    main()
