"""The model and other methods scored on months that were held out: the board of reconstruct."""

from collections.abc import Sequence
from itertools import chain, islice

import numpy as np

from thermocline.config import Config
from thermocline.ocean.anomalies import AnomalyMethod
from thermocline.ocean.problem import Analysis
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import Case, EvaluationSet, Protocol
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.presentation import presentation
from thermocline.systems.reconstruct.evaluation.score import CaseScore, score_case
from thermocline.verify import scoring
from thermocline.verify.scoreboard import Board, Context
from thermocline.verify.scoring import Progress, Scored, ScoreOf
from thermocline.verify.sums import basin_index


def empty_board(book: EvaluationSet, store: States, config: Config) -> Board:
    """A board for the cases of a book, without rows."""
    data = config.data.test
    period = f"{'+'.join(data.members)}/{data.first}-{data.last}"
    context = Context.of(store.grid, store.depth, np.asarray(book.masks.all(axis=0)), period)
    return Board(
        "reconstruct",
        context,
        resamples=settings(config).evaluate.bootstrap,
        seed=config.seed,
        presentation=presentation(context),
    )


def scorer(store: States) -> ScoreOf:
    """Scores an answer in normalised anomalies, in °C, by level and basin."""
    area, basins = np.asarray(store.grid.cell_area()), basin_index(store.grid)

    def score(analysis: Analysis, case: Case, rng: np.random.Generator) -> CaseScore:
        return score_case(
            analysis, case.problem, case.truth, store.statistics, area, basins=basins, rng=rng
        )

    return score


def score_methods(
    book: EvaluationSet,
    store: States,
    config: Config,
    methods: Sequence[AnomalyMethod],
    *,
    costly: Sequence[tuple[AnomalyMethod, int]] = (),
    progress: Progress = lambda cases, label: cases,
    protocols: Sequence[Protocol] = ("columns", "cells"),
) -> Scored:
    """Score `methods` on every case of the book, at every density of the protocols.

    The example is the last month at the middle density of columns.

    Args:
        methods: the first is the system's own.
        costly: methods too slow for every case, with the number of cases each is scored on, at
            the cells protocol alone, for which they were published.
    """
    evaluate, score = settings(config).evaluate, scorer(store)
    board = empty_board(book, store, config)
    densities = sorted(evaluate.densities)
    middle, last = densities[len(densities) // 2], len(book.names) - 1
    cells = lambda: book.cells(evaluate.cells_density)
    groups = {"columns": [book.columns(density) for density in evaluate.densities]}
    groups["cells"] = [cells()]
    scored = scoring.score_methods(
        board,
        chain.from_iterable(
            chain.from_iterable(groups[name] for name in groups if name in protocols)
        ),
        methods,
        score,
        members=evaluate.members,
        progress=progress,
        example=lambda case, index: (
            (case.protocol, case.density, index) == ("columns", middle, last)
        ),
    )
    for method, count in costly if "cells" in protocols else ():
        few, whole = islice(cells(), count), len(book.names)
        note = f"scored on {count} of {whole} cases" if count < whole else ""
        scoring.score_methods(
            board, few, [method], score, members=evaluate.members, progress=progress, note=note
        )
    return scored
