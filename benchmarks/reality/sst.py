"""Daily sea-surface temperature east of Tasmania, mapped from few of its cells.

    python -m benchmarks.reality sst

Real days (NOAA OISST) are observed at 2 % and 7.5 % of their cells with an error of 0.3 °C, once
alone and once with six of the days around them; 2010 and 2011 are scored. Climatology, OI, the
ensemble OI and ours all know 1982 to 2009: the network is trained on the years to 2006, and
every method's parameters and its spread factor are chosen on 2007 to 2009, with covariances that
do not know those years. All are told of the same observations.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

import thermocline
from thermocline.baselines.climatology import Climatology
from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import TrainingConfig
from thermocline.errors import BadFile
from thermocline.files import atomic_path, sha256_file
from thermocline.ocean.problem import Method
from thermocline.systems.reconstruct.pairs import Pairs
from thermocline.systems.training import fit
from thermocline.verify.cases import score_case

from .sst_classical import respread, tuned_ensemble, tuned_oi
from .sst_network import LeastCrps, Reshaped, build
from .sst_pairs import Tuned, make_pairs
from .sst_report import draw_example, print_tables
from .tasman import SEED, Case, Series, open_tasman

DENSITIES = (0.02, 0.075)
SETTINGS = {"day alone": False, "window": True}
LAYOUTS = 40
"""Layouts that training is watched by."""


@dataclass(frozen=True)
class Plan:
    """Which years serve for what, and how much is spent.

    Attributes:
        train, validation, test: years.
        tuned_every, chosen_every, tested_every: of how many validation days one is used to tune
            classical methods, one to choose gates and spread factors; and of test days one scored.
        layouts, states: of observations to train on, and days analysed with each.
        steps, batch: of training.
    """

    train: range = range(1982, 2007)
    validation: range = range(2007, 2010)
    test: range = range(2010, 2012)
    tuned_every: int = 90
    chosen_every: int = 30
    tested_every: int = 5
    layouts: int = 320
    states: int = 16
    steps: int = 2000
    batch: int = 32

    @property
    def training(self) -> TrainingConfig:
        return TrainingConfig(
            steps=self.steps,
            batch=self.batch,
            learning_rate=2.5e-3,
            ema=0.99,
            warmup=min(50, self.steps),
            checkpoint_every=100,
            validate_every=200,
        )


def prepare(
    series: Series, plan: Plan, window: bool, folder: Path, say: Callable[[str], None]
) -> dict[float, list[Method]]:
    """All methods for each density: tuned, trained, calibrated; slow parts kept in `folder`."""
    weight = series.area * series.statistics.std[0] ** 2
    validation = list(plan.validation)
    stranger = series.library(validation)
    tuning, choosing = (
        series.days(validation, every) for every in (plan.tuned_every, plan.chosen_every)
    )
    classical: dict[float, list[Method]] = {}
    tuned: Tuned = {}
    for density in track(DENSITIES, "tuning of classical methods"):
        cases = series.cases(tuning, density, window)
        oi = tuned_oi(series, series.cases(tuning, density, False), cases, weight)
        tuned[density] = tuned_ensemble(
            cases, weight, stranger, folder / f"ensemble-oi-{density}.json"
        )
        classical[density] = [Climatology(), oi, tuned[density]]
        say(f"{density:.1%}: OI {oi.lengths_km} km {oi.kernels}, persistence {oi.persistence}")
        say(f"{density:.1%}: ensemble OI {tuned[density].parameters}")
    learned = lambda layouts: track(layouts, "analyses to learn from")
    pairs = _kept(
        folder / "pairs",
        lambda: make_pairs(series, tuned, window, plan.train, plan.layouts, plan.states, learned),
    )
    checks = _kept(
        folder / "checks", lambda: make_pairs(series, tuned, window, validation, LAYOUTS, 6)
    )
    network = build(SEED)
    objective = LeastCrps(series, *pairs, checks, plan.batch)
    fitted = fit(network, objective, plan.training, SEED, folder)
    for step, metrics in fitted.history:
        say(
            f"step {step}: CRPS on validation days {metrics['crps_ratio']:.4f} of the ensemble OI's"
        )
    network.load_state_dict(fitted.ema)
    network.eval().requires_grad_(False)
    methods: dict[float, list[Method]] = {}
    for density in DENSITIES:
        cases = series.cases(choosing, density, window)
        ours = Reshaped(network, tuned[density], series).gated(cases, weight)
        say(f"{density:.1%}: gate {ours.gate:.2f}")
        methods[density] = []
        for method in (*classical[density], ours):
            chosen = respread(method, cases, weight)
            say(f"{density:.1%}: {method.name}, spread factor {chosen.factor:.2f}")
            methods[density].append(replace(chosen, method=informed(method, series)))
    return methods


def informed(method: Method, series: Series) -> Method:
    """The method with the covariance of all training years, those of validation too."""
    if isinstance(method, EnsembleOI):
        return method.with_library(series.library())
    if isinstance(method, Reshaped):
        return replace(method, ensemble=method.ensemble.with_library(series.library()))
    return method


def score(
    methods: Sequence[Method], cases: Sequence[Case], series: Series, label: str
) -> pd.DataFrame:
    """One row a method and day: mse, crps and variance, in °C or its square.

    All methods state a normal distribution, of which the CRPS is taken: what the fair CRPS of
    members would be on average, without the noise of the few.
    """
    rows = []
    for problem, truth in track(cases, label):
        for method in methods:
            answer = method.analyse(problem, 0, 0)
            found = score_case(answer, problem, truth, series.statistics, series.area)
            rows.append(
                {
                    "method": method.name,
                    "day": problem.case,
                    "mse": found.mse,
                    "crps": found.crps,
                    "variance": float(found.mean("variance")),
                    "seconds": found.seconds,
                }
            )
    return pd.DataFrame(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Score, print, and write the scores and the figure."""
    args = _parser().parse_args(arguments)
    if "THERMOCLINE_REAL_DATA" not in os.environ:
        raise BadFile("no real data", fix="set THERMOCLINE_REAL_DATA to their folder")
    console = Console(width=110)
    plan = Plan(tested_every=args.every, layouts=args.layouts, steps=args.steps)
    sst = open_tasman(Path(os.environ["THERMOCLINE_REAL_DATA"]))
    series = Series.of(sst, last=plan.validation[-1])
    days = series.days(list(plan.test), plan.tested_every)
    tables = []
    for name, window in SETTINGS.items():
        console.rule(name)
        folder = args.output / f"sst-{name.replace(' ', '-')}-{_key(plan, series)}"
        methods = prepare(series, plan, window, folder, console.print)
        for density in DENSITIES:
            cases = series.cases(days, density, window)
            label = f"{density:.1%} of cells, {len(cases)} days"
            table = score(methods[density], cases, series, label)
            tables.append(table.assign(setting=name, density=density))
    table = pd.concat(tables, ignore_index=True)
    with atomic_path(args.output / "sst.csv") as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    print_tables(console, table, block=max(1, round(30 / plan.tested_every)))
    example = series.case(int(days[len(days) // 3]), DENSITIES[-1], True)
    answer = methods[DENSITIES[-1]][-1].analyse(example.problem, 0, 0)
    figure = draw_example(args.output / "sst_example.png", series, example, answer)
    console.print(f"figure: {figure}")


def _kept(
    stem: Path, make: Callable[[], tuple[Pairs, NDArray[np.float32]]]
) -> tuple[Pairs, NDArray[np.float32]]:
    """Pairs and standard deviations: those of an earlier run, or new ones."""
    path, beside = stem.with_suffix(".safetensors"), stem.with_suffix(".npy")
    if not path.is_file():
        pairs, std = make()
        with atomic_path(beside) as temporary:
            np.save(temporary, std)
        pairs.save(path)
    return Pairs.load(path), np.load(beside)


def _key(plan: Plan, series: Series) -> str:
    """Digest of all that decides what is kept: of other data, plans or code nothing is used."""
    digest = sha256(f"{plan} {series.statistics.digest()}".encode())
    package = Path(thermocline.__file__).parent
    rooms = [package / room for room in ("baselines", "diffusion", "networks", "systems")]
    for path in (
        *sorted(Path(__file__).parent.glob("*.py")),
        *sorted(path for room in rooms for path in room.rglob("*.py")),
    ):
        digest.update(sha256_file(path).encode())
    return digest.hexdigest()[:12]


def _parser() -> argparse.ArgumentParser:
    plan = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reality sst",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--every", type=int, default=plan.tested_every, help="days between tests")
    parser.add_argument("--layouts", type=int, default=plan.layouts, help="to train on")
    parser.add_argument("--steps", type=int, default=plan.steps, help="of training")
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/reality"))
    return parser
