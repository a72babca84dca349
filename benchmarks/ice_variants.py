"""The published comparison of sea-ice generators, each trained here for the same time.

    data space        v-prediction of the five fields themselves, with and without bounds on the way
    latent, Gaussian  an autoencoder with a plain Gaussian decoder, and diffusion of its latent
    latent, censored  the same with a censored Gaussian decoder (Finn et al., 2024)

Prints a table: Fréchet distance from the withheld truth and from validation states, RMSE of the
probability of ice, cells that break physics without enforcement, and the time of a state. Needs
the prepared data and the calibrated model of the pipeline: `dvc repro calibrate@seaice` before.

    python benchmarks/ice_variants.py [--seconds 240] [--states 360]
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch

from thermocline import systems
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.generation import judge_generation
from thermocline.systems.seaice.model.calibrate import contract_of
from thermocline.systems.seaice.model.method import IceModel
from thermocline.systems.seaice.model.training import IceTraining
from thermocline.verify.text import markdown_table

VARIANTS: dict[str, dict[str, Any]] = {
    "data space": {"model.space": "data", "model.network.width": 16, "sampling.bounds": False},
    "data space, bounded": {"model.space": "data", "model.network.width": 16},
    "latent, Gaussian": {"model.autoencoder.likelihood": "gaussian"},
    "latent, censored": {"model.autoencoder.likelihood": "censored"},
}
AUTOENCODER = 0.55
"""Share of the time that goes into the autoencoder of a latent model."""
TRIED = 5, 25
"""Steps that are timed to find how many fit; what all trainings cost besides is left out."""


def main() -> None:
    """Train, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240.0, help="training of each variant")
    parser.add_argument("--states", type=int, default=360, help="generated states")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = load_config()
    paths = StagePaths("seaice", config)
    store, judged = States.open(paths.store), systems.get("seaice").load(paths.model)
    rows, kept = [], dict[str, IceModel]()
    for name, changes in VARIANTS.items():
        family = name.removesuffix(", bounded")
        own = load_config(overrides={f"seaice.{key}": value for key, value in changes.items()})
        if family not in kept:
            kept[family] = trained(own, store, judged, given.seconds)
        contract = contract_of(own, store, judged.contract.data_digest)
        model = replace(kept[family], contract=contract)
        start = time.process_time()
        model.generate(32, 75, seed=1)
        cost = (time.process_time() - start) / 32
        report, _ = judge_generation(model, store, given.states, config.seed)
        rows.append(row(name, report, cost))
        print(*rows[-1], flush=True)
        halves = report["halves_of_the_truth"]
    heads = ["Variant", "FAED, truth", "FAED, validation", "P(ice) RMSE", "Broken", "s a state"]
    print("\n".join(markdown_table(heads, rows)))
    print(f"Between two halves of the truth: FAED {halves['faed']:.3f}")


def trained(config: Any, store: States, judged: IceModel, seconds: float) -> IceModel:
    """A model without the network for observations, whose training took about `seconds`."""
    own = settings(config)
    batch = 8 if own.model.space == "data" else own.training.batch
    shares = {"denoiser": seconds if own.model.space == "data" else (1 - AUTOENCODER) * seconds}
    if own.model.space == "latent":
        shares["autoencoder"] = AUTOENCODER * seconds
    few, more = (_run(config, store, dict.fromkeys(shares, n), batch).seconds for n in TRIED)
    cost = {name: (more[name] - few[name]) / (TRIED[1] - TRIED[0]) for name in shares}
    steps = {name: max(50, round(shares[name] / cost[name])) for name in shares}
    print({name: (steps[name], round(cost[name], 3)) for name in shares}, flush=True)
    training = _run(config, store, steps, batch)
    contract = contract_of(config, store, judged.contract.data_digest)
    return replace(judged, contract=contract, network=training.networks, scaling=training.scaling)


class _Timed(IceTraining):
    """A training that notes what each part took, in seconds of the processor."""

    def _fit(self, network: Any, objective: Any, settings: Any, folder: Path, *rest: Any) -> None:
        start = time.process_time()
        super()._fit(network, objective, settings, folder, *rest)
        self.seconds = getattr(self, "seconds", {}) | {folder.name: time.process_time() - start}


def _run(config: Any, store: States, steps: dict[str, int], batch: int) -> _Timed:
    own = settings(config)
    often = lambda count: {"steps": count, "checkpoint_every": count, "validate_every": count}
    training = own.training.model_copy(update={**often(steps["denoiser"]), "batch": batch})
    if "autoencoder" in steps:
        part = own.training.autoencoder.model_copy(update=often(steps["autoencoder"]))
        training = training.model_copy(update={"autoencoder": part})
    section = own.model_copy(update={"training": training})
    made = _Timed(config.model_copy(update={"seaice": section}), store, None)
    made.run(Path(mkdtemp()), lambda step, metrics: None)
    return made


def row(name: str, report: dict[str, Any], cost: float) -> list[str]:
    """A line of the table."""
    ours, free = report["generated"], report["violations"]["not_enforced"]
    return [
        name,
        f"{ours['faed']:.3f}",
        f"{report['generated_against_validation']['faed']:.3f}",
        f"{ours['extent_probability_rmse']:.4f}",
        f"{free['total'] / free['cells']:.3f}",
        f"{cost:.3f}",
    ]


if __name__ == "__main__":
    main()
