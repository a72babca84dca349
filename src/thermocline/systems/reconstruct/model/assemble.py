"""From a trained prior and a tuned ensemble OI to a model that can be served."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from torch import Tensor

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.ocean.case import Case
from thermocline.systems.calibration import Calibration
from thermocline.systems.reconstruct.baselines.leave_out import LeaveMemberOut
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.calibration import (
    AnswerParts,
    fading_to_prior,
    fit_calibration,
)
from thermocline.systems.reconstruct.model.contract import ReconstructContract
from thermocline.systems.reconstruct.model.method import Reconstructor, observed_fraction
from thermocline.systems.reconstruct.model.prior import load_prior

VALIDATION_SEED = 1_000_000
WINDOW = 1
"""Months on either side that a served model accepts observations of, whatever it is scored with."""


def assemble(
    config: Config,
    store: States,
    weights: dict[str, Tensor],
    data_digest: str,
    ensemble: EnsembleOI,
) -> Reconstructor:
    """The model with factors of 1: the network's increment and the spread as they are.

    Args:
        weights: `raw.…` and `ema.…` by name, as the train stage writes them.
        data_digest: of the store the prior was trained on.
    """
    own = settings(config)
    contract = ReconstructContract(
        system="reconstruct",
        variable="thetao",
        units="degree_Celsius",
        latitude=tuple(store.grid.latitude.tolist()),
        longitude=tuple(store.grid.longitude.tolist()),
        depth=tuple(store.depth.tolist()),
        network=own.model.network,
        process=own.model.process,
        masking=own.model.masking,
        sampling=own.sampling,
        errors=own.data.observe.errors,
        gate=Calibration.open(len(store.depth)),
        data_digest=data_digest,
        statistics_digest=store.statistics.digest(),
        seed=config.seed,
        window=0 if ensemble.library.serial is None else max(WINDOW, own.data.observe.window),
    )
    prior, raw = load_prior(weights, contract)
    return Reconstructor(contract, prior, ensemble, store.statistics, raw)


def calibrate(
    model: Reconstructor,
    store: States,
    cases: Iterable[Case],
    progress: Callable[[list[Case]], Iterable[Case]] = iter,
) -> Reconstructor:
    """The model calibrated on validation cases, by the share of columns observed.

    A case is analysed with the other members' states alone, as the truth is of no member.
    """
    members = range(model.sampling.members)
    others = LeaveMemberOut(store, model.ensemble)
    by_member = sorted(cases, key=lambda case: case.problem.case)
    shares = _mean_shares(by_member)

    def draw(numbered: tuple[int, Case, EnsembleOI]) -> AnswerParts:
        seed, case, ensemble = numbered
        posterior = model.posterior(case.problem, members, seed, ensemble)
        return model.draw(case.problem, members, seed, posterior)

    numbered = (
        (seed, case, others(case.problem.case))
        for seed, case in enumerate(by_member, VALIDATION_SEED)
    )
    drawn = [
        (shares[case.protocol, case.density], case.problem, case.truth, parts)
        for case, parts in zip(progress(by_member), side_by_side(draw, numbered), strict=True)
    ]
    area = np.asarray(model.grid.cell_area())
    found = fit_calibration(drawn, area)
    return model.calibrated(fading_to_prior(found, model.ensemble.inflation))


def _mean_shares(cases: Sequence[Case]) -> dict[tuple[str, float], float]:
    """The share of columns touched, by protocol and density: cases observed alike differ a little,
    as cells of a level do not fill columns.
    """
    found: dict[tuple[str, float], list[float]] = {}
    for case in cases:
        touched = float(observed_fraction(case.problem)[0])
        found.setdefault((case.protocol, case.density), []).append(touched)
    return {kind: float(f"{np.mean(shares):.3g}") for kind, shares in found.items()}
