"""Train a `superres` model, ours or a preset's, on pairs: the same road for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from thermocline.ocean.downscaling import Downscaler, Pair
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.train import begin, with_calibration
from thermocline.training.objective import Report


def train(
    config: SuperresConfig,
    pairs: Sequence[Pair],
    held_back: Sequence[Pair],
    checkpoints: Path,
    *,
    seed: int = 0,
    first_guess: Downscaler | None = None,
    answers: Sequence[Analysis] | None = None,
    report: Report = lambda step, metrics: None,
    name: str = "thermocline",
    accelerator: str = "auto",
) -> Superresolver:
    """A model trained on `pairs`, stopped and calibrated by `held_back`.

    Continues from `checkpoints` if they were begun; that folder must belong to this very
    configuration, code and data. For `first_guess` and `answers` see `begin`.
    """
    begun = begin(
        config, pairs, held_back, seed=seed, first_guess=first_guess, answers=answers, name=name
    )
    model = begun.fit(checkpoints, report=report, accelerator=accelerator)
    return with_calibration(model, held_back) if config.gate else model
