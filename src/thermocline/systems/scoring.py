"""Every method on the same cases, by the same code: the scoreboard of a system."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.ocean.anomalies import AnomalyMethod
from thermocline.ocean.problem import Analysis
from thermocline.prepare.store import Store
from thermocline.systems.cases import Case, CaseBook, Protocol
from thermocline.systems.reconstruct.evaluation.score import CaseScore, basin_index, score_case
from thermocline.verify.scoreboard import Board, Context

Progress = Callable[[list[Case], str], Iterable[Case]]


@dataclass(frozen=True)
class Scored:
    """A board, and what figures need besides: one answered example.

    Attributes:
        example: the last case at the middle density of columns, and the system's answer.
    """

    board: Board
    example: tuple[Case, Analysis]


def score_methods(
    system: str,
    book: CaseBook,
    store: Store,
    config: Config,
    methods: Sequence[AnomalyMethod],
    dear: Sequence[tuple[AnomalyMethod, int]] = (),
    progress: Progress = lambda cases, label: cases,
    protocols: Sequence[Protocol] = ("columns", "cells"),
) -> Scored:
    """Score `methods` on every case of the book, at every density of the protocols.

    Args:
        methods: the first is the system's own.
        dear: methods too dear for every case, with the number of cases each is scored on, at
            the cells protocol alone, for which they were published.
    """
    data = config.data.test
    period = f"{'+'.join(data.members)}/{data.first}-{data.last}"
    context = Context.of(store.grid, store.depth, np.asarray(book.masks.all(axis=0)), period)
    board = Board(
        system, context, resamples=config.section(system).evaluate.bootstrap, seed=config.seed
    )
    area, basins = np.asarray(store.grid.cell_area()), basin_index(store.grid)
    settings = config.section(system).evaluate
    answers: dict[float, tuple[Case, Analysis]] = {}

    def score(asked: Sequence[AnomalyMethod], numbered: tuple[int, Case]) -> list[CaseScore]:
        # Each case has noise of its own: one draw for all would make one lucky member count often.
        index, case = numbered
        found = []
        for method in asked:
            analysis = method.analyse(case.problem, settings.members, config.seed + index)
            if method is methods[0] and case.protocol == "columns" and index == len(book.names) - 1:
                answers[case.density] = (case, analysis)
            rng = np.random.default_rng([config.seed, index])
            scored = score_case(
                analysis, case.problem, case.truth, store.statistics, area, basins=basins, rng=rng
            )
            found.append(scored)
        return found

    def score_all(
        asked: Sequence[AnomalyMethod], cases: list[Case], label: str
    ) -> Iterable[list[CaseScore]]:
        scores = side_by_side(partial(score, asked), enumerate(cases))
        return [found for _, found in zip(progress(cases, label), scores, strict=True)]

    groups = [("columns", density, book.columns) for density in settings.densities]
    groups.append(("cells", settings.cells_density, book.cells))
    for protocol, density, observe in (group for group in groups if group[0] in protocols):
        cases = list(observe(density))
        scores = score_all(methods, cases, f"{density:.1%} of {protocol}")
        for method, of_cases in zip(methods, zip(*scores, strict=True), strict=True):
            board.add(method.name, protocol, density, list(of_cases))
        for method, count in dear if protocol == "cells" else ():
            few = list(islice(cases, count))
            scores = score_all([method], few, f"{method.name}, {len(few)} of {len(cases)} cases")
            board.add(
                method.name,
                protocol,
                density,
                [of_case for (of_case,) in scores],
                note=f"scored on {len(few)} of {len(cases)} cases" if count < len(cases) else "",
            )
    middle = sorted(answers)[len(answers) // 2]
    return Scored(board, answers[middle])
