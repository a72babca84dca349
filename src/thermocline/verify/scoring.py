"""Every method on the same cases, by the same code: the scoreboard of a system."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Protocol

import numpy as np

from thermocline.concurrency import side_by_side
from thermocline.errors import BadData
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.verify.rows import Group
from thermocline.verify.scoreboard import Board
from thermocline.verify.scores import Score

Progress = Callable[[Sequence[Any], str], Iterable[Any]]


class Answering(Protocol):
    """A method with a name."""

    @property
    def name(self) -> str: ...
    def analyse(self, problem: Any, members: int, seed: int) -> Analysis:
        """What it answers."""
        ...


ScoreOf = Callable[[Analysis, Any, np.random.Generator], Score]
"""Scores an answer to a case; the generator draws ties of ranks."""


@dataclass(frozen=True)
class Scored:
    """A board, and what figures need besides: some cases, each with the first method's answer."""

    board: Board
    examples: list[tuple[Any, Analysis]] = field(default_factory=list)


def score_methods(
    board: Board,
    cases: Iterable[Case],
    methods: Sequence[Answering],
    score: ScoreOf,
    *,
    members: int,
    progress: Progress = lambda cases, label: cases,
    example: Callable[[Any, int], bool] = lambda case, index: False,
    note: str = "",
) -> Scored:
    """Score `methods` on every case, and add their rows to the board.

    Cases are asked side by side, each on one thread. A case's noise comes from the board's seed
    and the case's place in its group: one draw for all would make one lucky member count often.

    Args:
        cases: those of a group (protocol, density, variable) one after the other.
        methods: the first is the system's own.
        members: ensemble size.
        example: of a case and its place in its group: whether it is kept for figures.
        note: of the rows.

    Raises:
        BadData: if the cases of a group are not together.
    """
    scored = Scored(board)
    done: set[Group] = set()
    for group, found in groupby(cases, lambda case: (case.protocol, case.density, case.variable)):
        if group in done:
            raise BadData(f"cases of {group} are not together", where="scoring")
        done.add(group)
        asked = list(found)
        answers: dict[int, Analysis] = {}

        def ask(answers: dict[int, Analysis], numbered: tuple[int, Case]) -> list[Score]:
            index, case = numbered
            scores = []
            for method in methods:
                analysis = method.analyse(case.problem, members, board.seed + index)
                if method is methods[0] and example(case, index):
                    answers[index] = analysis
                scores.append(score(analysis, case, np.random.default_rng([board.seed, index])))
            return scores

        results = side_by_side(partial(ask, answers), enumerate(asked))
        label = board.presentation.asked(*group[:2])
        shown = progress(asked, label)
        by_case = [result for _, result in zip(shown, results, strict=True)]
        for method, of_cases in zip(methods, zip(*by_case, strict=True), strict=True):
            board.add(method.name, *group[:2], of_cases, variable=group[2], note=note)
        scored.examples.extend((asked[i], answers[i]) for i in sorted(answers))
    return scored
