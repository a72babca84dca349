"""Every method on the same cases, by the same code: the scoreboard of a system."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Protocol

import numpy as np

from thermocline.concurrency import side_by_side
from thermocline.errors import BadData
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.metrics.scores import Score
from thermocline.verify.significance.resampling import seasonal

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

    Cases that are closer in time than a season are no independent ones: the board's intervals
    draw them together (`resampling.seasonal`).

    Cases are asked side by side, each on one thread; cases of several variables that share a
    problem are asked once. A case's noise comes from the board's seed and the case's place in its
    group: one draw for all would make one lucky member count often.

    Args:
        cases: those of a protocol and density one after the other.
        methods: the first is the system's own.
        members: ensemble size.
        example: of a case and its place in its group (protocol, density, variable): whether it is
            kept for figures.
        note: of the rows.

    Raises:
        BadData: if the cases of a protocol and density are not together.
    """
    scored = Scored(board)
    done: set[tuple[str, float]] = set()
    for group, found in groupby(cases, lambda case: (case.protocol, case.density)):
        if group in done:
            raise BadData(f"cases of {group} are not together", where="scoring")
        done.add(group)
        asked = _by_problem(found)
        board.block = max(board.block, seasonal(_times(asked)))
        answers: dict[int, list[tuple[Case, Analysis]]] = {}

        def ask(
            answers: dict[int, list[tuple[Case, Analysis]]], numbered: tuple[int, list[Case]]
        ) -> list[list[Score]]:
            index, own = numbered
            scores = []
            for method in methods:
                analysis = method.analyse(own[0].problem, members, board.seed + index)
                if method is methods[0]:
                    answers[index] = [(case, analysis) for case in own if example(case, index)]
                rng = lambda: np.random.default_rng([board.seed, index])
                scores.append([score(analysis, case, rng()) for case in own])
            return scores

        results = side_by_side(partial(ask, answers), asked)
        label = board.presentation.asked(*group)
        shown = progress(asked, label)
        by_problem = [result for _, result in zip(shown, results, strict=True)]
        for variable in dict.fromkeys(case.variable for _, own in asked for case in own):
            for number, method in enumerate(methods):
                of_cases = [
                    score_
                    for (_, own), scores in zip(asked, by_problem, strict=True)
                    for case, score_ in zip(own, scores[number], strict=True)
                    if case.variable == variable
                ]
                board.add(method.name, *group, of_cases, variable=variable, note=note)
        scored.examples.extend(pair for index in sorted(answers) for pair in answers[index])
    return scored


def _times(asked: Sequence[tuple[int, list[Case]]]) -> list[np.datetime64]:
    """The dates of the cases, as far as their problems have one."""
    times = (_time(own[0].problem) for _, own in asked)
    return [time for time in times if time is not None]


def _time(problem: Any) -> np.datetime64 | None:
    """A problem's time; of one in anomalies, which has a month alone, by its case's name."""
    found = getattr(problem, "time", getattr(problem, "date", None))
    if found is None:
        with suppress(ValueError):  # a case without a date
            found = np.datetime64(str(getattr(problem, "case", "")).rpartition("/")[2] or "NaT")
    return None if found is None or np.isnat(found) else found


def _by_problem(cases: Iterable[Case]) -> list[tuple[int, list[Case]]]:
    """Cases of each problem, and its place among the cases of a variable."""
    count: Counter[str] = Counter()
    found: dict[tuple[int, int], list[Case]] = {}
    for case in cases:
        place = count[case.variable]
        count[case.variable] += 1
        found.setdefault((place, id(case.problem)), []).append(case)
    return [(place, own) for (place, _), own in found.items()]
