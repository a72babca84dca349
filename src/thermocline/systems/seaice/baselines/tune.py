"""Choose parameters on validation years: of the ensemble OI, plain and anamorphosed, and the OI."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.baselines.univariate.tuning import tune_oi
from thermocline.concurrency import side_by_side
from thermocline.config import Config, OIConfig
from thermocline.files import atomic_directory
from thermocline.ocean.anomalies import to_anomalies
from thermocline.ocean.case import Case
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.cross_validation import CrossValidated
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.baselines.library import Library
from thermocline.systems.seaice.baselines.methods import TUNED, AnamorphosedOI, EnsembleOI
from thermocline.systems.seaice.baselines.parametric import statistics_of
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import cases
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import States
from thermocline.verify.metrics.probabilistic import crps_ensemble

MEMBERS = 12
"""Draws of a candidate; CRPS is the fair one."""
KINDS: dict[str, Callable[[Ensemble], Any]] = {
    "ensemble": EnsembleOI,
    "anamorphosed": AnamorphosedOI,
}


def tune_baselines(config: Config, folder: Path) -> dict[str, dict[str, Any]]:
    """See `protocol.System`; writes a file for each kind."""
    own = settings(config).baselines.ensemble
    store = States.open(StagePaths("seaice", config).store)
    library = library_of(store, own.states)
    asked = _cases(config, store, own.cases)
    chosen: dict[str, dict[str, Any]] = {}
    with atomic_directory(folder) as temporary:
        for kind, make in KINDS.items():
            found, plain = {}, Ensemble(library, 1, 1, 1)
            of = lambda known, make=make, plain=plain: make(replace(plain, library=known))
            methods = CrossValidated(store, library, of)
            for values in itertools.product(own.radius_km, own.season_months, own.inflation):
                found[values] = _score(methods, values, asked, store)
            best = min(found, key=found.__getitem__)
            ensemble = Ensemble(library, *best)
            ensemble.save(temporary / f"{kind}.safetensors")
            chosen[kind] = {**ensemble.parameters, "crps": round(found[best], 4)}
        chosen["oi"] = tuned_oi(library, settings(config).baselines.oi, asked, store)
        (temporary / TUNED).write_text(json.dumps(chosen, indent=1) + "\n")
    return chosen


def tuned_oi(
    library: Library, candidates: OIConfig, asked: list[Case], store: States
) -> dict[str, Any]:
    """Length, error factor and kernel of each variable, cross-validated."""
    fitted, pairs = CrossValidated(store, library, statistics_of), []
    for case in asked:
        statistics = fitted.of(case.problem.case)
        month = case.problem.calendar_month()
        anomalies = statistics.normalise(np.nan_to_num(case.truth), month)
        pairs.append((to_anomalies(case.problem, statistics), anomalies))
    weight = store.grid.cell_area() * statistics_of(library).std ** 2
    method, _ = tune_oi(pairs, weight, store.grid, candidates)
    return {name: getattr(method, name) for name in ("lengths_km", "error_factors", "kernels")}


def library_of(store: States, most: int) -> Library:
    """At most so many training states, evenly taken."""
    ice = store.states("train", most)
    grid = dict(store.grid.describe())
    return Library.of(ice.values, ice.month, ice.member, store.ocean, grid, ice.year)


def _cases(config: Config, store: States, count: int) -> list[Case]:
    """Validation cases with observations, each once."""
    few = {"validation_cases": count}
    own = settings(config)
    own = own.model_copy(update={"evaluate": own.evaluate.model_copy(update=few)})
    config = config.model_copy(update={"seaice": own})
    every = cases(config, store, "validation")
    return [case for case in every if case.variable == NAMES[0]]


def _score(methods: CrossValidated[Any], values: tuple, asked: list[Case], store: States) -> float:
    """Mean CRPS over the sea, by area, in deviations of each variable, cross-validated.

    Args:
        methods: what they made of their states is kept.
        values: parameters that they are tried with.
    """
    some = methods.of(asked[0].problem.case).ensemble.library
    deviation = some.states(np.arange(0, len(some.codes), 10)).std(axis=(0, 2))

    def score(case: Case) -> float:
        method = methods.of(case.problem.case)
        tried = replace(method, ensemble=Ensemble(method.ensemble.library, *values))
        crps = crps_ensemble(tried.draws(case.problem, MEMBERS, 0), case.truth)
        return float((store.over_sea(crps) / deviation).mean())

    return float(np.mean(list(side_by_side(score, asked))))
