"""What a trial is worth: train as the configuration says, then score on validation years."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import Config
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook
from thermocline.systems.reconstruct.assemble import assemble, calibrate
from thermocline.systems.reconstruct.train import named_weights, train_prior
from thermocline.verify.cases import pool, score_case


def validation_crps(
    config: Config, store: Store, ensemble: EnsembleOI, data_digest: str = ""
) -> float:
    """CRPS in °C of a freshly trained model on the validation cases of the middle density.

    The gate is fitted on the even cases and scored on the odd ones, so that it is not judged by
    what it was fitted to. With a single validation case there is nothing else to judge it by.
    """
    with TemporaryDirectory() as scratch:
        fitted = train_prior(config, store, Path(scratch))
    model = assemble(config, store, named_weights(fitted), data_digest, ensemble)
    book = CaseBook(store, config, "validation")
    density = config.evaluate.densities[len(config.evaluate.densities) // 2]
    cases = list(book.columns(density))
    model = calibrate(model, cases[::2])
    area = np.asarray(store.grid.cell_area())
    scores = []
    for index, case in enumerate(cases[1::2] or cases):
        analysis = model.analyse(case.problem, config.evaluate.members, config.seed + index)
        scores.append(score_case(analysis, case.problem, case.truth, store.statistics, area))
    return pool(scores).crps
