"""Fit on validation days how far the network is trusted, and assemble the model."""

from collections.abc import Iterator
from dataclasses import replace

from thermocline.config import Config
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.model.calibration import Calibration
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.train import gated


def calibrate(config: Config, track: Track) -> tuple[Superresolver, list[str]]:
    """The model, and its gate in words."""
    built, trained = StagePaths("superres", config), settings(config).trained
    model, store = Superresolver.load(built.training), Pairs.open(built.store)
    # How members are drawn may have changed since it was trained.
    known = {"config": trained, "block": store.block}
    model = replace(model, contract=model.contract.model_copy(update=known))
    if not trained.gate:
        return model, ["no gate"]
    model = gated(model, store.pairs("validation"), lambda each: track(each, "Calibrating"))
    return model, list(_words(model.contract.gate))


def _words(gate: Calibration) -> Iterator[str]:
    for steepness, correction in zip(gate.steepness, gate.correction, strict=True):
        yield f"slope {steepness:.3f} °C a block: network's correction × {correction:.2f}"
    texture = gate.texture
    columns = zip(texture.steepness, texture.spread, texture.detail, strict=True)
    for steepness, spread, detail in columns:
        yield (
            f"slope of the mean around {steepness:.3f} °C a block: "
            f"members' spread × {spread:.2f}, of which detail × {detail:.2f}"
        )
