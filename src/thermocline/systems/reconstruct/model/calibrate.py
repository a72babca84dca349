"""Fit on validation years how far the network is trusted, and assemble the model."""

import json
from collections.abc import Iterator

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import Config
from thermocline.systems.calibration import Calibration
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.assemble import assemble
from thermocline.systems.reconstruct.model.assemble import calibrate as calibrated
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.training.weights import read_weights


def calibrate(config: Config, track: Track) -> tuple[Reconstructor, list[str]]:
    """The model, and its calibration as text."""
    paths = StagePaths("reconstruct", config)
    store = States.open(paths.store)
    model = assemble(
        config,
        store,
        read_weights(paths.training / "weights.safetensors"),
        json.loads((paths.training / "training.json").read_text())["data_digest"],
        EnsembleOI.load(paths.baselines / "ensemble_oi.safetensors"),
    )
    evaluation_set = EvaluationSet(store, config, "validation")
    model = calibrated(
        model, store, list(evaluation_set.every()), lambda each: track(each, "Calibrating")
    )
    return model, list(_words(model.contract.gate))


def _words(factors: Calibration) -> Iterator[str]:
    for density, correction, spread in zip(
        factors.density, factors.correction, factors.spread, strict=True
    ):
        yield f"{density:.1%} of columns touched, from the surface down:"
        yield "  network's correction × " + " ".join(f"{value:.2f}" for value in correction)
        yield "  spread × " + " ".join(f"{value:.2f}" for value in spread)
