"""Real sea-ice concentration from few observations: NSIDC's months, averaged to 100 km.

Trained on 1978–1999, tuned on 2000–2004, tested on the 60 months of 2005–2009; random cells of
those that ever had ice are observed with an error of 0.05. Ours and the ensemble OIs have the same
states, observations and scores, and validation years choose the spread of both; months of a season
are drawn together for the intervals. Every channel of the system is the concentration: nothing else
is known of the real ice here.

    python -m benchmarks.reality.sea_ice nsidc0051_nasateam_arctic_monthly_197811-200912.nc
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from thermocline.config import Config
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.remap import to_map
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.writer import write_store
from thermocline.sources import read_field
from thermocline.systems import boards
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.baselines.methods import classical_methods
from thermocline.systems.seaice.baselines.tune import tune_baselines
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import cases
from thermocline.systems.seaice.data.raw import GROUP, ICE
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.evaluate import context_of
from thermocline.systems.seaice.evaluation.presentation import presentation
from thermocline.systems.seaice.evaluation.score import score_case
from thermocline.systems.seaice.model.calibrate import (
    contract_of,
    fitted_factors,
    of_members,
    of_the_mean,
)
from thermocline.systems.seaice.model.method import model_of
from thermocline.systems.seaice.model.networks import weights_of
from thermocline.systems.seaice.model.training import IceTraining
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoring import score_methods
from thermocline.verify.metrics.ice_edge import THRESHOLD

OUT = Path("build/benchmarks/sea_ice")
CELL = 100e3
BLOCKS = [f"years{k}" for k in range(6)]
"""Blocks of training years stand for members: a state's own years are left out of its analysis."""
DENSITIES = (0.05, 0.01)
INFLATION = 1.0, 1.25, 1.5, 1.85, 2.25, 2.8, 3.5
"""Of the ensemble OIs: as fine as the factor that our members' spread is fitted with."""


def main() -> None:
    """Prepare, tune, train, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--steps", type=int, default=850, help="of the network")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = configuration(given.steps)
    place, baselines = StagePaths("seaice", config).store, OUT / "baselines"
    write(given.file, config, place)
    store = States.open(place)
    print(
        f"{store.ocean.sum()} cells; {[len(store.of(s)) for s in ('train', 'validation', 'test')]}"
    )
    print(tune_baselines(config, baselines))
    ensemble = Ensemble.load(baselines / "ensemble.safetensors")
    training = IceTraining(config, store, ensemble)
    training.run_analysis(OUT / "training", lambda step, metrics: print(step, metrics, flush=True))
    weights = weights_of(training.networks, training.scaling)
    model = model_of(contract_of(config, store, store.digest()), weights, ensemble, "trained")
    plain = lambda items, label: items
    spread = fitted_factors(model, of_members, config, store, plain)
    model = model.calibrated(spread)
    model = model.calibrated(spread, fitted_factors(model, of_the_mean, config, store, plain))
    board = boards.empty_board(
        "seaice", config, lambda period: context_of(store, period), presentation
    )
    methods = [model, *classical_methods(baselines)]
    asked = (case for case in cases(config, store, "test") if case.variable == "siconc")
    score_methods(board, asked, methods, score_case, members=settings(config).evaluate.members)
    write_board(board, OUT / "report")
    print((OUT / "report/scoreboard.md").read_text())


def configuration(steps: int) -> Config:
    """params.yaml with the real months' years, and nothing observed but concentration."""
    often = {"steps": steps, "checkpoint_every": steps, "validate_every": steps // 2}
    config = load_config(
        overrides={
            "data.prepared": str(OUT / "prepared"),
            "data.train": {"members": BLOCKS, "first": 1978, "last": 1999},
            "data.validation": {"members": ["tuning"], "first": 2000, "last": 2004},
            "data.test": {"members": ["test"], "first": 2005, "last": 2009},
            "seaice.data.thickness": 0.0,
            "seaice.baselines.ensemble.inflation": INFLATION,
            "seaice.evaluate.densities": DENSITIES,
            "seaice.evaluate.cases": 60,
            "seaice.model.analysis.ratio": 0.9,
        }
    )
    own = settings(config)
    training = own.training.model_copy(
        update={"analysis": own.training.analysis.model_copy(update=often)}
    )
    return config.model_copy(update={"seaice": own.model_copy(update={"training": training})})


def write(file: Path, config: Config, store: Path) -> None:
    """The store of the months, NaN where there never were 15 % ice or a month has no value."""
    x, y = (low + CELL * (np.arange(n) + 0.5) for low, n in ((-3850e3, 80), (-5350e3, 112)))
    grid = ProjectedGrid(x, y, "EPSG:3413")
    with read_field(file, "siconc") as field:
        months = field["time"].values.astype("datetime64[D]")
        values = to_map(field, "siconc", grid).squeeze("depth").values
    seen = np.isfinite(values)
    kept = seen.any(axis=(1, 2))
    ever = (np.nan_to_num(values).max(axis=0) >= THRESHOLD) & seen[kept].all(axis=0)
    group = Group(GROUP, {variable.name: Layout(variable, grid) for variable in ICE})
    samples = [
        sample(config, group, day, np.where(ever, field, np.nan))
        for day, field in zip(months[kept], values[kept], strict=True)
    ]
    store.parent.mkdir(parents=True, exist_ok=True)
    write_store(store, samples, "Monthly sea-ice concentration, NSIDC-0051")


def sample(config: Config, group: Group, day: np.datetime64, field: NDArray) -> Sample:
    """A month, in the split of its year."""
    year = day.astype(object).year
    if year <= config.data.train.last:
        split, series = "train", BLOCKS[(year - 1978) // 4]
    elif year <= config.data.validation.last:
        split, series = "validation", "tuning"
    else:
        split, series = "test", "test"
    fields = {variable.name: field.astype(np.float32) for variable in ICE}
    return Sample(f"{series}/{day}", split, day, group, fields)


if __name__ == "__main__":
    main()
