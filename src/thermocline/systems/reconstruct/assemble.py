"""From a trained prior and a tuned ensemble OI to a model that can be served."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from torch import Tensor

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import Config
from thermocline.prepare.store import Store
from thermocline.systems.cases import Case
from thermocline.systems.contract import Contract, Gate
from thermocline.systems.prior import load_prior
from thermocline.systems.reconstruct.gate import fit_gate
from thermocline.systems.reconstruct.method import Reconstructor

VALIDATION_SEED = 1_000_000


def assemble(
    config: Config,
    store: Store,
    weights: dict[str, Tensor],
    data_digest: str,
    ensemble: EnsembleOI,
) -> Reconstructor:
    """The model with a gate that trusts the network fully and leaves the spread as it is.

    Args:
        weights: `raw.…` and `ema.…` by name, as the train stage writes them.
        data_digest: of the store the prior was trained on.
    """
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
        masking=settings.masking,
        sampling=settings.sampling,
        errors=config.observe,
        gate=Gate(density=(1.0,), correction=((1.0,) * levels,), spread=((1.0,) * levels,)),
        data_digest=data_digest,
        statistics_digest=store.statistics.digest(),
        seed=config.seed,
    )
    prior, raw = load_prior(weights, contract)
    return Reconstructor(contract, prior, ensemble, store.statistics, raw)


def calibrate(model: Reconstructor, cases: Iterable[Case]) -> Reconstructor:
    """The model with its gate fitted on validation cases, all densities together."""
    members = range(model.sampling.members)
    drawn = [
        (case.density, case.problem, case.truth, model.draw(case.problem, members, VALIDATION_SEED))
        for case in cases
    ]
    area = np.asarray(model.grid.cell_area())
    contract = model.contract.model_copy(update={"gate": fit_gate(drawn, area)})
    return replace(model, contract=contract)
