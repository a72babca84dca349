"""Real Argo floats guiding the model: each float in turn is withheld and forecast from the others.

    python -m benchmarks.reality argo                        departures from Levitus
    python -m benchmarks.reality argo --climatology model    from the simulated ocean's climatology
    python -m benchmarks.reality argo --adapt                from Levitus, adapted to older floats
    python -m benchmarks.reality argo --older                floats on which choices are made

A month's profiles of every other float are what is observed. Every method is told of the same ones
and answers a field, which is compared with the withheld float's profiles. With `--adapt`, floats
deployed before 2010 say how far Levitus is off at each level and how large anomalies are there, and
each method takes the representativeness error it does best with on them; later ones are scored.
Without it the observations of each month say themselves how far each method is trusted.
With `--older` floats deployed before 2010 are scored, in the months before it: what is chosen by
looking at real floats is chosen on these.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from thermocline.baselines.ensemble.trusted import Judge, Trusting
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.config import ErrorConfig
from thermocline.errors import BadFile
from thermocline.files import atomic_path
from thermocline.ocean.anomalies import AnomalyMethod
from thermocline.systems.reconstruct.model.method import Reconstructor

from .argo_report import draw, print_tables
from .floats import DEPLOYED, Floats, Fold, leave_float_out, open_floats
from .score import score
from .setting import Setting

CANDIDATES = (0.2, 0.5, 1.0, 2.0)
"""Representativeness errors to choose from, in standard deviations of the climate."""


@dataclass(frozen=True, eq=False)
class Told:
    """A method, and how it is told of measurements."""

    method: AnomalyMethod
    setting: Setting
    errors: ErrorConfig

    def forecast(self, fold: Fold, members: int, seed: int) -> pd.DataFrame:
        """Scores of the withheld measurements; see `score`."""
        problem = self.setting.problem(fold.rest, fold.month, self.errors, fold.case)
        if not isinstance(self.method, Trusting | Reconstructor):
            analysis = self.method.analyse(problem, members, seed)
            return score(analysis, fold, self.setting, self.errors)
        trust = self.method.judge(problem)
        analysis = self.method.analyse(problem, members, seed, trust)
        return score(analysis, fold, self.setting, self.errors, trust.error_inflation)


def forecast_all(
    methods: Sequence[Told], folds: Sequence[Fold], members: int, label: str
) -> dict[str, pd.DataFrame]:
    """Scores by method of all folds: the same measurements, in the same order."""
    rows: dict[str, list[pd.DataFrame]] = {told.method.name: [] for told in methods}
    for seed, fold in enumerate(track(folds, label)):
        for told in methods:
            rows[told.method.name].append(told.forecast(fold, members, seed))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in rows.items()}


def adapt(
    methods: Sequence[AnomalyMethod],
    plain: Setting,
    errors: ErrorConfig,
    early: Floats,
    every: int,
    window: int = 0,
) -> list[Told]:
    """Each method with what the `early` floats teach: departures, sizes, representativeness."""
    told: dict[float, list[Told]] = {}
    for r in CANDIDATES:
        setting = plain.learned(early, r)
        own = errors.model_copy(update={"representativeness": r})
        told[r] = [Told(method, setting, own) for method in methods]
    folds = list(leave_float_out(early, np.ones(len(early), bool), every, window))
    loss = {
        r: _losses(forecast_all(of_r, folds, 4, f"early floats, representativeness {r:g}"))
        for r, of_r in told.items()
    }
    best = [min(CANDIDATES, key=lambda r: loss[r][method.name]) for method in methods]
    return [told[r][i] for i, r in enumerate(best)]


def _losses(scores: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Mean over levels of the squared error in units of the climatology's, by method."""
    by_level = lambda rows: (rows.error**2).groupby(rows.level).mean()
    unit = by_level(scores["climatology"])
    return {name: float((by_level(rows) / unit).mean()) for name, rows in scores.items()}


