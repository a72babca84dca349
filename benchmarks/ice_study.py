"""Does the noise schedule, β or the masking ratio matter? Each beside the spread of two seeds.

Schedule and β decide what is generated, the masking ratio what is made of observations: they share
no network, so that each is studied by itself. Short trainings, judged on validation years: Fréchet
distance and RMSE of the probability of ice of generated states, and CRPS of concentration over that
of the clipped ensemble OI with 5 and 30 % of the cells observed. Needs the calibrated model of the
pipeline: `dvc repro calibrate@seaice` before.

    python -m benchmarks.ice_study
"""

import argparse
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from thermocline import systems
from thermocline.config import Config
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.methods import EnsembleOI
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import cases
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.generation import Judge
from thermocline.systems.seaice.evaluation.score import score_case
from thermocline.systems.seaice.model.calibrate import contract_of
from thermocline.systems.seaice.model.method import IceModel
from thermocline.systems.seaice.model.training import IceTraining
from thermocline.verify.board.text import markdown_table

SCHEDULES, BETAS, RATIOS = ("adaptive", "uniform", "lognormal"), (1e-4, 1e-3, 1e-2), (0.7, 0.9)
SEEDS = 0, 1
STEPS = {"autoencoder": 100, "denoiser": 150, "analysis": 60}
STATES, PAIRS, MEMBERS = 120, 80, 16
SILENT = lambda step, metrics: None


def main() -> None:
    """Train, judge, and print two tables."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    torch.set_num_threads(1)
    start = time.process_time()
    config = load_config()
    paths = StagePaths("seaice", config)
    store, model = States.open(paths.store), systems.get("seaice").load(paths.model)
    rows = []
    with TemporaryDirectory() as folder:
        for beta, schedule in product(BETAS, SCHEDULES):
            places = [Path(folder) / f"{beta} {seed}" for seed in SEEDS]
            found = [
                generated(schedule, beta, seed, place, store, model)
                for seed, place in zip(SEEDS, places, strict=True)
            ]
            rows.append([schedule, f"{beta:g}", *spread(found)])
            print(*rows[-1], flush=True)
    heads = ["Schedule", "β", "FAED, validation years", "RMSE of the probability of ice"]
    print("\n".join(markdown_table(heads, rows)))
    rows = [
        [f"{r:g}", *spread([observed(r, seed, store, model) for seed in SEEDS])] for r in RATIOS
    ]
    print("\n".join(markdown_table(["Ratio", "CRPS at 5 %", "CRPS at 30 %"], rows)))
    print(f"{(time.process_time() - start) / 60:.0f} minutes of the processor.")


def spread(found: list[list[float]]) -> list[str]:
    """Mean of the seeds ± half their difference, of each figure."""
    values = np.array(found)
    mean, half = values.mean(axis=0), np.ptp(values, axis=0) / 2
    return [f"{m:.3f} ± {h:.3f}" for m, h in zip(mean, half, strict=True)]


def generated(
    schedule: str, beta: float, seed: int, folder: Path, store: States, model: IceModel
) -> list[float]:
    """What states of a short training are like; `folder` is of this β and seed.

    The autoencoder in it is trained once: the schedule is the denoiser's.
    """
    changes = {"model.process.schedule": schedule, "model.autoencoder.beta": beta}
    config = shortened(changes, seed)
    training = IceTraining(config, store, None)
    (folder / "denoiser" / "last.ckpt").unlink(missing_ok=True)
    training.run(folder, SILENT)
    contract = contract_of(config, store, model.contract.data_digest)
    networks, scaling = training.networks, training.scaling
    made = replace(model, contract=contract, network=networks, scaling=scaling, matching=None)
    truth = store.states("validation", STATES)
    states = made.generate_on(truth.day.tolist(), seed)
    judge = Judge(model.features, np.asarray(store.grid.cell_area()) / 1e6, store.ocean)
    found = judge.distances(states, truth.month, truth.values, truth.month)
    return [found["faed"], found["extent_probability_rmse"]]


def observed(ratio: float, seed: int, store: States, model: IceModel) -> list[float]:
    """CRPS of concentration over the ensemble OI's at each density."""
    config = shortened({"model.analysis.ratio": ratio, "model.analysis.pairs": PAIRS}, seed)
    training = IceTraining(config, store, model.ensemble)
    with TemporaryDirectory() as folder:
        training.run_analysis(Path(folder), SILENT)
    networks = training.networks.eval().requires_grad_(False)
    contract = contract_of(config, store, model.contract.data_digest)
    made = replace(model, contract=contract, network=networks, scaling=training.scaling)
    parts: dict[float, list[float]] = {}
    for case in cases(config, store, "validation"):
        if case.variable == NAMES[CONCENTRATION]:
            others = model.ensemble.without(store.member_of(case.problem.case))
            ours, theirs = (
                score_case(method.analyse(case.problem, MEMBERS, 0), case).crps
                for method in (replace(made, ensemble=others), EnsembleOI(others))
            )
            parts.setdefault(case.density, []).append(ours / theirs)
    return [float(np.mean(parts[density])) for density in sorted(parts)]


def shortened(changes: dict[str, Any], seed: int) -> Config:
    """params.yaml with these changes of its section, fewer steps, and few validation cases."""
    changes = {
        f"seaice.{key}": value
        for key, value in (changes | {"evaluate.validation_cases": 6}).items()
    }
    config = load_config(overrides=changes | {"seed": seed})
    own = settings(config)
    often = lambda steps: {"steps": steps, "checkpoint_every": steps, "validate_every": steps}
    parts = {
        name: getattr(own.training, name).model_copy(update=often(STEPS[name]))
        for name in ("autoencoder", "analysis")
    }
    training = own.training.model_copy(update={**often(STEPS["denoiser"]), **parts})
    return config.model_copy(update={"seaice": own.model_copy(update={"training": training})})


if __name__ == "__main__":
    main()
