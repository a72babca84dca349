"""The `superres` system: a first guess, and a diffusion model of its residual.

    m = P(c + g·τ·increment; y),     x_k = P(D(m + A(T(s·τ·perturbation_k))); y + s_y·ε_k)

c is the first guess, the increment is the network's mean minus c, averaged over the symmetries of
the training (see `symmetry`), perturbations are departures of members of residual shifting from
that mean; g, s, the texture T and the details D are the calibration, A varies the amplitude of
details from place to place (`intermittency`), τ is 0 where blocks lie on a plane (`conditioning`),
and P makes block means agree with the blocks, within their error.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from thermocline.diffusion.noise import MemberNoise
from thermocline.errors import BadData
from thermocline.files import atomic_directory
from thermocline.observe.consistency import Consistency
from thermocline.ocean.downscaling import Downscaler, LowResolution
from thermocline.ocean.problem import Analysis, Field
from thermocline.systems.contract import CONTRACT, WEIGHTS
from thermocline.systems.superres.baselines.first_guess import load_first_guess, save_first_guess
from thermocline.systems.superres.model.calibration import Calibration
from thermocline.systems.superres.model.conditioning import Conditioning, describe
from thermocline.systems.superres.model.contract import SuperresContract
from thermocline.systems.superres.model.denoiser import ConditionalDenoiser, batched, build_network
from thermocline.systems.superres.model.intermittency import intermittent
from thermocline.systems.superres.model.members import AnswerParts, NoiseOf, draw
from thermocline.systems.superres.model.noise_correlation import NoiseCorrelation
from thermocline.systems.superres.model.symmetry import GROUP, symmetric_mean
from thermocline.training.weights import read_weights, stored_weights, use_weights

OBSERVATION, INTERMITTENCY = -1, -2
"""Step numbers for the noise of a member's observations and of its intermittency."""


