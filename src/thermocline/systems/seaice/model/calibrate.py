"""Fit on validation years how wide answers and how varied states are; assemble the model."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from thermocline.config import Config
from thermocline.ocean.problem import Analysis
from thermocline.systems.contract import WEIGHTS
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.systems.seaice.baselines.cross_validation import CrossValidated
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import cases
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.contract import IceContract
from thermocline.systems.seaice.model.features import FILE, Features
from thermocline.systems.seaice.model.matching import Matching, fitted
from thermocline.systems.seaice.model.method import IceModel, model_of
from thermocline.training.weights import read_weights

BOUNDS = 0.5, 2.0
"""Factors beyond these say that something else is wrong."""
DRAWN = 365
"""States that the moments of generated ones are taken from."""
SEED = 1
"""Added to the run's: they are no states that are judged."""
Forecast = Callable[[Analysis], tuple[NDArray, NDArray]]
"""What an answer forecasts of the truth: mean, and variance about it [5, H, W]."""


def calibrate(config: Config, track: Track) -> tuple[IceModel, list[str]]:
    """The trained model, and its factors in words."""
    paths = StagePaths("seaice", config)
    store = States.open(paths.store)
    trained = json.loads((paths.training / "training.json").read_text())
    ensemble = Ensemble.load(paths.baselines / "ensemble.safetensors")
    held = {"library_states": len(ensemble.library.codes)}
    model = model_of(
        contract_of(config, store, str(trained["data_digest"])).model_copy(update=held),
        read_weights(paths.training / WEIGHTS),
        ensemble,
        str(paths.training / WEIGHTS),
    )
    model = replace(model, features=Features.load(paths.training / FILE))
    spread = fitted_factors(model, of_members, config, store, track)
    model = model.calibrated(spread)  # on which the mean depends, and what is stated of it
    stated = fitted_factors(model, of_the_mean, config, store, track)
    model = model.calibrated(spread, stated)
    words = [
        f"{name}: spread × {spread[name]:.2f}, standard deviation × {stated[name]:.2f}"
        for name in NAMES
    ]
    model = model.matched(moments(model, store, config.seed))
    said = "as validation years do" if model.contract.patterns else "as they are drawn"
    return model, [*words, f"generated states vary {said}"]


def moments(model: IceModel, store: States, seed: int) -> Matching | None:
    """What gives generated states the moments of the validation years' (see `matching`).

    None if the settings want none, or there are too few states.
    """
    patterns = model.settings.sampling.patterns
    return fitted(*drawn_and_encoded(model, store, seed), patterns) if patterns else None


def drawn_and_encoded(
    model: IceModel, store: States, seed: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What is denoised [N, C, h, w] as drawn, for days of the year [N] of the validation years,
    and as those years' states have it [M, C, h, w], with their days [M].

    At most `DRAWN` are drawn, with another seed. Land, of which nothing is learned, is 0 in both.
    """
    states, ocean = store.states("validation"), model.scaling.ocean
    chosen = np.linspace(0, len(states.day) - 1, min(DRAWN, len(states.day))).round().astype(int)
    days = states.day[chosen].tolist()
    drawn = torch.cat([part for _, part in model.draws(days, seed + SEED)])
    scaled = model.scaling.scale(torch.from_numpy(states.values).to(drawn.device))
    target = model.network.encoded(scaled, seed)
    if model.network.latent is None:
        drawn, target = drawn * ocean, target * ocean
    return drawn, torch.tensor(days), target, torch.from_numpy(states.day)


def contract_of(config: Config, store: States, data_digest: str) -> IceContract:
    """Of a model that is trained with these settings on that store."""
    parts = {"data", "model", "training", "sampling"}
    years = [int(str(label.time)[:4]) for label in store.of("train")]
    return IceContract(
        system="seaice",
        variable=" ".join(NAMES),
        units="m 1 1 m s-1 m s-1",
        seed=config.seed,
        data_digest=data_digest,
        settings=settings(config).model_dump(mode="json", include=parts),
        grid=dict(store.grid.describe()),
        training_states=len(years),
        years=(min(years), max(years)),
    )


def fitted_factors(
    model: IceModel, forecast: Forecast, config: Config, store: States, track: Track
) -> dict[str, float]:
    """√(mean squared error / mean variance) of each variable over validation cases, by area.

    Each truth is analysed by a method fitted without its member, as no training state is of the
    test years' member.
    """
    members = config.section("seaice").evaluate.members
    of = lambda library: replace(model, ensemble=replace(model.ensemble, library=library))
    methods = CrossValidated(store, model.ensemble.library, of)
    chosen = [case for case in cases(config, store, "validation") if case.variable == NAMES[0]]
    error, variance = np.zeros(len(NAMES)), np.zeros(len(NAMES))
    for case in track(chosen, "Calibrating"):
        answer = methods.of(case.problem.case).analyse(case.problem, members, config.seed)
        mean, square = forecast(answer)
        error += store.over_sea((mean - case.truth) ** 2)
        variance += store.over_sea(square)
    factor = np.sqrt(error / np.maximum(variance, 1e-12)).clip(*BOUNDS)
    return dict(zip(NAMES, (float(round(f, 4)) for f in factor), strict=True))


def of_members(answer: Analysis) -> tuple[NDArray, NDArray]:
    """Their mean, and the variance of its error [5, H, W].

    A truth is one more draw: M + 1 of M, as members and truth differ by both errors.
    """
    assert answer.members is not None
    of_one = answer.members.var(axis=0, ddof=1)
    return answer.members.mean(axis=0), of_one * (1 + 1 / len(answer.members))


def of_the_mean(answer: Analysis) -> tuple[NDArray, NDArray]:
    """Mean, and the variance of its error as it is stated [5, H, W]."""
    assert answer.std is not None
    return answer.mean, answer.std**2
