"""Which pairs of settings are tried, and one trial of them: trained for a while, then scored."""

import json
import os
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline import systems
from thermocline.config import Config
from thermocline.files import atomic_path
from thermocline.systems.config import load_config
from thermocline.systems.learning import CRPS, TrialEvaluator
from thermocline.tuning.overrides import override, value_of
from thermocline.tuning.trial import Attempt, Trainer, forget, shortened

OUT = Path("build/benchmarks/sweeps")


@dataclass(frozen=True)
class Grid:
    """Every pair of values of two settings of a system, several seeds each.

    Attributes:
        rows: a setting of params.yaml, dotted, within the system; and its values.
        columns: another.
        steps: of the denoiser's training.
    """

    rows: tuple[str, tuple[Any, ...]]
    columns: tuple[str, tuple[Any, ...]]
    steps: int


SCHEDULE, RATIO = "model.process.schedule", "model.masking.ratio"
GRIDS = {
    "reconstruct": Grid((SCHEDULE, ("edm", "cosine", "flow")), (RATIO, (0.9, 0.95, 0.975)), 100),
    "superres": Grid(
        ("model.process.kappa", (0.9, 2.7, 8.0)), ("training.mean_fraction", (0.25, 0.5, 0.75)), 250
    ),
    "seaice": Grid(
        (SCHEDULE, ("adaptive", "uniform", "lognormal")),
        ("model.analysis.ratio", (0.5, 0.7, 0.9)),
        250,
    ),
    "densify": Grid(
        (SCHEDULE, ("edm", "cosine", "sigmoid")), ("model.shown.ratio", (0.95, 0.975, 0.99)), 130
    ),
}
"""Noise schedule and masking ratio, or what a system has in their place: superres hides nothing
from its network, but shows it no noisy field in a share of each batch."""


class Trial(NamedTuple):
    """One of a grid: the values of both settings, and the seed of all that is drawn."""

    system: str
    row: Any
    column: Any
    seed: int

    @property
    def file(self) -> Path:
        """Where its score is kept."""
        return OUT / self.system / f"{self.row}_{self.column}_{self.seed}.json"


def trials(system: str, seeds: int) -> list[Trial]:
    """All of a grid, a seed at a time."""
    grid = GRIDS[system]
    pairs = product(range(seeds), grid.rows[1], grid.columns[1])
    return [Trial(system, row, column, seed) for seed, row, column in pairs]


def run(trial: Trial) -> float:
    """The trial's CRPS on validation cases; as kept, if it was run before with these settings."""
    grid = GRIDS[trial.system]
    config = settings(load_config(), trial)
    asked = {"steps": grid.steps, "config": config.model_dump(mode="json")}
    if trial.file.exists():
        kept = json.loads(trial.file.read_text())
        if kept["asked"] == asked:
            return float(kept[CRPS])
    folder = OUT / "checkpoints" / f"{os.getpid()}"
    forget(folder)
    attempt = Attempt(config, folder, frozenset(), lambda step, crps: False)
    scores = Trainer(trial.system, examiner(trial.system))(attempt)
    forget(folder)
    trial.file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(trial.file) as temporary:
        temporary.write_text(json.dumps({"asked": asked, **scores}, indent=1))
    return float(scores[CRPS])


@cache
def examiner(system: str) -> TrialEvaluator:
    """What scores trials. Cases, and the noise of answers, are those of params.yaml's seed."""
    return systems.get(system).trials(load_config())


def settings(config: Config, trial: Trial) -> Config:
    """Those of params.yaml with the trial's two, its seed, and a short training."""
    grid = GRIDS[trial.system]
    chosen = {
        f"{trial.system}.{grid.rows[0]}": trial.row,
        f"{trial.system}.{grid.columns[0]}": trial.column,
        "seed": trial.seed,
    }
    return shortened(override(config, chosen), trial.system, grid.steps)


def own(system: str) -> tuple[int, int]:
    """The row and the column of params.yaml's values."""
    grid, config = GRIDS[system], load_config()
    row, column = (value_of(config, f"{system}.{name}") for name in (grid.rows[0], grid.columns[0]))
    return grid.rows[1].index(row), grid.columns[1].index(column)


def table(system: str, scores: list[float]) -> NDArray[np.float64]:
    """Scores in the order of `trials` as [rows, columns, seeds]."""
    grid = GRIDS[system]
    shape = (-1, len(grid.rows[1]), len(grid.columns[1]))
    return np.moveaxis(np.reshape(scores, shape), 0, -1)