def load_methods(
    model: Path, baselines: Path, trust: bool
) -> tuple[Reconstructor, list[AnomalyMethod]]:
    """The model, and all methods: climatology, OI and ensemble OI as tuned, and it.

    Args:
        trust: whether each is trusted as far as the observations find its prior worth.
    """
    ours = Reconstructor.load(model)
    sampling = ours.sampling.model_copy(update={"trust": trust})
    ours = replace(ours, contract=ours.contract.model_copy(update={"sampling": sampling}))
    try:
        tuned = json.loads((baselines / "tuned.json").read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadFile("not tuned yet", where=str(baselines), fix="run `dvc repro`") from problem
    oi, ensemble = OptimalInterpolation(ours.grid, **tuned["oi"]), ours.ensemble
    if not trust:
        return ours, [Climatology(), oi, ensemble, ours]
    by_ensemble = Judge(ensemble)
    judges = [(Climatology(), by_ensemble), (oi, Judge(oi)), (ensemble, by_ensemble)]
    return ours, [*(Trusting(method, judge) for method, judge in judges), ours]


def main(arguments: Sequence[str] | None = None) -> None:
    """Score, print, and write measurements, tables and the figure."""
    args = _parser().parse_args(arguments)
    if "THERMOCLINE_REAL_DATA" not in os.environ:
        raise BadFile("no real data", fix="set THERMOCLINE_REAL_DATA to their folder")
    trust = not (args.no_trust or args.adapt)
    ours, methods = load_methods(args.model, args.baselines, trust)
    floats = open_floats(Path(os.environ["THERMOCLINE_REAL_DATA"]), ours.depth)
    errors = ours.errors
    if args.representativeness is not None:
        errors = errors.model_copy(update={"representativeness": args.representativeness})
    plain = Setting.plain(ours.grid, ours.depth, ours.statistics, args.climatology)
    old = floats.old()
    if args.adapt:
        early = floats[old & (floats.month < DEPLOYED)]
        told = adapt(methods, plain, errors, early, 6 * args.every, args.window)
    else:
        told = [Told(method, plain, errors) for method in methods]
    if args.older:
        floats = floats[old & (floats.month < DEPLOYED)]
    scored = floats.old() == args.older
    folds = list(leave_float_out(floats, scored, args.every, args.window))[: args.limit]
    scores = forecast_all(told, folds, args.members, "withheld floats")

    name = args.climatology + "-adapted" * args.adapt + "-believed" * args.no_trust
    name += f"-window{args.window}" * (args.window != 1) + "-older" * args.older
    table = pd.concat(scores, names=["method", None]).reset_index("method")
    args.output.mkdir(parents=True, exist_ok=True)
    with atomic_path(args.output / f"{name}.csv") as temporary:
        table.to_csv(temporary, index=False, float_format="%.5g")
    console = Console()
    console.print(
        f"{len(folds)} float-months, {folds[0].month} to {folds[-1].month}; representativeness: "
        + ", ".join(f"{t.method.name} {t.errors.representativeness:g}" for t in told)
    )
    print_tables(console, scores, ours.depth, ours.name)
    if not args.older:  # the figure's panels are of the same floats
        console.print(f"figure: {draw(args.output, ours.depth)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reality argo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--climatology", choices=("levitus", "model"), default="levitus")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--adapt", action="store_true", help="learn from floats before 2010")
    which.add_argument("--older", action="store_true", help="score floats before 2010")
    parser.add_argument("--no-trust", action="store_true", help="believe methods as they are")
    parser.add_argument(
        "--representativeness", type=float, help="of the local standard deviation; the model's own"
    )
    parser.add_argument(
        "--window", type=int, default=1, help="months before and after whose profiles count too"
    )
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--every", type=int, default=4, help="score every so-many-th month")
    parser.add_argument("--limit", type=int, help="score the first so many float-months only")
    parser.add_argument("--model", type=Path, default=Path("build/models/reconstruct"))
    parser.add_argument("--baselines", type=Path, default=Path("build/baselines/reconstruct"))
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/argo"))
    return parser
