"""Train the denoiser of `reconstruct`, in the pipeline and in sweeps alike."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import Config
from thermocline.systems import closure
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.denoising import Denoising
from thermocline.systems.reconstruct.model.objective import StartingFromAnalysis
from thermocline.systems.reconstruct.model.pair_making import (
    common_ocean,
    observation_error,
    pairs_of,
)
from thermocline.systems.reconstruct.model.prior import Prior, build_network
from thermocline.training.fit import fit
from thermocline.training.objective import Fitted, Objective, Report


def train_prior(
    config: Config,
    store: States,
    ensemble: EnsembleOI,
    checkpoints: Path,
    report: Report = lambda step, metrics: None,
    callbacks: Sequence[Any] = (),
) -> Fitted:
    """Train on the store's training years; continues from `checkpoints` if they were begun.

    Args:
        ensemble: the tuned one, that a network which starts from analyses is given those of.
        callbacks: Lightning callbacks, called after each step's bookkeeping.
    """
    own = settings(config)
    model = own.model
    network = build_network(model.network, model.masking, len(store.depth), config.seed)
    prior = Prior(network, model.process, store.grid, model.masking)
    make = informed_objective if model.masking.analysis else prior_objective
    return fit(
        network,
        make(prior, config, store, ensemble),
        own.training,
        config.seed,
        checkpoints,
        report,
        callbacks=callbacks,
    )


def prior_objective(prior: Prior, config: Config, store: States, _: EnsembleOI) -> Objective:
    """Denoising of states that are at most shown observations."""
    states, months, _names = store.states("train")
    held_back = store.states("validation")[:2]
    batch, s_y = settings(config).training.batch, observation_error(config, store)
    return Denoising(prior, states, months, store.masks("train"), held_back, batch, s_y)


def informed_objective(
    prior: Prior, config: Config, store: States, ensemble: EnsembleOI
) -> Objective:
    """Denoising that starts from analyses; makes them, or finds them made."""
    states, months, _ = store.states("train")
    ocean, std = common_ocean(store), store.statistics.std
    area = np.broadcast_to(np.asarray(store.grid.cell_area()), ocean.shape) * ocean
    parts = [area / area.sum(), area * std**2 / (area * std**2).sum()]
    return StartingFromAnalysis(
        prior,
        states,
        months,
        pairs_of(config, store, ensemble, "train"),
        (*store.states("validation")[:2], pairs_of(config, store, ensemble, "validation")),
        ocean,
        (0.5 * (parts[0] + parts[1])).astype(np.float32),
        observation_error(config, store),
        settings(config).training.batch,
    )


def training_key(config: Config, data_digest: str, ensemble: EnsembleOI) -> str:
    """See `closure.training_key`."""
    own = settings(config)
    sections = (own.data.observe, own.model, own.training)
    return closure.training_key("reconstruct", config, data_digest, sections, ensemble.parameters)
