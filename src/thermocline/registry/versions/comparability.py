"""Whether two evaluations asked the same questions; else their scores cannot be compared."""

import math
from collections.abc import Mapping
from typing import Any

from thermocline.errors import BadData
from thermocline.systems import get, names
from thermocline.verify.board.scoreboard import Board

DRAWN = {"columns", "cells"}
"""Protocols whose observations are drawn at random, from the evaluation's seed."""
ERRORS = (".observe.", ".data.errors.")
"""Where parameters say with which errors an evaluation observes."""
AS_GOOD_AS_SAME = 1e-4
"""By what share a method's score may differ between machines on the same question."""


def why_not(a: Board, b: Board, left: Mapping[str, str], right: Mapping[str, str]) -> str:
    """Why the scores of two boards cannot be paired; "" if they can.

    Args:
        left, right: the parameters of the two runs, by dotted name.
    """
    try:
        a.context.refuse_unless_same(b.context, "evaluations")
    except BadData as problem:
        return problem.what
    if a.seed != b.seed and any(row.protocol in DRAWN for row in a.rows):
        return (
            f"the evaluations drew their observations with other seeds ({a.seed} against "
            f"{b.seed}): the months are the same, the observations are not"
        )
    return other_errors(a.system, left, right)


def other_errors(system: str, left: Mapping[str, str], right: Mapping[str, str]) -> str:
    """That two evaluations of a system observed with other errors; "" if they did not."""
    others = set(names()) - {system}
    errors = [
        name
        for name, value in left.items()
        if any(part in f".{name}" for part in ERRORS)
        and name.partition(".")[0] not in others
        and right.get(name, value) != value
    ]
    return f"the evaluations observed with other errors ({', '.join(errors)})" if errors else ""


def same_truth(a: Board, b: Board) -> bool:
    """Whether the simplest method scored the same in both, as it does on the same truth."""
    first, second = _simplest(a), _simplest(b)
    return first.keys() == second.keys() and all(
        as_good_as_same(value, second[key]) for key, value in first.items()
    )


def as_good_as_same(one: Any, other: Any) -> bool:
    """Whether two values of a case are the same; numbers, as far as machines agree."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=AS_GOOD_AS_SAME) or (one != one and other != other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(as_good_as_same, one, other))
    return bool(one == other)


def _simplest(board: Board) -> dict[tuple[str, str, float, str], float | None]:
    """Squared errors of the simplest method by case, protocol, density and variable."""
    method = get(board.system).criterion.reference
    return {
        (c["case"], c["protocol"], c["density"], c["variable"]): c["mse"]
        for c in board.cases
        if c["method"] == method
    }
