"""How far a rebuilt model is the registered one: environment, weights to the bit, scoreboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.registry.comparing.paired_scores import Score, compare_scores
from thermocline.registry.origin.record import EnvironmentRecord
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.text import number

Arrays = Mapping[str, NDArray]
METRICS = ("rmse", "crps")
NAMES = {"registered": "b", "rebuilt": "a", "interval": "b_interval", "paired": "decision"}
NAMES |= {k: k for k in ("method", "protocol", "density", "variable", "metric", "agrees")}
NAMES |= {"difference": "difference", "difference_interval": "interval", "ratio": "ratio"}
"""What `--json` calls the attributes of a row."""


@dataclass(frozen=True)
class Weights:
    """Two sets of named tensors, compared bit by bit.

    Attributes:
        tensors: how many names there are in either.
        differing: the names that are in only one, or whose shape, type or any bit differs.
        largest: the largest absolute difference between values that can be compared.
        where: the tensor it is in.
    """

    tensors: int
    differing: tuple[str, ...] = ()
    largest: float = 0.0
    where: str = ""

    @property
    def same(self) -> bool:
        """Whether all tensors are the same to the bit."""
        return not self.differing

    def __str__(self) -> str:
        if self.same:
            return f"the same to the bit ({self.tensors} tensors, raw and EMA)"
        size = f"; largest difference {self.largest:.3g} in {self.where}" if self.where else ""
        return f"{len(self.differing)} of {self.tensors} tensors differ{size}"


@dataclass(frozen=True)
class Scores:
    """Two scoreboards, row by row."""

    rows: tuple[Score, ...]

    @property
    def same(self) -> bool:
        """Whether every number is the same."""
        return all(row.a == row.b for row in self.rows)

    @property
    def agree(self) -> bool:
        """Whether no row that can be judged is outside its interval, and some row can be."""
        judged = [row.agrees for row in self.rows if row.agrees is not None]
        return bool(judged) and all(judged)

    @property
    def outside(self) -> tuple[Score, ...]:
        """Rows whose rebuilt number is outside the registered interval."""
        return tuple(row for row in self.rows if row.agrees is False)

    @property
    def distinguishable(self) -> tuple[Score, ...]:
        """Rows that a paired bootstrap on the same cases tells apart, however near they are."""
        return tuple(row for row in self.rows if row.decision in ("better", "worse"))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values: the rows."""
        rows = [{name: getattr(row, key) for name, key in NAMES.items()} for row in self.rows]
        return {"rows": rows}


def compare_weights(registered: Arrays, rebuilt: Arrays) -> Weights:
    """Bit by bit: negative zero differs from zero, and the same NaN is the same."""
    names = sorted(registered.keys() | rebuilt.keys())
    differing, largest, where = [], 0.0, ""
    for name in names:
        ours, theirs = registered.get(name), rebuilt.get(name)
        if ours is not None and theirs is not None and ours.shape == theirs.shape:
            if ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes():
                continue
            apart = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
            size = float(np.nanmax(apart, initial=0.0))
            if size > largest:
                largest, where = size, name
        differing.append(name)
    return Weights(len(names), tuple(differing), largest, where)


def compare_boards(registered: Board, rebuilt: Board) -> Scores:
    """Every method's scores on the rebuilt board (A) beside those on the registered one (B).

    A rebuilt number agrees if it lies within the registered number's own bootstrap interval. The
    paired comparison, which sees far smaller differences, is told beside it.

    Raises:
        BadData: if the boards differ in grid, mask, period or valid cells.
    """
    methods = list(dict.fromkeys(row.method for row in registered.rows))
    scores = compare_scores(rebuilt, registered, paired=True, methods=methods, same=True)
    known = {(row.method, *row.group) for row in registered.rows}
    place = lambda score: (score.method, score.protocol, score.density, score.variable)
    return Scores(tuple(s for s in scores if s.metric in METRICS and place(s) in known))


def in_words(score: Score) -> str:
    """A number of the scoreboard, registered and rebuilt, in a line."""
    place = f"{score.method} {score.protocol} {100 * score.density:g} % {score.metric.upper()}"
    numbers = " → ".join(number(value, ".4f") for value in (score.b, score.a))
    near = score.b_interval
    within = f" in {near[0]:.4f}–{near[1]:.4f}" if near else ""
    judged = {True: f"agrees{within}", False: f"not{within}", None: "too few cases to judge"}
    words = "the same" if score.a == score.b else judged[score.agrees]
    if score.a is None and score.b is not None:
        words = "missing from the rebuilt scoreboard"
    if score.decision in ("better", "worse") and score.interval:
        low, high = score.interval
        words += f"; paired {score.decision} by {score.difference:+.4f} ({low:+.4f} to {high:+.4f})"
    return f"{place}: {numbers}, {words}"


def environment_differences(
    recorded: EnvironmentRecord, here: EnvironmentRecord
) -> tuple[str, ...]:
    """What differs from the environment a model was trained in, in words."""
    found = []
    for key, was in recorded.model_dump().items():
        now = getattr(here, key)
        if was and was != now:
            used = "; the rebuild uses as many as recorded" if key == "threads" else ""
            found.append(f"{key}: {was} when trained, {now or 'unknown'} here{used}")
    return tuple(found)
