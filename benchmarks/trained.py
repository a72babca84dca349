"""Models of other settings than the demo's: trained, calibrated, and kept for the next time."""

from pathlib import Path

from rich.progress import track

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import Config
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.assemble import assemble, calibrate
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.reconstruct.model.train import train_prior, training_key
from thermocline.training.weights import named_weights


def trained(config: Config, store: States, ensemble: EnsembleOI, folder: Path) -> Reconstructor:
    """The model that stages train and calibrate would make of `config`.

    Kept in `folder` under a name of its own; a training that was cut off is continued.
    """
    place = folder / training_key(config, store.digest(), ensemble) / "model"
    if place.is_dir():
        model = Reconstructor.load(place)
        if model.contract.sampling == config.section("reconstruct").sampling:
            return model
    model = untuned(config, store, ensemble, folder)
    book = EvaluationSet(store, config, "validation")
    model = calibrate(model, store, list(book.every()), lambda each: track(each, "Calibrating"))
    model.save(place)
    return model


def untuned(config: Config, store: States, ensemble: EnsembleOI, folder: Path) -> Reconstructor:
    """The same model before it is calibrated: trained, or as its last checkpoint has it."""
    digest = store.digest()
    place = folder / training_key(config, digest, ensemble)
    report = lambda step, metrics: print(f"step {step}: {metrics}", flush=True)
    fitted = train_prior(config, store, ensemble, place / "checkpoints", report)
    return assemble(config, store, named_weights(fitted), digest, ensemble)
