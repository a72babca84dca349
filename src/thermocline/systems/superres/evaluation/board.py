"""Every method on the same days, by the same code: the scoreboard of super-resolution."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from thermocline.config import Config
from thermocline.ocean.downscaling import Downscaler, Pair
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.evaluation.breakdown import context_of
from thermocline.systems.superres.evaluation.scoring import score_downscaled
from thermocline.verify.scoreboard import Board
from thermocline.verify.sums import basin_index

Progress = Callable[[Sequence[Any], str], Iterable[Any]]


@dataclass(frozen=True)
class Scored:
    """A board, and what figures need besides: the first method's answers to some days.

    Attributes:
        examples: a day of each region, and the answer.
    """

    board: Board
    examples: tuple[tuple[Pair, Analysis], ...]


def score_methods(
    methods: Sequence[Downscaler],
    pairs: Sequence[Pair],
    config: Config,
    progress: Progress = lambda each, label: each,
) -> Scored:
    """Score `methods` on every day.

    Args:
        methods: the first is the system's own.
    """
    problems = [problem for problem, _ in pairs]
    years = config.data.test
    context = context_of(problems, f"{'+'.join(years.members)}/{years.first}-{years.last}")
    board = Board(
        "superres", context, resamples=settings(config).evaluate.bootstrap, seed=config.seed
    )
    basins = {problem.region: basin_index(problem.grid) for problem in problems}
    examples: dict[str, tuple[Pair, Analysis]] = {}
    for method in methods:
        scores = []
        for index, (problem, truth) in enumerate(progress(pairs, method.name)):
            # Each day has noise of its own: one draw for all would make one lucky member count.
            analysis = method.analyse(
                problem, settings(config).evaluate.members, config.seed + index
            )
            rng = np.random.default_rng([config.seed, index])
            scores.append(
                score_downscaled(analysis, problem, truth, basins=basins[problem.region], rng=rng)
            )
            if method is methods[0]:
                examples.setdefault(problem.region, ((problem, truth), analysis))
        board.add(method.name, "blocks", 1 / problems[0].factor ** 2, scores, variable="tos")
    return Scored(board, tuple(examples.values()))
