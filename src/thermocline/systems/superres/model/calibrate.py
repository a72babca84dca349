"""Fit the calibration on validation days, and assemble the model."""

from collections.abc import Iterator
from dataclasses import replace

from thermocline.config import Config
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Track
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.model.calibration import Calibration
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.train import with_calibration


def calibrate(config: Config, track: Track) -> tuple[Superresolver, list[str]]:
    """The model, and its calibration in words."""
    paths, trained = StagePaths("superres", config), settings(config).trained
    model, store = Superresolver.load(paths.training), Pairs.open(paths.store)
    # How members are drawn may have changed since it was trained.
    current = {"config": trained, "block": store.block}
    model = replace(model, contract=model.contract.model_copy(update=current))
    if not trained.gate:
        return model, ["no gate"]
    model = with_calibration(
        model, store.pairs("validation"), lambda each: track(each, "Calibrating")
    )
    return model, list(_words(model.contract.gate))


def _words(gate: Calibration) -> Iterator[str]:
    for gradient_magnitude, correction in zip(
        gate.gradient_magnitude, gate.correction, strict=True
    ):
        yield f"gradient {gradient_magnitude:.3f} °C a block: increment × {correction:.2f}"
    texture = gate.texture
    columns = zip(texture.gradient_magnitude, texture.spread, texture.detail, strict=True)
    for gradient_magnitude, spread, detail in columns:
        yield (
            f"gradient of the mean around {gradient_magnitude:.3f} °C a block: "
            f"members' spread × {spread:.2f}, of which detail × {detail:.2f}"
        )
