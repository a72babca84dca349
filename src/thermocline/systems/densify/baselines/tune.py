"""Fit every classical method to the training states, and choose its settings on validation ones.

A validation state is analysed by what other runs say, as the truth will be: by its own run's, which
is like it, the smallest spread would be good enough.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.files import atomic_directory
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Method
from thermocline.systems.densify.baselines.ensemble import SurfaceEnsembleOI
from thermocline.systems.densify.baselines.known import Known
from thermocline.systems.densify.baselines.methods import InverseDistance, SurfaceOI, region_of
from thermocline.systems.densify.baselines.strangers import FOLDER
from thermocline.systems.densify.config import BaselinesConfig, settings
from thermocline.systems.densify.data.cases import COLUMNS, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.paths import StagePaths
from thermocline.verify.probabilistic import crps_ensemble, crps_gaussian

MEMBERS = 12
"""Draws of a candidate; CRPS is the fair one."""
DENSITIES = (0.0, 0.005, 0.05)
KILOMETRES = 20.0
"""A cell's width, about: covariances count in cells."""
Chosen = dict[str, dict[str, Any]]
Make = Callable[..., Method]
"""Makes a method of what is `Known`, and of settings."""


def tune_baselines(config: Config, folder: Path) -> Chosen:
    """See `protocol.System`; writes a file for each region, and tuned.json."""
    own = settings(config).baselines
    store = Waters.open(StagePaths("densify", config).store)
    training = {name: store.states("train", name) for name in store.regions}
    runs = sorted({run for states in training.values() for run in states.run.tolist()})
    known = Known.of(store, training, own)
    without = {run: Known.of(store, training, own, run) for run in runs}
    climates = {name: each.climate for name, each in zip(training, known.regions, strict=True)}
    densities = [(COLUMNS, density) for density in DENSITIES]
    asked = cases(config, store, "validation", climates, densities, own.cases)
    score = Scorer(known, without, [case for case in asked if case.variable == WATER[0]])
    chosen = {**_linear(own, score), **_profiles(own, score), "ensemble_oi": _ensemble(own, score)}
    found = chosen["ensemble_oi"]
    ensembles = known.ensembles(found["radius_km"], found["inflation"])
    with atomic_directory(folder) as temporary:
        for i, (name, states) in enumerate(training.items()):
            region = known.regions[i]
            region.save(temporary / f"{name}.safetensors")
            ensembles[region.digest].save(temporary / f"{name}_ensemble.safetensors")
            for run in sorted(set(states.run.tolist())):
                stranger = without[run].regions[i]
                stranger.save(temporary / FOLDER / f"{name}-{run}.safetensors")
        (temporary / "tuned.json").write_text(json.dumps(chosen, indent=1) + "\n")
    return chosen


class Scorer:
    """Mean score of a method's answers to cases, in deviations of each channel.

    It is the fair CRPS of members, or that of the Gaussian which a method without members states.

    Args:
        known: of all runs, for cases of another run than these.
        without: of all but a run, by the run.
        asked: cases, whose names have their run in the middle.
    """

    def __init__(self, known: Known, without: Mapping[str, Known], asked: Sequence[Case]):
        self._asked = asked
        self._known = {run: without.get(run, known) for run in map(_run_of, asked)}

    def __call__(self, make: Make) -> float:
        """Of the method that is made of each `Known`."""
        methods = {run: make(known) for run, known in self._known.items()}

        def one(case: Case) -> float:
            run = _run_of(case)
            climate = region_of(self._known[run].regions, case.problem).climate
            answer = methods[run].analyse(case.problem, MEMBERS, 0)
            truth = case.truth[:, climate.ocean]
            if answer.members is None:
                assert answer.std is not None
                mean, std = (part[:, climate.ocean] for part in (answer.mean, answer.std))
                sea = crps_gaussian(mean, std, truth)
            else:
                sea = crps_ensemble(answer.members[..., climate.ocean], truth)
            return float((sea.mean(axis=1) / climate.std[: len(sea)]).mean())

        return float(np.mean(list(side_by_side(one, self._asked))))


def _run_of(case: Case) -> str:
    return case.problem.case.split("/")[1]


def best(
    score: Scorer, make: Make, grid: Iterable[dict[str, Any]], among: Iterable[float]
) -> dict[str, Any]:
    """The settings of a grid that score best, then the best of some inflations for them.

    The grid is scored with an inflation of 1. The score of what is chosen is its `crps`.
    """
    of = lambda **given: score(partial(make, **given))
    found = [(of(**each, inflation=1.0), each) for each in grid]
    plain, first = min(found, key=lambda one: one[0])
    inflated = [(plain if value == 1 else of(**first, inflation=value), value) for value in among]
    crps, inflation = min(inflated)
    return {**first, "inflation": inflation, "crps": round(crps, 4)}


def _linear(own: BaselinesConfig, score: Scorer) -> Chosen:
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

        def make(known: Known, kind: str = kind, **given: Any) -> SurfaceOI:
            return SurfaceOI(known.regions, kind, **given)

        chosen[kind] = best(score, make, grid, linear.inflation)
    return chosen


def _profiles(own: BaselinesConfig, score: Scorer) -> Chosen:
    found = []
    for power, km in product(own.profiles.power, own.profiles.length_km):
        given = {"power": power, "length": km / KILOMETRES}
        found.append(
            (score(lambda known, given=given: InverseDistance(known.regions, **given)), given)
        )
    crps, chosen = min(found, key=lambda one: one[0])
    return {"inverse_distance": {**chosen, "crps": round(crps, 4)}}


def _ensemble(own: BaselinesConfig, score: Scorer) -> dict[str, Any]:
    """Radius first, then inflation."""

    def make(known: Known, **given: float) -> SurfaceEnsembleOI:
        return SurfaceEnsembleOI(known.regions, known.ensembles(**given))

    radii = [{"radius_km": radius} for radius in own.ensemble.radius_km]
    return best(score, make, radii, own.ensemble.inflation)
