"""The model and other methods scored on months that were held out: the board of reconstruct."""

from collections.abc import Collection, Sequence

import numpy as np

from thermocline.config import Config
from thermocline.ocean.anomalies import AnomalyMethod
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.systems import boards
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.presentation import presentation
from thermocline.systems.reconstruct.evaluation.score import CaseScore, score_case
from thermocline.verify.board import scoring
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.board.scoring import Progress, Scored, ScoreOf
from thermocline.verify.metrics.sums import basin_index


def empty_board(evaluation_set: EvaluationSet, store: States, config: Config) -> Board:
    """A board for the cases of an evaluation set, without rows."""
    ocean = np.asarray(evaluation_set.masks.all(axis=0))
    context_of = lambda period: Context.of(store.grid, store.depth, ocean, period)
    truth = store.digest_of("test")
    return boards.empty_board("reconstruct", config, context_of, presentation, truth)


def scorer(store: States) -> ScoreOf:
    """Scores an answer in normalised anomalies, in °C, by level and basin."""
    area, basins = np.asarray(store.grid.cell_area()), basin_index(store.grid)

    def score(analysis: Analysis, case: Case, rng: np.random.Generator) -> CaseScore:
        return score_case(
            analysis, case.problem, case.truth, store.statistics, area, basins=basins, rng=rng
        )

    return score


def score_methods(
    evaluation_set: EvaluationSet,
    store: States,
    config: Config,
    methods: Sequence[AnomalyMethod],
    *,
    progress: Progress = lambda cases, label: cases,
    protocols: Collection[str] = ("columns", "cells"),
) -> Scored:
    """Score `methods` on every case of the set, at every density of the protocols.

    The example is the last month at the middle density of columns.

    Args:
        methods: the first is the system's own.
    """
    evaluate = settings(config).evaluate
    densities = sorted(evaluate.densities)
    middle, last = densities[len(densities) // 2], len(evaluation_set.names) - 1
    return scoring.score_methods(
        empty_board(evaluation_set, store, config),
        evaluation_set.every(protocols),
        methods,
        scorer(store),
        members=evaluate.members,
        progress=progress,
        example=lambda case, index: (
            (case.protocol, case.density, index) == ("columns", middle, last)
        ),
    )
