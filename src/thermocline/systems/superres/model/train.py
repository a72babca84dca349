"""Train the network of a `superres` model on pairs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lightning as L
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from thermocline.baselines.upsampling import Upsampling
from thermocline.files import atomic_path
from thermocline.observe.consistency import Consistency
from thermocline.ocean.downscaling import Downscaler, Pair
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.model.adversarial import Adversarial, GanPair, generator_of
from thermocline.systems.superres.model.calibration import Evidence, fit_calibration
from thermocline.systems.superres.model.conditioning import Conditioning, describe
from thermocline.systems.superres.model.contract import SuperresContract
from thermocline.systems.superres.model.crops import Crops, residual
from thermocline.systems.superres.model.members import Drawn
from thermocline.systems.superres.model.method import Superresolver, make_restorer
from thermocline.systems.superres.model.noise_correlation import fit_noise_correlation
from thermocline.systems.superres.model.objective import DenoisingLoss
from thermocline.systems.superres.model.scales import fit_scales
from thermocline.training.fit import fit
from thermocline.training.objective import Metrics, Objective, Report

VALIDATION_SEED = 1_000
COLOURED = 200
"""Pairs, evenly taken, that say how the noise is correlated."""


@dataclass(eq=False)
class TrainingRun:
    """A training that is about to begin (see `learning.TrainingRun`).

    Attributes:
        model: around the network that is trained; not calibrated.
        network, objective: what is trained, and for what.
        history: metrics by step, once it is done.
    """

    model: Superresolver
    network: nn.Module
    objective: Objective
    history: list[tuple[int, Metrics]] = field(default_factory=list)

    def fit(
        self,
        checkpoints: Path,
        callbacks: Sequence[L.Callback] = (),
        report: Report = lambda step, metrics: None,
        accelerator: str = "auto",
    ) -> Superresolver:
        """The trained model, not calibrated yet."""
        best, contract = Best(checkpoints / "best.safetensors"), self.model.contract
        fitted = fit(
            self.network,
            self.objective,
            contract.config.training,
            contract.seed,
            checkpoints,
            report,
            accelerator,
            callbacks=[best, *callbacks],
        )
        # Trained weights are the network's own: copied before others take their place.
        raw = {name: value.clone() for name, value in generator_of(fitted.raw).items()}
        restorer = self.model.restorer
        restorer.network.load_state_dict(generator_of(best.weights(fitted.ema)))
        restorer.network.eval().requires_grad_(False)
        self.history = fitted.history
        return replace(self.model, raw=raw)

    def averaged(self, weights: dict[str, Tensor]) -> Superresolver:
        """The model with weights of somewhere on the way; the network that is trained is spared."""
        restorer = make_restorer(self.model.contract)
        restorer.network.load_state_dict(generator_of(weights))
        return replace(self.model, restorer=restorer)


def begin(
    config: SuperresConfig,
    pairs: Sequence[Pair],
    held_back: Sequence[Pair],
    *,
    seed: int = 0,
    centre: Downscaler | None = None,
    answers: Sequence[Analysis] | None = None,
    name: str = "thermocline",
) -> TrainingRun:
    """All that is done before the first step.

    The training is stopped by the pairs `held_back`: of the weights, averaged over steps, those
    that did best on them are kept.

    Args:
        centre: a `Downscaler` to start from instead of the configured upsampling; one that was
            trained must not know the held-back pairs, or it is trusted too much.
        answers: a trained centre's to `pairs`, given by others of its kind that did not know them:
            its own errors there are smaller than they will be.
    """
    centre = centre or Upsampling(config.centre)
    answers = answers or [centre.analyse(problem, 0, 0) for problem, _ in pairs]
    scales = fit_scales(pairs, answers, config.process)
    contract = SuperresContract(factor=pairs[0][0].factor, config=config, scales=scales, seed=seed)
    model = Superresolver(contract, make_restorer(contract), centre, name=name)
    given = [
        describe(problem, answer, config.process, scales)
        for (problem, _), answer in zip(pairs, answers, strict=True)
    ]
    del answers
    if config.process.noise == "coloured":
        some = range(0, len(pairs), -(-len(pairs) // COLOURED))
        kernel = fit_noise_correlation(
            (residual(given[k], pairs[k][1]), given[k].ocean) for k in some
        )
        scales = scales.model_copy(update={"kernel": kernel})
        contract = contract.model_copy(update={"scales": scales})
        model = replace(model, contract=contract)
    training = config.training
    checks = [model.conditioning(problem) for problem, _ in held_back]
    restoring = DenoisingLoss(
        model.restorer,
        training,
        Crops(given, pairs, training.crop, training.negate),
        (checks, held_back),
        scales,
    )
    network = model.restorer.network.requires_grad_(True).train()
    objective: Objective = restoring
    if config.adversarial.weight:
        network = GanPair(network, config.adversarial, seed)
        objective = Adversarial(restoring, config.adversarial)
    return TrainingRun(model, network, objective)


def gated(
    model: Superresolver,
    pairs: Sequence[Pair],
    progress: Callable[[Sequence[Pair]], Iterable[Pair]] = iter,
) -> Superresolver:
    """The model with the gate that serves it best on validation pairs."""
    cases = [
        evidence(model, pair, seed) for seed, pair in enumerate(progress(pairs), VALIDATION_SEED)
    ]
    return model.calibrated(fit_calibration(cases))


def evidence(model: Superresolver, pair: Pair, seed: int) -> Evidence:
    """What a pair says of the model, after consistency, before the gate."""
    given = model.conditioning(pair[0])
    members = range(model.contract.config.sampling.members)
    return evidence_of(model, pair, given, model.draw(given, members, seed))


def evidence_of(model: Superresolver, pair: Pair, given: Conditioning, drawn: Drawn) -> Evidence:
    """The same of what was drawn already."""
    problem, truth = pair
    centre, increment, perturbations = given.centre, drawn.increment, drawn.perturbations
    if model.contract.config.consistency:
        # Linear but for its target: parts are projected as differences.
        consistency = Consistency(problem, model.contract.scales.unit)
        centre = consistency.project(given.centre)
        increment = consistency.project(given.centre + increment) - centre
        perturbations = consistency.project(centre + perturbations) - consistency.project(centre)
    steepness, theirs = given.steepness, not model.restorer.blind
    error = truth - centre
    return Evidence(problem, steepness, centre, error, increment, perturbations, theirs)


class Best(L.Callback):
    """Keeps the averaged weights of the step that did best on held-back pairs."""

    def __init__(self, path: Path):
        self.path = path

    def on_train_batch_end(self, trainer: L.Trainer, module: Any, *_: Any) -> None:
        """Called after each step's bookkeeping."""
        history = [metrics["error"] for _, metrics in module.history]
        if history and module.history[-1][0] == trainer.global_step and history[-1] == min(history):
            averaged = module.ema.module.state_dict()
            with atomic_path(self.path) as temporary:
                save_file({k: v.cpu().contiguous() for k, v in averaged.items()}, temporary)

    def weights(self, otherwise: dict[str, Any]) -> dict[str, Any]:
        """The best weights, or others if none were ever validated."""
        return load_file(self.path) if self.path.is_file() else otherwise
