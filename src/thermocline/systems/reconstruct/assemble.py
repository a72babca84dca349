"""From a trained prior and a tuned ensemble OI to a model that can be served."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import Config
from thermocline.prepare.store import Store
from thermocline.systems.cases import Case, CaseBook
from thermocline.systems.contract import Contract, Gate
from thermocline.systems.prior import load_prior
from thermocline.systems.reconstruct.gate import fit_gate
from thermocline.systems.reconstruct.method import Reconstructor

VALIDATION_SEED = 1_000_000


def assemble(config: Config, store: Store, training: Path, baselines: Path) -> Reconstructor:
    """The model with a gate that trusts the network fully and leaves the spread as it is."""
    settings = config.reconstruct
    levels = len(store.depth)
    contract = Contract(
        system="reconstruct",
        variable="thetao",
        units="degree_Celsius",
        latitude=tuple(store.grid.latitude.tolist()),
        longitude=tuple(store.grid.longitude.tolist()),
        depth=tuple(store.depth.tolist()),
        network=settings.network,
        process=settings.process,
        sampling=settings.sampling,
        errors=config.observe,
        gate=Gate(density=(1.0,), correction=((1.0,) * levels,), spread=((1.0,) * levels,)),
        data_digest=json.loads((training / "training.json").read_text())["data_digest"],
        statistics_digest=store.statistics.digest(),
        seed=config.seed,
    )
    prior, raw = load_prior(training / "weights.safetensors", contract)
    ensemble = EnsembleOI.load(baselines / "ensemble_oi.safetensors")
    return Reconstructor(contract, prior, ensemble, store.statistics, raw)


def calibrate(
    model: Reconstructor,
    config: Config,
    store: Store,
    progress: Callable[[list[Case]], Iterable[Case]] = iter,
) -> Reconstructor:
    """The model with its gate fitted on the validation years' cases at every density."""
    book = CaseBook(store, config, "validation")
    cases = [case for density in config.evaluate.densities for case in book.columns(density)]
    members = range(model.sampling.members)
    drawn = [
        (case.density, case.problem, case.truth, model.draw(case.problem, members, VALIDATION_SEED))
        for case in progress(cases)
    ]
    area = np.asarray(store.grid.cell_area())
    contract = model.contract.model_copy(update={"gate": fit_gate(drawn, area)})
    return replace(model, contract=contract)
