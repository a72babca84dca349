"""What trust costs where the prior fits: our model and the ensemble OI, with and without it.

    python -m benchmarks.trust [--months 24] [--densities 0.005 0.02] [--all]

Run `make demo` first. The held-out months are observed as in the scoreboard. The board has RMSE,
CRPS, spread/skill and the flatness of ranks; below it stand our scores over those of each other
method, with paired 95 % intervals over months: of the ensemble OI that the model starts from, by
its members and by its mean and deviation, and of the localised one. With `--all` there are,
besides, both methods believed without the judgement of the observations, and the ensemble OI whose
mean state cannot be another one.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.progress import track

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.trusted import Judge, Trusting
from thermocline.ocean.anomalies import AnomalyMethod, AnomalyProblem
from thermocline.ocean.problem import Analysis
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.board import score_methods
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.console import show
from thermocline.verify.significance.bootstrap import mean, paired, root_mean

OUT = Path("build/benchmarks/trust")


@dataclass(frozen=True)
class Called:
    """A method under another name."""

    method: AnomalyMethod
    name: str

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        return self.method.analyse(problem, members, seed)


@dataclass(frozen=True)
class Drawing:
    """The ensemble OI with members of its Gaussian, for ranks."""

    ensemble: EnsembleOI
    name: str = "ensemble_oi_hybrid"

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        mean, draws = self.ensemble.posterior(problem, range(members), seed, gaussian=True)
        return Analysis(mean, draws.std(axis=0, ddof=1), draws)

    def with_coupling(self, coupling: float) -> "Drawing":
        return Drawing(self.ensemble.with_coupling(coupling), self.name)


def main() -> None:
    """Score, write the board under build/benchmarks/trust, and print it with ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--densities", type=float, nargs="+", default=[0.005, 0.02])
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--all", action="store_true", help="the believed and the plain ones too")
    given = parser.parse_args()
    config = load_config(
        overrides={
            "reconstruct.evaluate.months": given.months,
            "reconstruct.evaluate.densities": given.densities,
            "reconstruct.evaluate.members": given.members,
        }
    )
    store = States.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load("build/models/reconstruct")
    sampling = model.sampling.model_copy(update={"trust": False})
    believed = replace(model, contract=model.contract.model_copy(update={"sampling": sampling}))
    ensemble = model.ensemble
    reference = Trusting(Drawing(ensemble), Judge(ensemble))
    localised = ensemble.with_share(0.0)
    methods: list[AnomalyMethod] = [
        model,
        reference,
        Called(Trusting(ensemble, Judge(ensemble)), "ensemble_oi_hybrid (mean and deviation)"),
        Called(Trusting(localised, Judge(ensemble)), "ensemble_oi (mean and deviation)"),
    ]
    others: list[AnomalyMethod] = [
        Called(believed, "thermocline (believed)"),
        Called(Drawing(ensemble), "ensemble_oi (believed)"),
        Called(Drawing(ensemble.with_mean_state(None)), "ensemble_oi (plain mean state)"),
    ]
    methods += others if given.all else []
    book = EvaluationSet(store, config, "test")
    progress = lambda cases, label: track(cases, label)
    scored = score_methods(book, store, config, methods, progress=progress, protocols=["columns"])
    write_board(scored.board, OUT)
    show(scored.board)
    for density in given.densities:
        cases = [case for case in scored.board.cases if case["density"] == density]
        for row in (row for row in scored.board.rows if row.density == density):
            flat = row.extra.get("flatness", {}).get("p")
            print(f"{density:.1%} {row.method}: bias {row.bias:+.4f} °C, p of flat ranks {flat}")
            if row.method == model.name:
                continue
            for score, statistic in (("rmse", root_mean), ("crps", mean)):
                ours, theirs = (
                    np.array([case[score] for case in cases if case["method"] == method])
                    ** (2 if score == "rmse" else 1)
                    for method in (model.name, row.method)
                )
                found = paired(ours, theirs, np.divide, statistic)
                assert found is not None
                ratio = f"{found.estimate:.4f} [{found.low:.4f}, {found.high:.4f}]"
                print(f"    {model.name} over it, {score}: {ratio}")


if __name__ == "__main__":
    main()
