"""What the network for observations is trained on: truths, and cross-validated analyses of them.

Every state of a run is analysed by what the other runs say, as a new one is.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.files import atomic_path
from thermocline.prepare.split import Split
from thermocline.systems.seaice.baselines.cross_validation import CrossValidated
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.baselines.methods import EnsembleOI
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import observe, problem
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.correcting import Analysed, scaled_moments, seen_fields
from thermocline.systems.seaice.model.scaling import Scaling

SPARSEST = 0.01
"""Smallest share of cells that is observed in training."""


def make_pairs(
    config: Config, store: States, ensemble: Ensemble, scaling: Scaling, split: Split, folder: Path
) -> Analysed:
    """Analyses of a split's states with layouts drawn anew; found in `folder` if they were made."""
    path = folder / f"pairs-{split}.safetensors"
    if not path.is_file():
        parts = _make(config, store, ensemble, scaling, split)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            save_file(parts, temporary)
    parts = load_file(path)
    return Analysed(*(torch.from_numpy(parts[name]).float() for name in Analysed._fields))


def _make(
    config: Config, store: States, ensemble: Ensemble, scaling: Scaling, split: Split
) -> dict[str, NDArray]:
    own = settings(config)
    model, of = own.model.analysis, lambda library: EnsembleOI(replace(ensemble, library=library))
    methods = CrossValidated(store, ensemble.library, of)
    count = model.pairs if split == "train" else max(16, model.pairs // 8)
    ice = store.states(split, count)
    densest = max(1 - model.ratio, 2 * SPARSEST)

    def analyse(index: int) -> dict[str, NDArray]:
        rng = np.random.default_rng([config.seed, index, split == "train"])
        density = float(np.exp(rng.uniform(np.log(SPARSEST), np.log(densest))))
        state, day = ice.values[index], np.datetime64(ice.names[index].rpartition("/")[2], "D")
        seen = observe(state, store.ocean, density, own.data, rng)
        asked = problem(store.grid, store.ocean, day, seen, ice.names[index])
        method = methods.of(ice.names[index])
        found = method.posterior(asked, 0, 0)
        mean, std = scaled_moments(method, scaling, found.mean, found.std)
        truth = scaling.scale(torch.from_numpy(state)).numpy()
        day_of_year = np.array(ice.day[index], np.float32)
        parts = (truth, mean, std, seen_fields(asked, scaling), day_of_year)
        return dict(zip(Analysed._fields, parts, strict=True))

    made = list(side_by_side(analyse, range(len(ice.names))))
    return {name: np.stack([each[name] for each in made]) for name in Analysed._fields}
