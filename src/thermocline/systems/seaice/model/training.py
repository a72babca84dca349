"""Prepared store to weights: the autoencoder, the network for observations, the denoiser.

Each is a training of its own, with checkpoints of its own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from thermocline.config import Config, TrainingConfig
from thermocline.ocean.sphere import unit_vectors
from thermocline.systems.closure import training_key
from thermocline.systems.contract import WEIGHTS
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.autoencoding import Autoencoding
from thermocline.systems.seaice.model.correcting import Correcting
from thermocline.systems.seaice.model.denoising import CHECKED, Denoising
from thermocline.systems.seaice.model.features import BETA, FILE, SEED, new_features
from thermocline.systems.seaice.model.networks import IceNetworks, check_fit, weights_of
from thermocline.systems.seaice.model.pair_making import make_pairs
from thermocline.systems.seaice.model.scaling import Scaling
from thermocline.training.fit import fit
from thermocline.training.objective import Metrics, Objective, Report

Reported = list[tuple[int, Metrics]]


class IceTraining:
    """Trains the networks of one configuration; used by the pipeline, studies and benchmarks.

    Args:
        store: prepared states.
        ensemble: the tuned ensemble OI; without it the network for observations is not trained.
    """

    def __init__(self, config: Config, store: States, ensemble: Ensemble | None):
        self.config, self.own, self.store, self.ensemble = config, settings(config), store, ensemble
        train, held_back = store.states("train"), store.states("validation")
        places = unit_vectors(*store.grid.centres())
        self.scaling = Scaling.of(train.values, store.ocean, places)
        check_fit(self.own.model, store.grid.shape)
        self.networks = IceNetworks(self.own.model, self.scaling.known, config.seed)
        self.states = self.scaling.scale(torch.from_numpy(train.values))
        self.held_back = self.scaling.scale(torch.from_numpy(held_back.values))
        self.days = [torch.from_numpy(each.day) for each in (train, held_back)]
        self.features = new_features(self.scaling, config.seed)
        self.history: Reported = []

    def run(self, folder: Path, report: Report, callbacks: Sequence[Any] = ()) -> Reported:
        """Train all of them, or go on from `folder`; metrics by step, counted through.

        Args:
            callbacks: of Lightning, for the denoiser's training.
        """
        self._run_autoencoder(folder, report)
        self.run_analysis(folder, report)
        self._fit(
            self.networks.denoiser,
            self._denoising(),
            self.own.training,
            folder / "denoiser",
            report,
            callbacks,
        )
        self.networks.eval().requires_grad_(False)
        return self.history

    def _run_autoencoder(self, folder: Path, report: Report) -> None:
        """Of a model in latent space: the autoencoder."""
        own, latent = self.own, self.networks.latent
        if latent is None:
            return
        objective = Autoencoding(
            self.states,
            self.held_back,
            self.scaling,
            own.model.autoencoder.likelihood,
            own.model.autoencoder.beta,
            own.training.autoencoder.batch,
            latent.autoencoder.shape_of_latent(*self.store.grid.shape),
        )
        place = folder / "autoencoder"
        self._fit(latent.autoencoder, objective, own.training.autoencoder, place, report)

    def run_analysis(self, folder: Path, report: Report) -> None:
        """The network for observations, if there is an ensemble to go on from."""
        if self.ensemble is None:
            return
        own = self.own.training.analysis
        of = self.config, self.store, self.ensemble, self.scaling
        pairs, checks = make_pairs(*of, "train", folder), make_pairs(*of, "validation", folder)
        objective = Correcting(pairs, checks, self.scaling, own.batch)
        self._fit(self.networks.analysis, objective, own, folder / "analysis", report)

    def run_features(self, folder: Path) -> None:
        """Train what states are judged by."""
        own = self.own.training.features
        seed, network = self.config.seed + SEED, self.features.network
        latent = network.shape_of_latent(*self.store.grid.shape)
        objective = Autoencoding(
            self.states, self.held_back, self.scaling, "gaussian", BETA, own.batch, latent
        )
        network.load_state_dict(fit(network, objective, own, seed, folder / "features").ema)
        network.eval().requires_grad_(False)

    def _denoising(self) -> Denoising:
        """Of states; or of their latents, standardised, and drawn once with noise of their own."""
        parts = [self.states, self.held_back]
        weight = self.scaling.ocean / self.scaling.ocean.mean()
        latent = self.networks.latent
        if latent is not None:
            generator = torch.Generator().manual_seed(self.config.seed)
            noise = lambda like: torch.randn(like.shape, generator=generator)
            encoded = [latent.encode(part) for part in (parts[0], parts[1][:CHECKED])]
            latent.standardise(*encoded[0])
            parts = [latent.draw(*each, noise(each[0])) for each in encoded]
            weight = torch.ones(parts[0].shape[-2:])
        held_back = (parts[1], self.days[1])  # of which `Denoising` takes the first
        own = self.own
        return Denoising(
            parts[0], self.days[0], held_back, weight, own.model.process, own.training.batch
        )

    def _fit(
        self,
        network: nn.Module,
        objective: Objective,
        settings: TrainingConfig,
        folder: Path,
        report: Report,
        callbacks: Sequence[Any] = (),
    ) -> None:
        """Train a part, and leave its averaged weights in it."""
        before = self.history[-1][0] if self.history else 0
        told = lambda step, metrics: report(before + step, metrics)
        fitted = fit(
            network, objective, settings, self.config.seed, folder, told, callbacks=callbacks
        )
        network.load_state_dict(fitted.ema)
        network.eval().requires_grad_(False)
        self.history += [(before + step, metrics) for step, metrics in fitted.history]


class DenoiserTraining:
    """See `systems.protocol.Training`."""

    def __init__(self, config: Config):
        paths = StagePaths("seaice", config)
        self.store = paths.store
        store = States.open(paths.store)
        ensemble = Ensemble.load(paths.baselines / "ensemble.safetensors")
        self.data_digest = store.digest()
        own = settings(config)
        sections = (own.data, own.model, own.training)
        self.key = training_key("seaice", config, self.data_digest, sections, ensemble.digest)
        self._training = IceTraining(config, store, ensemble)

    def run(self, checkpoints: Path, report: Report) -> Reported:
        """Train; metrics by step."""
        self._training.run_features(checkpoints)
        return self._training.run(checkpoints, report)

    def save(self, folder: Path) -> None:
        """Write weights.safetensors, and the features that states are judged by."""
        self._training.features.save(folder / FILE)
        save_file(weights_of(self._training.networks, self._training.scaling), folder / WEIGHTS)
