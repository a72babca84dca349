"""Learned methods: ours around the regression of the place, ours that knows no place, and presets.

All are the same network trained by the same code for as many steps. Days that follow each other
are alike: thirty years are few states to learn from, so networks are small, crops are turned,
mirrored and negated, and validation years say when to stop and how far to trust.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import Pair
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.config.answers import SuperresSampling
from thermocline.systems.superres.config.model import ShiftConfig, SuperresNetwork
from thermocline.systems.superres.config.training import SuperresTraining

from .methods import Entry, Pairs, StagePaths
from .place import PlaceRegression, tune_place
from .presets import published, regression, resshift
from .series import SURROUNDINGS
from .training import train

FOLDS = 5
CHECKED = 6
"""Every so-many-th validation day stops the training and fits the gate."""


def settings(steps: int = 1200) -> SuperresConfig:
    """The small network of this benchmark, with a last stage that sees single cells.

    That stage, κ and the share for the mean were chosen on days of 2007 to 2009 that neither stop
    the training nor fit the gate.
    """
    return SuperresConfig(
        network=SuperresNetwork(width=24, multipliers=(1, 2), embedding=32, head=8),
        process=ShiftConfig(kappa=8.0),
        training=SuperresTraining(
            steps=steps,
            batch=32,
            crop=5,
            learning_rate=1e-3,
            ema=0.99,
            mean_fraction=0.25,
            validate_every=100,
            checkpoint_every=steps,
        ),
        sampling=SuperresSampling(steps=4, members=8, symmetric=True),
        consistency=True,  # blocks are exact here
    )


def _ours(pairs: Pairs, validation: Pairs) -> StagePaths:
    """Around the place's regression; its errors on training days are those of others like it."""
    place, table = tune_place(pairs, validation)
    means = [row for row in table if "rmse" in row]
    best = min(means, key=lambda row: row["rmse"])
    fit = lambda known: PlaceRegression.fit(known, best["harmonics"], best["ridge"])
    with TemporaryDirectory() as folder:
        model = train(
            settings(),
            pairs,
            validation[::CHECKED],
            Path(folder),
            first_guess=fit(pairs),
            answers=left_out(pairs, fit),
        )
    return replace(model, first_guess=place), table


Fit = Callable[[Pairs], PlaceRegression]


def left_out(pairs: Pairs, fit: Fit) -> list[Analysis]:
    """Each day's answer by a regression that knows neither its year nor those around it."""
    year = np.array([problem.date.astype("datetime64[Y]").astype(int) for problem, _ in pairs])
    fold = (year - year.min()) * FOLDS // (np.ptp(year) + 1)
    others = [
        fit([pair for pair, other in zip(pairs, fold, strict=True) if other != number])
        for number in range(FOLDS)
    ]
    return [
        others[number].analyse(problem) for (problem, _), number in zip(pairs, fold, strict=True)
    ]


def _anywhere(
    preset: Callable[[SuperresConfig], SuperresConfig],
) -> Callable[[Pairs, Pairs], StagePaths]:
    """A method that knows no place, which learns from blocks that lie differently each day."""

    def build(pairs: Pairs, validation: Pairs) -> StagePaths:
        config = preset(settings())
        with TemporaryDirectory() as folder:
            model = train(config, moved(pairs), validation[::CHECKED], Path(folder))
        return model, []

    return build


def moved(pairs: Pairs, seed: int = 0) -> list[Pair]:
    """Days cut anew into blocks, wherever they happen to begin."""
    rng = np.random.default_rng(seed)
    factor = pairs[0][0].factor
    return [cut(pair, *rng.integers(0, factor + 1, 2)) for pair in pairs]


def cut(pair: Pair, row: int, column: int) -> Pair:
    """A day with blocks that begin at a row and column, one block fewer each way."""
    problem, truth = pair
    rows, columns = (
        slice(start, start + size - problem.factor)
        for start, size in zip((row, column), truth.shape, strict=True)
    )
    x, ocean = truth[rows, columns], problem.ocean[rows, columns]
    value = block_mean(x, ocean, problem.factor)
    s_y = np.where(np.isfinite(value), problem.s_y.min(), 1).astype(np.float32)
    grid = LatLonGrid(problem.grid.latitude[rows], problem.grid.longitude[columns])
    changed = {"value": value, "s_y": s_y, "ocean": ocean, "grid": grid}
    return replace(problem, **changed), x


LEARNED: tuple[Entry, ...] = (
    Entry("thermocline", _ours, (SURROUNDINGS,)),
    Entry("thermocline anywhere", _anywhere(lambda config: config), (SURROUNDINGS,)),
    Entry("network regression", _anywhere(regression), (SURROUNDINGS,)),
    Entry("resshift", _anywhere(resshift), (SURROUNDINGS,)),
    Entry("published", _anywhere(published), (SURROUNDINGS,)),
)
"""In the order of the table."""
