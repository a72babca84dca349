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
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import track

from thermocline.errors import BadFile
from thermocline.files import atomic_path
from thermocline.ocean.anomalies import AnomalyMethod
from thermocline.systems.reconstruct.evaluation.score import score_case

from .sst_methods import DENSITIES, Plan, key, prepare
from .sst_report import draw_example, print_tables
from .tasman import Case, Series, open_tasman

SETTINGS = {"day alone": False, "window": True}


def score(
    methods: Sequence[AnomalyMethod], cases: Sequence[Case], series: Series, label: str
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
    tables = [
        pd.read_csv(scored(name, window, series, plan, args.output, console))
        for name, window in SETTINGS.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    with atomic_path(args.output / "sst.csv") as temporary:
        table.to_csv(temporary, index=False)
    print_tables(console, table, block=max(1, round(30 / plan.tested_every)))


def scored(
    name: str, window: bool, series: Series, plan: Plan, output: Path, console: Console
) -> Path:
    """The file of a setting's scores, with a figure beside it; an earlier run's if there is one."""
    folder = output / f"sst-{name.replace(' ', '-')}-{key(plan, series)}"
    path = folder / "scores.csv"
    if path.is_file():
        return path
    console.rule(name)
    methods = prepare(series, plan, window, folder, console.print)
    days, tables = series.days(list(plan.test), plan.tested_every), []
    for density in DENSITIES:
        cases = series.cases(days, density, window)
        label = f"{density:.1%} of cells, {len(cases)} days"
        table = score(methods[density], cases, series, label)
        tables.append(table.assign(setting=name, density=density))
    example = cases[len(cases) // 3]
    answer = methods[DENSITIES[-1]][-1].analyse(example.problem, 0, 0)
    console.print(f"figure: {draw_example(folder / 'example.png', series, example, answer)}")
    with atomic_path(path) as temporary:
        pd.concat(tables).to_csv(temporary, index=False, float_format="%.6g")
    return path


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
