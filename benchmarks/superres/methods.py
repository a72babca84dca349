"""The methods that are compared, what each is told, and what each is made of.

A method is one entry of `METHODS`: a function of training and validation pairs, every day of
their years, that returns a `Downscaler` and a table of the candidates it was chosen from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from thermocline.baselines.downscaling.tuning import (
    Table,
    tune_downscaling_oi,
    tune_regression,
)
from thermocline.baselines.downscaling.upsampling import Upsampling
from thermocline.ocean.downscaling import Downscaler, Pair

from .place import tune_place
from .references import SeasonalSpline, Spline
from .series import BOX, SURROUNDINGS

Pairs = Sequence[Pair]
StagePaths = tuple[Downscaler, Table]
THIN = 5
"""Methods that are the same everywhere learn from every fifth day: neighbours are alike."""


@dataclass(frozen=True)
class Entry:
    """A method of the benchmark.

    Attributes:
        name: in tables, together with what it is told.
        build: from training and validation pairs.
        told: `BOX`, `SURROUNDINGS` or both, one after the other.
    """

    name: str
    build: Callable[[Pairs, Pairs], StagePaths]
    told: tuple[str, ...] = (BOX, SURROUNDINGS)


def _spline(train: Pairs, validation: Pairs) -> StagePaths:
    return Spline(), []


def _seasonal_spline(train: Pairs, validation: Pairs) -> StagePaths:
    place, table = tune_place(train, validation)
    return SeasonalSpline(place), table


def _bicubic(train: Pairs, validation: Pairs) -> StagePaths:
    return Upsampling("bicubic"), []


def _lanczos(train: Pairs, validation: Pairs) -> StagePaths:
    return Upsampling("lanczos"), []


def _oi(train: Pairs, validation: Pairs) -> StagePaths:
    return tune_downscaling_oi(train[::THIN], validation[::THIN])


def _regression(train: Pairs, validation: Pairs) -> StagePaths:
    return tune_regression(train[::THIN], validation[::THIN])


METHODS: tuple[Entry, ...] = (
    Entry("cubic spline", _spline, (BOX,)),
    Entry("bicubic", _bicubic),
    Entry("lanczos", _lanczos),
    Entry("oi", _oi),
    Entry("regression", _regression),
    Entry("climatology + cubic spline", _seasonal_spline, (BOX,)),
    Entry("place regression", tune_place),
)
"""In the order of the table. A learned method is one more entry."""
REFERENCE = f"place regression, {SURROUNDINGS}"
"""The best linear answer."""
OURS = f"thermocline, {SURROUNDINGS}"
"""Both are what the other methods are compared with."""
