"""Fit the calibration on validation states, and assemble the model."""

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
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut, tuned
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import region_of
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.cases import ALONE, COLUMNS, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.calibration import AnswerParts, fitted
from thermocline.systems.densify.model.contract import WaterContract
from thermocline.systems.densify.model.method import Densifier, assembled
from thermocline.systems.densify.model.network import new_network
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.training.weights import read_weights, use_weights


def calibrate(config: Config, track: Track) -> tuple[Densifier, list[str]]:
    """The trained model, and its calibration in words."""
    paths = StagePaths("densify", config)
    store = Waters.open(paths.store)
    trained = json.loads((paths.training / "training.json").read_text())
    regions = [Linear.load(paths.baselines / f"{name}.safetensors") for name in store.regions]
    own = settings(config).model
    linear = tuned(paths.baselines, own.start)
    contract = contract_of(config, store, str(trained["data_digest"]), linear)
    network = new_network(own, len(store.channels), config.seed)
    use_weights(network, read_weights(paths.training / WEIGHTS), str(paths.training / WEIGHTS))
    model = assembled(contract, network, regions)
    leave_member_out = LeaveMemberOut(paths.baselines, own.start)
    chosen = validation_cases(config, store, regions)
    drawn = draws(model, leave_member_out, chosen, config.seed)
    answers = list(zip(track(chosen, "Calibrating"), drawn, strict=True))
    model = model.calibrated(*gates(leave_member_out, answers))
    return model, [
        *_words(model.contract.gate),
        "Without surface fields:",
        *_words(model.contract.alone),
    ]


def contract_of(
    config: Config, store: Waters, data_digest: str, linear: dict[str, Any]
) -> WaterContract:
    """The contract of a model with these settings and this store, before calibration."""
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
    protocols = [(COLUMNS, density) for density in own.evaluate.densities]
    protocols += [(ALONE, density) for density in own.evaluate.densities if density]
    every = cases(config, store, "validation", climates, protocols)
    return [case for case in every if case.variable == WATER[0]]


def draws(
    model: Densifier, leave_member_out: LeaveMemberOut, chosen: Sequence[Case], seed: int
) -> Iterator[AnswerParts]:
    """Parts of the answer to each case, by a model that was fitted without the case's run."""
    own = model.settings
    members = range(max(own.sampling.members, 1 if own.training.mean_fraction else 2))

    def draw(numbered: tuple[int, Case]) -> AnswerParts:
        index, case = numbered
        return model.draw(
            case.problem, members, seed + index, leave_member_out.of(case.problem.case)
        )

    return side_by_side(draw, list(enumerate(chosen)))


def gates(
    leave_member_out: LeaveMemberOut, drawn: Sequence[tuple[Case, AnswerParts]]
) -> tuple[Calibration, Calibration]:
    """Factors with surface fields, and without any; 1 where there are no cases."""
    channels = len(drawn[0][1].mean)
    factors = []
    for alone in (False, True):
        kept = [each for each in drawn if (each[0].protocol == ALONE) == alone]
        open_ = Calibration.open(channels)
        factors.append(fitted(scored(leave_member_out, *each) for each in kept) if kept else open_)
    return factors[0], factors[1]


def scored(
    leave_member_out: LeaveMemberOut, case: Case, parts: AnswerParts
) -> tuple[float, NDArray, NDArray, AnswerParts]:
    """Arguments of `calibration.fitted` for a case."""
    region = region_of(leave_member_out.of(case.problem.case).regions, case.problem)
    normal = region.climate.mean(case.problem.time)[: region.channels]
    truth = (case.truth - normal) / region.climate.std[: region.channels, None, None]
    area = case.problem.ocean * np.asarray(case.problem.grid.cell_area())
    return case.density, truth, area, parts


def _words(gate: Calibration) -> Iterator[str]:
    for density, correction, spread in zip(gate.density, gate.correction, gate.spread, strict=True):
        half = len(correction) // 2
        yield f"{density:.1%} of columns observed, from the surface down:"
        for name, part in (("temperature", slice(half)), ("salinity", slice(half, None))):
            yield f"  {name}: correction × " + " ".join(f"{g:.2f}" for g in correction[part])
            yield f"  {name}: spread × " + " ".join(f"{f:.2f}" for f in spread[part])