@dataclass(eq=False)
class Superresolver:
    """A trained `superres` model; a `Downscaler`."""

    contract: SuperresContract
    denoiser: ConditionalDenoiser
    first_guess: Downscaler
    raw: dict[str, Tensor] = field(default_factory=dict)
    name: str = "thermocline"

    @property
    def network(self) -> nn.Module:
        return self.denoiser.network

    def calibrated(self, calibration: Calibration) -> "Superresolver":
        """The model with other factors on the network's correction and on the spread."""
        contract = self.contract.model_copy(update={"gate": calibration})
        return replace(self, contract=contract)

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.denoiser.network.parameters()).device

    def conditioning(self, problem: LowResolution) -> Conditioning:
        """The conditioning of the network.

        Raises:
            BadData: for another factor than the model's.
        """
        if problem.factor != self.contract.factor:
            raise BadData(
                f"blocks of {problem.factor} cells a side",
                where=problem.case or "low resolution",
                fix=f"this model makes {self.contract.factor} cells of one",
            )
        first_guess = self.first_guess.analyse(problem, 0, 0)
        return describe(problem, first_guess, self.contract.config.process, self.contract.scales)

    def draw(
        self,
        given: Conditioning,
        members: Sequence[int],
        seed: int,
        noise: NoiseOf = MemberNoise,
    ) -> AnswerParts:
        """The increment of the mean and perturbations, before calibration and consistency."""
        config, device = self.contract.config, self.device
        conditions = batched([given], device)
        fields, evaluations = np.zeros((0, *given.ocean.shape)), 0
        if config.training.mean_fraction < 1 and members:
            fields, evaluations = draw(
                self.denoiser.conditioned_on(conditions),
                self.denoiser.schedule,
                config.sampling,
                given.ocean.shape,
                members,
                seed,
                device,
                noise,
                NoiseCorrelation(self.contract.scales.kernel),
            )
        if self.denoiser.learned_mean:
            with torch.inference_mode():
                symmetric = config.sampling.symmetric
                answer = (
                    symmetric_mean(self.denoiser, conditions)
                    if symmetric
                    else self.denoiser.mean(conditions)
                )
            mean = answer[0, 0].cpu().numpy()
            evaluations += len(GROUP) if symmetric else 1
        else:
            mean = fields.mean(axis=0)
        unit = given.unit * (given.taper if config.gate else 1)
        return AnswerParts(unit * mean, unit * (fields - mean), evaluations)

    def analyse(
        self,
        problem: LowResolution,
        members: int,
        seed: int,
        *,
        given: Conditioning | None = None,
        noise: NoiseOf = MemberNoise,
    ) -> Analysis:
        """Mean, spread [1, H, W] and members [M, 1, H, W] in °C, 0 on land.

        A network that was not trained for the mean needs at least one member, and the mean is that
        of the members.

        Args:
            given: the problem's `conditioning`, if it is already computed.
            noise: of members; a tile of a larger field has the noise of the whole.
        """
        began = time.perf_counter()
        given = given or self.conditioning(problem)
        wanted = range(members if self.denoiser.learned_mean else max(members, 1))
        parts = self.draw(given, wanted, seed, noise)
        mean, fields = self.combine(problem, given, parts, wanted, seed, noise)
        return Analysis(
            mean=mean[None],
            std=fields.std(axis=0, ddof=1)[None] if len(fields) > 1 else None,
            members=fields[:, None] if len(fields) else None,
            evaluations=parts.evaluations,
            seconds=time.perf_counter() - began,
        )

    def combine(
        self,
        problem: LowResolution,
        given: Conditioning,
        parts: AnswerParts,
        members: Sequence[int],
        seed: int,
        noise: NoiseOf = MemberNoise,
    ) -> tuple[Field, Field]:
        """Mean [H, W] and members [M, H, W] after calibration and consistency."""
        gate = self.contract.gate
        g, s = gate.at(given.gradient_magnitude)
        mean = given.first_guess + g * parts.increment
        perturbations = gate.texture.applied(s * parts.perturbations, mean, problem)
        perturbations = self._intermittent(perturbations, problem, members, seed, noise)
        fields = gate.details.applied(mean + perturbations, problem, given.taper)
        if self.contract.config.consistency:
            consistency = Consistency(problem, self.contract.scales.unit)
            mean = consistency.project(mean)
            if len(fields):
                fields = consistency.project(fields, perturbed(problem, members, seed, noise))
        sea = lambda values: np.where(given.ocean, values, 0).astype(np.float32)
        return sea(mean), sea(fields)

    def _intermittent(
        self,
        perturbations: NDArray,
        problem: LowResolution,
        members: Sequence[int],
        seed: int,
        noise: NoiseOf,
    ) -> NDArray:
        strength = self.contract.config.sampling.intermittency
        if not strength or not len(perturbations):
            return perturbations
        white = noise(seed, members, problem.ocean.shape).noise(INTERMITTENCY).numpy()
        return intermittent(perturbations, white, strength, problem)

    def save(self, directory: str | Path) -> None:
        """Write contract, weights, and a fitted first guess; whole or not at all."""
        with atomic_directory(directory) as folder:
            save_first_guess(self.first_guess, folder)
            self.contract.save(folder / CONTRACT)
            save_file(stored_weights(self.network, self.raw), folder / WEIGHTS)

    @classmethod
    def load(cls, directory: str | Path) -> "Superresolver":
        """Read what `save` wrote; raises BadFile naming what is missing or damaged."""
        folder = Path(directory)
        contract = SuperresContract.load(folder / CONTRACT)
        denoiser = make_denoiser(contract)
        raw = use_weights(denoiser.network, read_weights(folder / WEIGHTS), str(folder))
        return cls(contract, denoiser, load_first_guess(contract.config, folder), raw)


def make_denoiser(contract: SuperresContract) -> ConditionalDenoiser:
    """The contract's denoiser, untrained, on the accelerator if there is one."""
    config = contract.config
    network = build_network(config.network, config.process, contract.seed)
    network.eval().requires_grad_(False)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    learned_mean = config.training.mean_fraction > 0
    return ConditionalDenoiser(network.to(device), config.process, learned_mean)


def perturbed(
    problem: LowResolution, members: Sequence[int], seed: int, noise: NoiseOf = MemberNoise
) -> NDArray[np.float64]:
    """y + s_y·ε_k for each member, [M, h, w]."""
    error = noise(seed, members, problem.value.shape).noise(OBSERVATION).numpy()
    return problem.value + problem.s_y * error


load = Superresolver.load
