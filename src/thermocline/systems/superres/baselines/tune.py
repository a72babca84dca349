"""The classical methods tuned on validation days, with every score of every candidate."""

import json
from pathlib import Path
from typing import Any

from thermocline.baselines.downscaling.oi import DownscalingOI
from thermocline.baselines.downscaling.regression import DownscalingRegression
from thermocline.baselines.downscaling.tuning import tune_downscaling_oi, tune_regression
from thermocline.baselines.downscaling.upsampling import Upsampling
from thermocline.config import Config
from thermocline.errors import BadFile
from thermocline.ocean.downscaling import Downscaler
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.baselines.first_guess import REGRESSION
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.pairs import Pairs

OI = "oi.safetensors"
THIN = 3
"""Kriging is dear: of the validation days it is tuned on every third."""


def tune_baselines(config: Config, folder: Path) -> dict[str, dict[str, Any]]:
    """What was tuned, by method; the methods, tuned.json and tuning.json are in `folder`."""
    candidates = settings(config).baselines
    store = Pairs.open(StagePaths("superres", config).store)
    train, validation = store.pairs("train"), store.pairs("validation")
    oi, oi_scores = tune_downscaling_oi(
        train,
        validation[::THIN],
        candidates.oi.kernels,
        candidates.oi.lags,
        candidates.oi.reaches,
        candidates.oi.freedoms,
    )
    regression, regression_scores = tune_regression(
        train,
        validation,
        candidates.regression.reaches,
        candidates.regression.ridges,
        candidates.regression.classes,
    )
    tuned: dict[str, dict[str, Any]] = {
        "oi": {"reach": oi.reach, "freedom": oi.freedom, "spread": oi.spread},
        "regression": {"reach": regression.reach, "classes": len(regression.std)},
    }
    oi.save(folder / OI)
    regression.save(folder / REGRESSION)
    for name, content in (
        ("tuned", tuned),
        ("tuning", {"oi": oi_scores, "regression": regression_scores}),
    ):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    return tuned


def classical_methods(folder: Path) -> list[Downscaler]:
    """Upsampling, OI and regression, as they were tuned in `folder`.

    Raises:
        BadFile: if the stage has not been run.
    """
    if not (folder / "tuned.json").is_file():
        raise BadFile("not tuned yet", where=str(folder), fix="run `dvc repro baselines@superres`")
    return [
        Upsampling("bicubic"),
        Upsampling("lanczos"),
        DownscalingOI.load(folder / OI),
        DownscalingRegression.load(folder / REGRESSION),
    ]
