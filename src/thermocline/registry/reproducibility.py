"""How far a rebuilt model is the registered one: environment, weights to the bit, scoreboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from thermocline.registry.lineage.record import EnvironmentRecord
from thermocline.verify.rows import Pair, Row
from thermocline.verify.scoreboard import Board, compare
from thermocline.verify.text import number

Arrays = Mapping[str, NDArray]
METRICS = ("rmse", "crps")


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
class RowAgreement:
    """A number of the scoreboard, registered and rebuilt.

    Attributes:
        interval: the registered number's bootstrap interval; None if the cases are too few.
        agrees: whether the rebuilt number is the same or within that interval; None if the row
            cannot be judged: too few cases, or missing from one board.
        paired: rebuilt against registered on the same cases; None if it cannot be computed.
        ratio: rebuilt / registered on the same cases, with its interval.
    """

    method: str
    protocol: str
    density: float
    metric: str
    registered: float | None
    rebuilt: float | None
    interval: Pair
    agrees: bool | None
    paired: Literal["better", "worse", "undecided"] | None = None
    ratio: tuple[float, float, float] | None = None

    @property
    def same(self) -> bool:
        """Whether the two are the same number."""
        return self.registered == self.rebuilt

    def __str__(self) -> str:
        place = f"{self.method} {self.protocol} {100 * self.density:g} % {self.metric.upper()}"
        numbers = " → ".join(number(v, ".4f") for v in (self.registered, self.rebuilt))
        within = f" in {self.interval[0]:.4f}–{self.interval[1]:.4f}" if self.interval else ""
        judged = {True: f"agrees{within}", False: f"not{within}", None: "too few cases to judge"}
        words = "the same" if self.same else judged[self.agrees]
        if self.rebuilt is None and self.registered is not None:
            words = "missing from the rebuilt scoreboard"
        if self.paired in ("better", "worse") and self.ratio:
            ratio, low, high = self.ratio
            words += f"; paired {self.paired}: ratio {ratio:.4f} ({low:.4f}–{high:.4f})"
        return f"{place}: {numbers}, {words}"


@dataclass(frozen=True)
class Scores:
    """Two scoreboards, row by row."""

    rows: tuple[RowAgreement, ...]

    @property
    def same(self) -> bool:
        """Whether every number is the same."""
        return all(row.same for row in self.rows)

    @property
    def agree(self) -> bool:
        """Whether no row that can be judged is outside its interval, and some row can be."""
        judged = [row.agrees for row in self.rows if row.agrees is not None]
        return bool(judged) and all(judged)

    @property
    def outside(self) -> tuple[RowAgreement, ...]:
        """Rows whose rebuilt number is outside the registered interval."""
        return tuple(row for row in self.rows if row.agrees is False)

    @property
    def distinguishable(self) -> tuple[RowAgreement, ...]:
        """Rows that a paired bootstrap on the same cases tells apart, however near they are."""
        return tuple(row for row in self.rows if row.paired in ("better", "worse"))


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
    """Every row of the registered board beside the same row of the rebuilt one.

    A rebuilt number agrees if it lies within the registered number's own bootstrap interval. The
    paired comparison, which sees far smaller differences, is told beside it.

    Raises:
        BadData: if the boards differ in grid, mask, period or valid cells.
    """
    paired = {(ratio.reference, ratio.group): ratio for ratio in compare(registered, rebuilt)}
    theirs = {(row.method, row.group): row for row in rebuilt.rows}
    found = [
        _agreement(row, theirs.get(key), metric, getattr(paired.get(key), metric, None))
        for row in registered.rows
        for key in [(row.method, row.group)]
        for metric in METRICS
    ]
    return Scores(tuple(found))


def _agreement(row: Row, other: Row | None, metric: str, verdict: Any) -> RowAgreement:
    """One number; `verdict` is of the two rows on the same cases, None if there is none."""
    value, again = getattr(row, metric), getattr(other, metric, None)
    interval = getattr(row, f"{metric}_ci")
    agrees: bool | None
    if other is None or value == again:
        agrees = other is not None
    elif interval is None or again is None:
        agrees = None
    else:
        agrees = bool(interval[0] <= again <= interval[1])
    ratio = verdict and verdict.ratio
    return RowAgreement(
        method=row.method,
        protocol=row.protocol,
        density=row.density,
        metric=metric,
        registered=value,
        rebuilt=again,
        interval=interval,
        agrees=agrees,
        paired=verdict and verdict.decision,
        ratio=ratio and (ratio.estimate, ratio.low, ratio.high),
    )


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
