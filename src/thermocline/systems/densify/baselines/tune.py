"""Fit every classical method to the training states, and choose its settings on validation ones."""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.baselines.library import StateLibrary
from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.files import atomic_directory
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Method
from thermocline.systems.densify.baselines.ensemble import SurfaceEnsembleOI, library_fields
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import InverseDistance, SurfaceOI
from thermocline.systems.densify.baselines.strangers import FOLDER
from thermocline.systems.densify.config import BaselinesConfig, settings
from thermocline.systems.densify.data.cases import COLUMNS, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import States, Waters
from thermocline.systems.paths import StagePaths
from thermocline.verify.probabilistic import crps_ensemble, crps_gaussian

MEMBERS = 12
"""Draws of a candidate; CRPS is the fair one."""
DENSITIES = (0.0, 0.005, 0.05)
KILOMETRES = 20.0
"""A cell's width, about: covariances count in cells."""
Chosen = dict[str, dict[str, Any]]


def tune_baselines(config: Config, folder: Path) -> Chosen:
    """See `protocol.System`; writes a file for each region, and tuned.json."""
    own = settings(config).baselines
    store = Waters.open(StagePaths("densify", config).store)
    regions, training = [], {}
    for name in store.regions:
        states = training[name] = store.states("train", name)
        regions.append(fitted(store, name, states, own.linear.explained))
    climates = {name: each.climate for name, each in zip(store.regions, regions, strict=True)}
    asked = [
        case
        for case in cases(
            config, store, "validation", climates, [(COLUMNS, d) for d in DENSITIES], own.cases
        )
        if case.variable == WATER[0]
    ]
    score = Scorer(regions, asked)
    chosen = {**_linear(own, regions, score), **_profiles(own, regions, score)}
    ensembles, chosen["ensemble_oi"] = _ensemble(own, store, training, regions, score)
    with atomic_directory(folder) as temporary:
        for name, region in zip(store.regions, regions, strict=True):
            region.save(temporary / f"{name}.safetensors")
            ensembles[region.digest].save(temporary / f"{name}_ensemble.safetensors")
            states = training[name]
            for run in sorted(set(states.run.tolist())):
                others = states.run != run
                # A single run has no stranger but itself.
                known = states.chosen(others) if others.any() else states
                stranger = fitted(store, name, known, own.linear.explained)
                stranger.save(temporary / FOLDER / f"{name}-{run}.safetensors")
        (temporary / "tuned.json").write_text(json.dumps(chosen, indent=1) + "\n")
    return chosen


def fitted(store: Waters, name: str, states: States, explained: float) -> Linear:
    """What linear methods learn of a region from training states."""
    return Linear.of(states, store.ocean(name)[0], store.grid(name).digest(), explained)


class Scorer:
    """Mean score of a method's answers to cases, in deviations of each channel.

    It is the fair CRPS of members, or that of the Gaussian which a method without members states.
    """

    def __init__(self, regions: Sequence[Linear], asked: Sequence[Case]):
        self._asked = asked
        self._of = {region.digest: region for region in regions}

    def __call__(self, method: Method) -> float:
        def one(case: Case) -> float:
            region = self._of[case.problem.grid.digest()]
            answer = method.analyse(case.problem, MEMBERS, 0)
            ocean = region.climate.ocean
            truth = case.truth[:, ocean]
            if answer.members is None:
                assert answer.std is not None
                sea = crps_gaussian(answer.mean[:, ocean], answer.std[:, ocean], truth)
            else:
                sea = crps_ensemble(answer.members[..., ocean], truth)
            return float((sea.mean(axis=1) / region.climate.std[: region.channels]).mean())

        return float(np.mean(list(side_by_side(one, self._asked))))


def best(
    score: Callable[[Method], float],
    make: Callable[..., Method],
    grid: Iterable[dict[str, Any]],
    among: Iterable[float],
) -> dict[str, Any]:
    """The settings of a grid that score best, then the best of some inflations for them.

    The grid is scored with an inflation of 1. The score of what is chosen is its `crps`.
    """
    found = [(score(make(**each, inflation=1.0)), each) for each in grid]
    plain, first = min(found, key=lambda one: one[0])
    inflated = [
        (plain if value == 1 else score(make(**first, inflation=value)), value) for value in among
    ]
    crps, inflation = min(inflated)
    return {**first, "inflation": inflation, "crps": round(crps, 4)}


def _linear(own: BaselinesConfig, regions: Sequence[Linear], score: Scorer) -> Chosen:
    """Ridge and radius (or length) first, then how large the covariance is."""
    linear, chosen = own.linear, {}
    archive = [
        {"ridge": ridge, "radius": km / KILOMETRES}
        for ridge, km in product(linear.ridge, linear.radius_km)
    ]
    kernel = [
        {"ridge": linear.ridge[0], "radius": km / KILOMETRES, "kernel": True}
        for km in own.profiles.length_km
    ]
    for kind, grid in (
        ("ridge_oi", archive),
        ("armor3d", kernel),
        ("oi", kernel),
        ("gem", [{"ridge": ridge, "columns": False} for ridge in linear.ridge]),
    ):
        make = lambda kind=kind, **given: SurfaceOI(regions, kind, **given)
        chosen[kind] = best(score, make, grid, linear.inflation)
    return chosen


def _profiles(own: BaselinesConfig, regions: Sequence[Linear], score: Scorer) -> Chosen:
    found = []
    for power, km in product(own.profiles.power, own.profiles.length_km):
        method = InverseDistance(regions, power=power, length=km / KILOMETRES)
        found.append((score(method), {"power": power, "length": km / KILOMETRES}))
    crps, chosen = min(found, key=lambda one: one[0])
    return {"inverse_distance": {**chosen, "crps": round(crps, 4)}}


def _ensemble(
    own: BaselinesConfig,
    store: Waters,
    training: dict[str, States],
    regions: Sequence[Linear],
    score: Scorer,
) -> tuple[dict[str, EnsembleOI], dict[str, Any]]:
    """Radius first, then inflation."""
    settings, libraries = own.ensemble, {}
    for name, region in zip(store.regions, regions, strict=True):
        states = training[name]
        kept = np.linspace(0, len(states.days) - 1, min(settings.states, len(states.days)))
        few = states.chosen(kept.round().astype(int))
        fields = library_fields(region, few, settings.thinning)
        libraries[region.digest] = StateLibrary(fields, np.ones(len(fields), int), store.grid(name))

    def make(radius_km: float, inflation: float) -> SurfaceEnsembleOI:
        of = {k: EnsembleOI(each, radius_km, inflation=inflation) for k, each in libraries.items()}
        return SurfaceEnsembleOI(regions, of)

    radii = [{"radius_km": radius} for radius in settings.radius_km]
    chosen = best(score, make, radii, settings.inflation)
    made = make(chosen["radius_km"], chosen["inflation"])
    return dict(made.ensembles), chosen
