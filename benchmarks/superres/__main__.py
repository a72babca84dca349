"""Daily sea-surface temperature east of Tasmania, five times finer than its block means.

    THERMOCLINE_REAL_DATA=… python -m benchmarks.superres [--only NAME] [--every N] [--help]

Real days (NOAA OISST at 0.25°) are told as means over 5 × 5 cells, with no error added; 20 × 20
cells are asked for, 2010 and 2011 are scored. Every method knows 1982 to 2009: its settings are
chosen on 2007 to 2009, by what it learned from the years before.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.reality.tasman import open_tasman
from rich.console import Console
from rich.progress import track

from thermocline.errors import BadFile
from thermocline.files import atomic_path
from thermocline.systems.superres.evaluation.scoring import score_downscaled

from .learned import LEARNED
from .methods import METHODS, OURS, REFERENCE, Entry
from .report import Scored, day_by_day, print_summary, summary
from .series import BOX, Series

MONTH = 30


@dataclass(frozen=True)
class Plan:
    """Which years are for what, and how many members are asked for."""

    train: tuple[int, ...] = tuple(range(1982, 2007))
    validation: tuple[int, ...] = (2007, 2008, 2009)
    test: tuple[int, ...] = (2010, 2011)
    every: int = 1
    members: int = 8


def compare(
    series: Series, entries: Sequence[Entry], plan: Plan, console: Console
) -> tuple[Scored, dict[str, list]]:
    """Scores of every test day and the tables of candidates, by method and what it is told."""
    scored: Scored = {}
    tables: dict[str, list] = {}
    days = series.days(plan.test, plan.every)
    truths = series.pairs(days, BOX)
    for told in dict.fromkeys(each for entry in entries for each in entry.told):
        train, validation = (
            series.pairs(series.days(y), told) for y in (plan.train, plan.validation)
        )
        asked = series.pairs(days, told)
        for entry in entries:
            if told not in entry.told:
                continue
            name = f"{entry.name}, {told}"
            method, tables[name] = entry.build(train, validation)
            scored[name] = [
                score_downscaled(
                    series.cut(method.analyse(problem, plan.members, seed=0), told),
                    *truth,
                    rng=np.random.default_rng(0),
                )
                for (problem, _), truth in track(
                    list(zip(asked, truths, strict=True)), name, console=console, transient=True
                )
            ]
    return scored, tables


def main(arguments: Sequence[str] | None = None) -> None:
    """Score, print, and write the scores."""
    args = _parser().parse_args(arguments)
    if "THERMOCLINE_REAL_DATA" not in os.environ:
        raise BadFile("no real data", fix="set THERMOCLINE_REAL_DATA to their folder")
    console = Console(width=170)
    plan = Plan(every=args.every, members=args.members)
    series = Series.of(open_tasman(Path(os.environ["THERMOCLINE_REAL_DATA"])))
    chosen = [entry for entry in (*METHODS, *LEARNED) if not args.only or entry.name in args.only]
    scored, tables = compare(series, chosen, plan, console)
    block = max(1, round(MONTH / plan.every))
    for name, rows in tables.items():
        with atomic_path(args.output / f"candidates/{name}.json".replace(" ", "-")) as temporary:
            temporary.write_text(json.dumps(rows, indent=1))
    for name, table in (("days", day_by_day(scored)), ("summary", summary(scored, block))):
        with atomic_path(args.output / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    references = [name for name in (REFERENCE, OURS) if name in scored] or [next(iter(scored))]
    print_summary(console, scored, references, block)


def _parser() -> argparse.ArgumentParser:
    plan = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.superres",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [entry.name for entry in (*METHODS, *LEARNED)]
    parser.add_argument("--only", action="append", choices=names, help="a method; repeatable")
    parser.add_argument("--every", type=int, default=plan.every, help="days between tests")
    parser.add_argument("--members", type=int, default=plan.members, help="of an ensemble")
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/superres"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
