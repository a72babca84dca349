"""Train the network of a `superres` model on pairs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lightning as L
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from thermocline.baselines.downscaling.upsampling import Upsampling
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
from thermocline.systems.superres.model.members import AnswerParts
from thermocline.systems.superres.model.method import Superresolver, make_denoiser
from thermocline.systems.superres.model.noise_correlation import fit_noise_correlation
from thermocline.systems.superres.model.objective import DenoisingLoss
from thermocline.systems.superres.model.scales import fit_scales
from thermocline.training.fit import fit
from thermocline.training.objective import Metrics, Objective, Report

VALIDATION_SEED = 1_000
CORRELATION_PAIRS = 200
"""Evenly spaced pairs that the correlation of the noise is fitted on, at most."""


@dataclass(eq=False)
class TrainingRun:
    """A training before its first step (see `learning.TrainingRun`).

    Attributes:
        model: around the network that is trained; not calibrated.
        network, objective: the network that is trained, and its objective.
        history: metrics by step, after the training.
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
        # A copy, before the averaged weights replace them in the network.
        raw = {name: value.clone() for name, value in generator_of(fitted.raw).items()}
        denoiser = self.model.denoiser
        denoiser.network.load_state_dict(generator_of(best.weights(fitted.ema)))
        denoiser.network.eval().requires_grad_(False)
        self.history = fitted.history
        return replace(self.model, raw=raw)

    def averaged(self, weights: dict[str, Tensor]) -> Superresolver:
        """The model with weights of a step; the network in training is not changed."""
        denoiser = make_denoiser(self.model.contract)
        denoiser.network.load_state_dict(generator_of(weights))
        return replace(self.model, denoiser=denoiser)


def begin(
    config: SuperresConfig,
    pairs: Sequence[Pair],
    held_back: Sequence[Pair],
    *,
    seed: int = 0,
    first_guess: Downscaler | None = None,
    answers: Sequence[Analysis] | None = None,
    name: str = "thermocline",
) -> TrainingRun:
    """Everything before the first step.

    The averaged weights of the step with the smallest error on the pairs `held_back` are kept.

    Args:
        first_guess: a `Downscaler` instead of the configured upsampling; one that was trained must
            not have seen the held-back pairs, or its error is underestimated.
        answers: of a trained first guess to `pairs`, from methods fitted without them: its own
            errors on training pairs are too small.
    """
    first_guess = first_guess or Upsampling(config.first_guess)
    answers = answers or [first_guess.analyse(problem, 0, 0) for problem, _ in pairs]
    scales = fit_scales(pairs, answers, config.process)
    contract = SuperresContract(factor=pairs[0][0].factor, config=config, scales=scales, seed=seed)
    model = Superresolver(contract, make_denoiser(contract), first_guess, name=name)
    given = [
        describe(problem, answer, config.process, scales)
        for (problem, _), answer in zip(pairs, answers, strict=True)
    ]
    del answers
    if config.process.noise == "coloured":
        some = range(0, len(pairs), -(-len(pairs) // CORRELATION_PAIRS))
        kernel = fit_noise_correlation(
            (residual(given[k], pairs[k][1]), given[k].ocean) for k in some
        )
        scales = scales.model_copy(update={"kernel": kernel})
        contract = contract.model_copy(update={"scales": scales})
        model = replace(model, contract=contract)
    training = config.training
    checks = [model.conditioning(problem) for problem, _ in held_back]
    denoising_loss = DenoisingLoss(
        model.denoiser,
        training,
        Crops(given, pairs, training.crop, training.negate),
        (checks, held_back),
        scales,
    )
    network = model.denoiser.network.requires_grad_(True).train()
    objective: Objective = denoising_loss
    if config.adversarial.weight:
        network = GanPair(network, config.adversarial, seed)
        objective = Adversarial(denoising_loss, config.adversarial)
    return TrainingRun(model, network, objective)


def with_calibration(
    model: Superresolver,
    pairs: Sequence[Pair],
    progress: Callable[[Sequence[Pair]], Iterable[Pair]] = iter,
) -> Superresolver:
    """The model with a calibration fitted on validation pairs."""
    cases = [
        evidence(model, pair, seed) for seed, pair in enumerate(progress(pairs), VALIDATION_SEED)
    ]
    return model.calibrated(fit_calibration(cases))


def evidence(model: Superresolver, pair: Pair, seed: int) -> Evidence:
    """First guess and parts of the answer to a pair, after consistency, before calibration."""
    given = model.conditioning(pair[0])
    members = range(model.contract.config.sampling.members)
    return evidence_of(model, pair, given, model.draw(given, members, seed))


def evidence_of(
    model: Superresolver, pair: Pair, given: Conditioning, parts: AnswerParts
) -> Evidence:
    """The same, from the conditioning and the parts of an answer."""
    problem, truth = pair
    first_guess, increment, perturbations = given.first_guess, parts.increment, parts.perturbations
    if model.contract.config.consistency:
        # An affine projection: parts are projected as differences.
        consistency = Consistency(problem, model.contract.scales.unit)
        first_guess = consistency.project(given.first_guess)
        increment = consistency.project(given.first_guess + increment) - first_guess
        perturbations = consistency.project(first_guess + perturbations) - consistency.project(
            first_guess
        )
    gradient_magnitude, theirs = given.gradient_magnitude, not model.denoiser.learned_mean
    error = truth - first_guess
    return Evidence(
        problem, gradient_magnitude, first_guess, error, increment, perturbations, theirs
    )


class Best(L.Callback):
    """Keeps the averaged weights of the step with the smallest error on validation pairs."""

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
        """The best weights, or `otherwise` if there was no validation."""
        return load_file(self.path) if self.path.is_file() else otherwise
