"""Training of a denoiser: from the prepared store and classical methods to weights."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from thermocline.config import Config
from thermocline.systems.closure import training_key
from thermocline.systems.contract import WEIGHTS
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.coding import code
from thermocline.systems.densify.model.network import Prior, new_network
from thermocline.systems.densify.model.objective import Denoising
from thermocline.systems.densify.model.pairs import pairs_of
from thermocline.systems.paths import StagePaths
from thermocline.training.fit import fit
from thermocline.training.objective import Fitted, Metrics, Report
from thermocline.training.share import check_divisible, processes
from thermocline.training.weights import named_weights


def trained(
    config: Config,
    store: Waters,
    leave_member_out: LeaveMemberOut,
    checkpoints: Path,
    report: Report = lambda step, metrics: None,
    callbacks: Sequence[Any] = (),
) -> Fitted:
    """Train a denoiser, or resume from `checkpoints`; in latent space the autoencoder first.

    Steps of the metrics are counted through both trainings.

    Args:
        callbacks: of Lightning.
    """
    own = settings(config)
    network = new_network(own.model, len(store.channels), config.seed)
    prior = Prior.of(network, own.model)
    pairs, checks = (
        pairs_of(config, store, leave_member_out, split) for split in ("train", "validation")
    )
    coded = []
    if prior.coder is not None:
        for where, each in {
            "training.autoencoder": own.training.autoencoder,
            "training": own.training,
        }.items():
            check_divisible(each.batch, processes(), each.accumulate, f"densify.{where}")
        place = checkpoints / "autoencoder"
        first = own.training.autoencoder
        coded = code(prior.coder, pairs, checks, first, config.seed, place, report, prior.mirrored)
    before = coded[-1][0] if coded else 0
    fitted = fit(
        network,
        Denoising(prior, pairs, checks, own.model.shown.ratio, own.training),
        own.training,
        config.seed,
        checkpoints,
        lambda step, metrics: report(before + step, metrics),
        callbacks=callbacks,
    )
    history = [(before + step, metrics) for step, metrics in fitted.history]
    return replace(fitted, history=coded + history)


class DenoiserTraining:
    """See `systems.protocol.Training`."""

    def __init__(self, config: Config):
        paths, own = StagePaths("densify", config), settings(config)
        self.config, self.store = config, paths.store
        self._store = Waters.open(paths.store)
        self._strangers = LeaveMemberOut(paths.baselines, own.model.start)
        self.data_digest = self._store.digest()
        sections = (own.data, own.model, own.training)
        methods = self._strangers.digest
        self.key = training_key("densify", config, self.data_digest, sections, methods)
        self._fitted: Fitted | None = None

    def run(self, checkpoints: Path, report: Report) -> list[tuple[int, Metrics]]:
        """Train; metrics by step."""
        self._fitted = trained(self.config, self._store, self._strangers, checkpoints, report)
        return self._fitted.history

    def save(self, folder: Path) -> None:
        """Write weights.safetensors."""
        assert self._fitted is not None
        save_file(named_weights(self._fitted), folder / WEIGHTS)
