"""Fit every classical method to the training states, and choose its settings on validation ones.

A validation state is analysed by methods fitted to other runs, as the truth will be: with its own
run, which resembles it, the chosen spread would be too small. Of a single run, other years are used
(`folds`).
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
from thermocline.systems.densify.baselines.folds import fold_of, folds
from thermocline.systems.densify.baselines.known import Known
from thermocline.systems.densify.baselines.leave_member_out import FOLDER, FOLDS
from thermocline.systems.densify.baselines.methods import SurfaceOI, region_of
from thermocline.systems.densify.baselines.simple import InverseDistance
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.config.baselines import BaselinesConfig
from thermocline.systems.densify.data.cases import COLUMNS, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.paths import StagePaths
from thermocline.verify.metrics.probabilistic import crps_ensemble, crps_gaussian

MEMBERS = 12
"""Draws of a candidate; CRPS is the fair one."""
DENSITIES = (0.0, 0.005, 0.05)
Chosen = dict[str, dict[str, Any]]
Make = Callable[..., Method]
"""Makes a method of what is `Known`, and of settings."""


def tune_baselines(config: Config, folder: Path) -> Chosen:
    """See `protocol.System`; writes a file for each region, and tuned.json."""
    own = settings(config).baselines
    store = Waters.open(StagePaths("densify", config).store)
    training = {name: store.states("train", name) for name in store.regions}
    apart = folds(run for states in training.values() for run in states.run.tolist())
    known = Known.of(store, training, own)
    without = {fold: Known.of(store, training, own, fold) for fold in apart}
    climates = {name: each.climate for name, each in zip(training, known.regions, strict=True)}
    densities = [(COLUMNS, density) for density in DENSITIES]
    asked = cases(config, store, "validation", climates, densities, own.cases)
    score = Scorer(known, without, [case for case in asked if case.variable == WATER[0]])
    cell = store.cell_km
    chosen = {**_linear(own, score, cell), **_profiles(own, score, cell)}
    chosen["ensemble_oi"] = _ensemble(own, score)
    found = chosen["ensemble_oi"]
    ensembles = known.ensembles(found["radius_km"], found["inflation"])
    with atomic_directory(folder) as temporary:
        for i, name in enumerate(training):
            region = known.regions[i]
            region.save(temporary / f"{name}.safetensors")
            ensembles[region.digest].save(temporary / f"{name}_ensemble.safetensors")
            for fold in apart:
                stranger = without[fold].regions[i]
                stranger.save(temporary / FOLDER / f"{name}-{fold}.safetensors")
        (temporary / FOLDS).write_text(json.dumps(apart) + "\n")
        (temporary / "tuned.json").write_text(json.dumps(chosen, indent=1) + "\n")
    return chosen


class Scorer:
    """Mean score of a method's answers to cases, by area, in deviations of each channel.

    It is the fair CRPS of members, or that of the Gaussian which a method without members states.

    Args:
        known: of all runs, for cases of another run than these.
        without: of all but a fold, by its name.
        asked: cases, each answered by what does not know its fold.
    """

    def __init__(self, known: Known, without: Mapping[str, Known], asked: Sequence[Case]):
        self._asked = asked
        self._fold = {each.problem.case: fold_of(each.problem.case, without) for each in asked}
        self._known = {fold: without.get(fold, known) for fold in self._fold.values()}

    def __call__(self, make: Make) -> float:
        """Of the method that is made of each `Known`."""
        methods = {fold: make(known) for fold, known in self._known.items()}

        def one(case: Case) -> float:
            fold = self._fold[case.problem.case]
            climate = region_of(self._known[fold].regions, case.problem).climate
            answer = methods[fold].analyse(case.problem, MEMBERS, 0)
            truth, wet = (x[:, climate.ocean] for x in (case.truth, case.problem.ocean))
            area = wet * np.asarray(case.problem.grid.cell_area())[climate.ocean]
            if answer.members is None:
                assert answer.std is not None
                mean, std = (part[:, climate.ocean] for part in (answer.mean, answer.std))
                sea = crps_gaussian(mean, std, truth)
            else:
                sea = crps_ensemble(answer.members[..., climate.ocean], truth)
            mean = (sea * area).sum(axis=1, where=wet) / area.sum(axis=1)
            return float((mean / climate.std[: len(sea)]).mean())

        return float(np.mean(list(side_by_side(one, self._asked))))


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


def _linear(own: BaselinesConfig, score: Scorer, cell: float) -> Chosen:
    """Ridge and radius (or length) first, then how large the covariance is.

    Methods count lengths in cells, which are `cell` km wide.
    """
    linear, chosen = own.linear, {}
    archive = [
        {"ridge": ridge, "radius": km / cell}
        for ridge, km in product(linear.ridge, linear.radius_km)
    ]
    kernel = [
        {"ridge": linear.ridge[0], "radius": km / cell, "kernel": True}
        for km in own.profiles.length_km
    ]
    for kind, grid in (
        ("ridge_oi", archive),
        ("armor3d", kernel),
        ("oi", kernel),
        ("gem", [{"ridge": ridge, "columns": False} for ridge in linear.ridge]),
    ):

        def make(known: Known, kind: str = kind, **given: Any) -> SurfaceOI:
            return SurfaceOI(known.regions, kind, **given, spread=False)

        chosen[kind] = best(score, make, grid, linear.inflation)
    return chosen


def _profiles(own: BaselinesConfig, score: Scorer, cell: float) -> Chosen:
    found = []
    for power, km in product(own.profiles.power, own.profiles.length_km):
        given = {"power": power, "length": km / cell}
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
