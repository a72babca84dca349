"""The published comparison of sea-ice generators, each trained here for the same time.

    data space        v-prediction of the five fields themselves, with and without bounds on the way
    latent, Gaussian  an autoencoder with a plain Gaussian decoder, and diffusion of its latent
    latent, censored  the same with a censored Gaussian decoder (Finn et al., 2024)

That time is what the model of params.yaml takes, unless another is given. States are judged as
they are drawn, as published, and with the moments of the validation years' states (`matching.py` of
the system), which every variant is given; the distance from those very states is no test then.
Prints a table: Fréchet distance from the withheld truth and from validation states, RMSE of the
probability of ice, cells that break physics without enforcement, and the time of a state; the last
of data space with the network of the latent models, too, at equal steps (untrained: that takes the
same time). Both decoders are compared over several trainings by `ice_decoders.py`. Needs the
prepared data and the calibrated model of the pipeline: `dvc repro calibrate@seaice` before.

    python -m benchmarks.ice_variants [--seconds 240] [--states 360]
"""

import argparse
import time
from dataclasses import replace
from typing import Any

import torch
from benchmarks.ice_training import steps_of, time_of, trained

from thermocline import systems
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.generation import judge_generation
from thermocline.systems.seaice.model.calibrate import contract_of, moments
from thermocline.systems.seaice.model.method import IceModel
from thermocline.systems.seaice.model.networks import IceNetworks
from thermocline.verify.board.text import markdown_table

DATA = {
    "model.space": "data",
    "model.network.width": 16,
    "model.network.multipliers": [1, 2],
    "training.batch": 8,
}
NETWORK = {"model.network.width": 48, "model.network.multipliers": [1, 2]}
LATENT = NETWORK | {
    "model.autoencoder.latent": 16,
    "model.autoencoder.width": 12,
    "model.autoencoder.multipliers": [2, 3, 4],
    "training.batch": 32,
    "training.autoencoder.batch": 8,
}
"""As published, a latent of an eighth of the resolution; networks that fit the time.

Optimiser and learning rates are those of params.yaml, which were found for its own model.
"""
VARIANTS: dict[str, dict[str, Any]] = {
    "data space": DATA | {"sampling.bounds": False},
    "data space, bounded": DATA | {"sampling.bounds": True},
    "latent, Gaussian": LATENT | {"model.autoencoder.likelihood": "gaussian"},
    "latent, censored": LATENT | {"model.autoencoder.likelihood": "censored"},
}
HOW = "as drawn", "moments given"
"""The two ways in which each variant's states are judged."""


def main() -> None:
    """Train, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, help="training of each variant")
    parser.add_argument("--states", type=int, default=360, help="generated states")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = load_config()
    paths = StagePaths("seaice", config)
    store, judged = States.open(paths.store), systems.get("seaice").load(paths.model)
    seconds = given.seconds or time_of(config, store)
    digest = judged.contract.data_digest
    models = {"as in params.yaml": judged}
    steps: dict[str, dict[str, int]] = {}  # of a space: a likelihood takes no time of its own
    equal = {
        "data space, network of params.yaml, untrained": {},
        "data space, network of the latent ones, untrained": NETWORK,
    }
    costs = {n: seconds_a_state(in_data_space(judged, store, c)) for n, c in equal.items()}
    for name, changes in VARIANTS.items():
        own = load_config(overrides={f"seaice.{key}": value for key, value in changes.items()})
        contract, space = contract_of(own, store, digest), settings(own).model.space
        steps[space] = steps.get(space) or steps_of(own, store, seconds)
        same = models.get(name.removesuffix(", bounded"))
        same = same or trained(own, store, judged, steps[space])
        models[name] = replace(same, contract=contract)
    rows = []
    for name, model in models.items():
        cost = seconds_a_state(model)
        made = moments(model, store, config.seed)
        for how, matching in zip(HOW, (None, made), strict=True):
            model = model.matched(matching)
            report, _ = judge_generation(model, store, given.states, config.seed)
            rows.append(row(f"{name}, {how}", report, cost))
            print(*rows[-1], flush=True)
        halves = report["halves_of_the_truth"]
    rows += [[name, "–", "–", "–", "–", f"{cost:.3f}"] for name, cost in costs.items()]
    heads = ["Variant", "FAED, truth", "FAED, validation", "P(ice) RMSE", "Broken", "s a state"]
    print("\n".join(markdown_table(heads, rows)))
    print(f"Each trained for {seconds:.0f} s. Two halves of the truth: FAED {halves['faed']:.3f}.")


def in_data_space(model: IceModel, store: States, changes: dict[str, Any]) -> IceModel:
    """A model in data space, untrained, with the network of params.yaml and these changes."""
    changes = {f"seaice.{key}": value for key, value in (changes | {"model.space": "data"}).items()}
    config = load_config(overrides=changes)
    networks = IceNetworks(settings(config).model, model.scaling.known, config.seed)
    contract = contract_of(config, store, model.contract.data_digest)
    networks.eval().requires_grad_(False)
    return replace(model, contract=contract, network=networks, matching=None)


def seconds_a_state(model: IceModel, states: int = 16) -> float:
    """Of the processor, in a batch."""
    start = time.process_time()
    model.generate(states, 75, seed=1)
    return (time.process_time() - start) / states


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
