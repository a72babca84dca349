"""Every method is asked the same cases, each with noise of its own, and scored by one driver."""

from dataclasses import replace

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.verify.board.rows import Context
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.scoring import score_methods
from thermocline.verify.metrics.scores import Score


class Noisy:
    def __init__(self, name: str) -> None:
        self.name = name

    def analyse(self, problem: str, members: int, seed: int) -> Analysis:
        rng = np.random.default_rng(seed)
        return Analysis(rng.standard_normal((1, 2, 2)), None, None, members, 0.1)


def score(analysis: Analysis, case: Case, rng: np.random.Generator) -> Score:
    error = float((analysis.mean - case.truth).mean()) + rng.random()
    one = np.ones((1, 1))
    names = ("error", "absolute", "squared", "crps")
    return Score(case.problem, {"weight": one} | {name: error**2 * one for name in names})


def cases(protocol: str = "columns", density: float = 0.1) -> list[Case]:
    return [Case(f"case {k}", np.zeros((1, 2, 2)), protocol, density, "x") for k in range(5)]


def a_board() -> Board:
    return Board("any", Context({}, "", "2008", 4), resamples=50, seed=7)


def test_noise_is_of_the_case_within_its_group() -> None:
    given = [*cases(), *cases(density=0.2)]
    found = score_methods(a_board(), given, [Noisy("thermocline"), Noisy("b")], score, members=3)
    by_hand = []
    for index in range(5):
        mean = np.random.default_rng(7 + index).standard_normal((1, 2, 2)).mean()
        by_hand.append((mean + np.random.default_rng([7, index]).random()) ** 2)
    for method in ("thermocline", "b"):
        for density in (0.1, 0.2):
            records = [
                c for c in found.board.cases if (c["method"], c["density"]) == (method, density)
            ]
            assert [c["mse"] for c in records] == pytest.approx(by_hand, rel=1e-12)


def test_examples_are_the_first_methods_answers() -> None:
    chosen = lambda case, index: index in (1, 3)
    methods = [Noisy("thermocline"), Noisy("b")]
    found = score_methods(a_board(), cases(), methods, score, members=3, example=chosen)
    assert [case.problem for case, _ in found.examples] == ["case 1", "case 3"]
    np.testing.assert_array_equal(found.examples[1][1].mean, methods[0].analyse("", 3, 10).mean)


def test_variables_that_share_a_problem_are_asked_once() -> None:
    """Their scores are those of being asked one after the other, each with the same noise."""
    asked = []

    class Counting(Noisy):
        def analyse(self, problem: str, members: int, seed: int) -> Analysis:
            asked.append((problem, seed))
            return super().analyse(problem, members, seed)

    first = cases()
    both = [*first, *(replace(case, variable="y") for case in first)]
    methods = [Counting("thermocline"), Noisy("b")]
    chosen = lambda case, index: case.variable == "y" and index == 2
    found = score_methods(a_board(), both, methods, score, members=3, example=chosen)
    assert sorted(asked) == [(f"case {k}", 7 + k) for k in range(5)]
    alone = score_methods(a_board(), cases(), methods, score, members=3).board
    for variable in "xy":
        own = [{**c, "variable": ""} for c in found.board.cases if c["variable"] == variable]
        assert own == [{**c, "variable": ""} for c in alone.cases]
    assert [(case.problem, case.variable) for case, _ in found.examples] == [("case 2", "y")]


class Dated(str):
    """A problem of a day."""

    time: np.datetime64


@pytest.mark.parametrize(("step", "block"), [(5, 5), (30, 3), (61, 1), (400, 1)])
def test_days_of_a_season_are_drawn_together(step: int, block: int) -> None:
    """Five cases some days apart: blocks span a season, and one never holds more than all."""
    given = cases()
    for number, case in enumerate(given):
        problem = Dated(case.problem)
        problem.time = np.datetime64("2005-01-01") + step * number
        given[number] = replace(case, problem=problem)
    board = score_methods(a_board(), given, [Noisy("a")], score, members=3).board
    assert board.block == block
    assert all(row.rmse_ci is not None for row in board.rows)


def test_months_and_dates_are_told_by_whatever_says_them() -> None:
    """Problems in anomalies have a month and a case's name, coarse fields a date."""
    named = [replace(case, problem=Named(f"r1/2005-{k + 1:02}")) for k, case in enumerate(cases())]
    board = score_methods(a_board(), named, [Noisy("a")], score, members=3).board
    assert board.block == 3
    dated = [replace(case, problem=Coarse(case.problem, k)) for k, case in enumerate(cases())]
    assert score_methods(a_board(), dated, [Noisy("a")], score, members=3).board.block == 5


class Named(str):
    @property
    def case(self) -> str:
        return str(self)


class Coarse(str):
    date: np.datetime64

    def __new__(cls, text: str, day: int) -> "Coarse":
        made = super().__new__(cls, text)
        made.date = np.datetime64("2005-01-01") + 7 * day
        return made


def test_groups_must_be_together() -> None:
    with pytest.raises(BadData, match="not together"):
        score_methods(
            a_board(),
            [*cases(), *cases("cells"), *cases()],
            [Noisy("b")],
            score,
            members=2,
        )
