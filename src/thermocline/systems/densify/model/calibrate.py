"""Fit on validation states how far the network is trusted, and assemble the model."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.ocean.case import Case
from thermocline.systems.calibration import Calibration
from thermocline.systems.contract import WEIGHTS
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import region_of
from thermocline.systems.densify.baselines.strangers import Strangers, tuned
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.cases import ALONE, COLUMNS, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.calibration import Drawn, fitted
from thermocline.systems.densify.model.contract import WaterContract
from thermocline.systems.densify.model.method import Densifier, assembled
from thermocline.systems.densify.model.network import new_network
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.training.weights import read_weights, use_weights


def calibrate(config: Config, track: Track) -> tuple[Densifier, list[str]]:
    """The trained model, and its gate in words."""
    built = StagePaths("densify", config)
    store = Waters.open(built.store)
    trained = json.loads((built.training / "training.json").read_text())
    regions = [Linear.load(built.baselines / f"{name}.safetensors") for name in store.regions]
    own = settings(config).model
    linear = tuned(built.baselines, own.start)
    contract = contract_of(config, store, str(trained["data_digest"]), linear)
    network = new_network(own, len(store.channels), config.seed)
    use_weights(network, read_weights(built.training / WEIGHTS), str(built.training / WEIGHTS))
    model = assembled(contract, network, regions)
    strangers = Strangers(built.baselines, own.start)
    chosen = validation_cases(config, store, regions)
    drawn = draws(model, strangers, chosen, config.seed)
    found = list(zip(track(chosen, "Calibrating"), drawn, strict=True))
    model = model.calibrated(*gates(strangers, found))
    return model, [
        *_words(model.contract.gate),
        "Without surface fields:",
        *_words(model.contract.alone),
    ]


def contract_of(
    config: Config, store: Waters, data_digest: str, linear: dict[str, Any]
) -> WaterContract:
    """Of a model that is trained with these settings on that store, before it is calibrated."""
    own, parts = settings(config), {"data", "model", "training", "sampling"}
    years = [int(str(label.time)[:4]) for label in store.of("train")]
    return WaterContract(
        system="densify",
        variable=" ".join(WATER),
        units="degree_Celsius 1",
        seed=config.seed,
        data_digest=data_digest,
        settings=own.model_dump(mode="json", include=parts),
        depth=tuple(store.depth.tolist()),
        regions={name: dict(store.grid(name).describe()) for name in store.regions},
        linear=linear,
        gate=Calibration.open(len(store.channels)),
        alone=Calibration.open(len(store.channels)),
        years=(min(years), max(years)),
        training_states=len(years),
    )


def validation_cases(config: Config, store: Waters, regions: Sequence[Linear]) -> list[Case]:
    """Columns of validation states at each density, and those without surface fields."""
    own = settings(config)
    climates = {name: each.climate for name, each in zip(store.regions, regions, strict=True)}
    asked = [(COLUMNS, density) for density in own.evaluate.densities]
    asked += [(ALONE, density) for density in own.evaluate.densities if density]
    every = cases(config, store, "validation", climates, asked)
    return [case for case in every if case.variable == WATER[0]]


def draws(
    model: Densifier, strangers: Strangers, chosen: Sequence[Case], seed: int
) -> Iterator[Drawn]:
    """What is drawn for each case by a model that does not know the case's run."""
    own = model.settings
    members = range(max(own.sampling.members, 1 if own.training.blind else 2))

    def draw(numbered: tuple[int, Case]) -> Drawn:
        index, case = numbered
        return model.draw(case.problem, members, seed + index, strangers.of(case.problem.case))

    return side_by_side(draw, list(enumerate(chosen)))


def gates(
    strangers: Strangers, drawn: Sequence[tuple[Case, Drawn]]
) -> tuple[Calibration, Calibration]:
    """Factors with surface fields, and without any; of cases that there are none of, open ones."""
    channels = len(drawn[0][1].mean)
    found = []
    for alone in (False, True):
        kept = [each for each in drawn if (each[0].protocol == ALONE) == alone]
        open_ = Calibration.open(channels)
        found.append(fitted(scored(strangers, *each) for each in kept) if kept else open_)
    return found[0], found[1]


def scored(
    strangers: Strangers, case: Case, parts: Drawn
) -> tuple[float, NDArray, NDArray[np.bool_], Drawn]:
    """What `calibration.fitted` asks of a case."""
    region = region_of(strangers.of(case.problem.case).regions, case.problem)
    normal = region.climate.mean(case.problem.time)[: region.channels]
    truth = (case.truth - normal) / region.climate.std[: region.channels, None, None]
    return case.density, truth, case.problem.ocean, parts


def _words(gate: Calibration) -> Iterator[str]:
    for density, correction, spread in zip(gate.density, gate.correction, gate.spread, strict=True):
        half = len(correction) // 2
        yield f"{density:.1%} of columns observed, from the surface down:"
        for name, part in (("temperature", slice(half)), ("salinity", slice(half, None))):
            yield f"  {name}: correction × " + " ".join(f"{g:.2f}" for g in correction[part])
            yield f"  {name}: spread × " + " ".join(f"{f:.2f}" for f in spread[part])
