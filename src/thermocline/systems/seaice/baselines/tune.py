"""Choose the ensemble OI's parameters on validation years, as it is and anamorphosed."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.files import atomic_directory
from thermocline.ocean.case import Case
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.ensemble import Ensemble, Library
from thermocline.systems.seaice.baselines.methods import AnamorphosedOI, EnsembleOI
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import cases
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import States
from thermocline.verify.probabilistic import crps_ensemble

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
            found = {}
            for values in itertools.product(own.radius_km, own.season_months, own.inflation):
                candidate = Ensemble(library, *values)
                found[values] = _score(candidate, make, asked, store)
            best = min(found, key=found.__getitem__)
            ensemble = Ensemble(library, *best)
            ensemble.save(temporary / f"{kind}.safetensors")
            chosen[kind] = {**ensemble.parameters, "crps": round(found[best], 4)}
        (temporary / "tuned.json").write_text(json.dumps(chosen, indent=1) + "\n")
    return chosen


def library_of(store: States, most: int) -> Library:
    """At most so many training states, evenly taken."""
    ice = store.states("train", most)
    return Library.of(ice.values, ice.month, ice.member, store.ocean, dict(store.grid.describe()))


def _cases(config: Config, store: States, count: int) -> list[Case]:
    """Validation cases with observations, each once."""
    few = {"validation_cases": count}
    own = settings(config)
    own = own.model_copy(update={"evaluate": own.evaluate.model_copy(update=few)})
    config = config.model_copy(update={"seaice": own})
    every = cases(config, store, "validation")
    return [case for case in every if case.variable == NAMES[0]]


def _score(
    candidate: Ensemble, make: Callable[[Ensemble], Any], asked: list[Case], store: States
) -> float:
    """Mean CRPS over the sea in deviations of each variable; without the truth's own member."""
    own, ocean = candidate.library, store.ocean
    deviation = own.states(np.arange(0, len(own.codes), 10)).std(axis=(0, 2))
    methods = [make(candidate.without(member)) for member in range(len(store.members))]

    def score(case: Case) -> float:
        member = store.members.index(case.problem.case.rpartition("/")[0])
        answer = methods[member].analyse(case.problem, MEMBERS, 0)
        crps = crps_ensemble(answer.members, case.truth)
        return float((crps[:, ocean].mean(axis=1) / deviation).mean())

    return float(np.mean(list(side_by_side(score, asked))))
