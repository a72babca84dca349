"""Generators of sea ice trained for a given time, without the network for observations."""

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.method import IceModel
from thermocline.systems.seaice.model.training import IceTraining

AUTOENCODER = 0.55
"""Share of the time that goes into the autoencoder of a latent model."""
TRIED = 5, 25
"""Steps that are timed to find how many fit; what all trainings cost besides is left out."""


def time_of(config: Any, store: States) -> float:
    """Seconds that autoencoder and denoiser of params.yaml take."""
    own = settings(config).training
    cost = _costs(config, store, ("autoencoder", "denoiser"))
    return cost["autoencoder"] * own.autoencoder.steps + cost["denoiser"] * own.steps


def steps_of(config: Any, store: States, seconds: float) -> dict[str, int]:
    """How many steps of each part fit into `seconds`."""
    shares = {"autoencoder": AUTOENCODER, "denoiser": 1 - AUTOENCODER}
    if settings(config).model.space == "data":
        shares = {"denoiser": 1.0}
    cost = _costs(config, store, tuple(shares))
    print(cost, flush=True)
    return {name: max(50, round(seconds * shares[name] / cost[name])) for name in shares}


def trained(config: Any, store: States, judged: IceModel, steps: dict[str, int]) -> IceModel:
    """A model without the network for observations, after so many steps of each part."""
    training = _run(config, store, steps)
    networks, scaling = training.networks, training.scaling
    return replace(judged, network=networks, scaling=scaling, matching=None)


def _costs(config: Any, store: States, parts: tuple[str, ...]) -> dict[str, float]:
    """Seconds that a step of each part takes."""
    few, more = (_run(config, store, dict.fromkeys(parts, n)).seconds for n in TRIED)
    return {name: (more[name] - few[name]) / (TRIED[1] - TRIED[0]) for name in parts}


class _Timed(IceTraining):
    """A training that notes what each part took, in seconds of the processor."""

    def _fit(self, network: Any, objective: Any, settings: Any, folder: Path, *rest: Any) -> None:
        start = time.process_time()
        super()._fit(network, objective, settings, folder, *rest)
        self.seconds = getattr(self, "seconds", {}) | {folder.name: time.process_time() - start}


def _run(config: Any, store: States, steps: dict[str, int]) -> _Timed:
    own = settings(config)
    often = lambda count: {"steps": count, "checkpoint_every": count, "validate_every": count}
    training = own.training.model_copy(update=often(steps["denoiser"]))
    if "autoencoder" in steps:
        part = own.training.autoencoder.model_copy(update=often(steps["autoencoder"]))
        training = training.model_copy(update={"autoencoder": part})
    section = own.model_copy(update={"training": training})
    made = _Timed(config.model_copy(update={"seaice": section}), store, None)
    with TemporaryDirectory() as folder:
        made.run(Path(folder), lambda step, metrics: None)
    return made
