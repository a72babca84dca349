"""What this system computes, for plans; see `systems.workload`."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.guidance import Observation, make_guidance
from thermocline.systems.reconstruct.config import ReconstructSection
from thermocline.systems.reconstruct.model import denoising
from thermocline.systems.reconstruct.model import objective as of_pairs
from thermocline.systems.reconstruct.model.posterior_mean import posterior_mean
from thermocline.systems.reconstruct.model.prior import Conditioning, Prior, build_network
from thermocline.systems.workload import (
    Evaluation,
    Shape,
    TrainedNetwork,
    Workload,
    evaluations,
)


def workload(own: ReconstructSection, shape: Shape | None = None) -> Workload:
    """Of these settings, on their grid or on another one."""
    grid = own.data.grid
    shape = shape or Shape(len(grid.depth), grid.rows, grid.columns)
    work = _Work(own, shape)
    sampling, training = own.sampling, own.training
    steps = evaluations(sampling.sampler, sampling.steps)
    answer = [Evaluation(name="denoiser", network=work.network, call=work.step, times=steps)]
    if own.model.masking.analysis:
        answer.append(
            Evaluation(name="mean", network=work.network, call=work.mean, times=1, members=False)
        )
    state = 4 * shape.channels * shape.rows * shape.columns
    denoiser = TrainedNetwork.of(
        training,
        name="denoiser",
        network=work.network,
        loss=work.loss,
        sample_bytes=state * (2 if own.model.masking.analysis else 1),
    )
    return Workload(
        shape=shape, trained=(denoiser,), answer=tuple(answer), members=sampling.members
    )


@dataclass
class _Placeless(Prior):
    """A prior on a grid of which nothing but the size is known."""

    def __post_init__(self) -> None:
        self.position = torch.zeros(3, *self.grid.shape)


@dataclass(frozen=True)
class _Work:
    own: ReconstructSection
    shape: Shape

    def network(self) -> nn.Module:
        model = self.own.model
        return build_network(model.network, model.masking, self.shape.channels, seed=0)

    def loss(self, network: nn.Module, batch: int) -> Tensor:
        x, one = self._made(network, batch)
        prior, given, ocean = self._prior(network), self._given(x), torch.ones_like(x)
        if given is not None and given.analysis is not None:
            noisy = of_pairs.Noisy(torch.randn_like(x), x, one, one, one, given)
            return of_pairs.relative_loss(prior, network, noisy, ocean[0], ocean[0])
        noise = torch.randn_like(x)
        made = denoising.Noisy(x, noise, one, one, ocean, one, given, ocean.sum())
        return denoising.denoising_loss(prior, network, made)

    def step(self, network: nn.Module, members: int) -> Tensor:
        x, one = self._made(network, members)
        observation = Observation(x[:1], torch.ones_like(x[:1]), 0.1 * torch.ones_like(x[:1]))
        guidance = make_guidance(self.own.sampling.guidance)
        return guidance(self._denoiser(network, 1), observation)(x, one[0], one[0])

    def mean(self, network: nn.Module, members: int) -> Tensor:
        return posterior_mean(self._denoiser(network, 1), self._made(network, 1)[0])

    def _prior(self, network: nn.Module) -> Prior:
        model = self.own.model
        size: Any = _Size((self.shape.rows, self.shape.columns))
        return _Placeless(network, model.process, size, model.masking)

    def _denoiser(self, network: nn.Module, problems: int) -> Denoiser:
        x, _ = self._made(network, problems)
        month = torch.ones(problems, device=x.device)
        return self._prior(network).denoiser(torch.ones_like(x), month, given=self._given(x))

    def _given(self, x: Tensor) -> Conditioning | None:
        masking = self.own.model.masking
        analysis = x if masking.analysis else None
        return Conditioning(x, torch.ones_like(x), analysis) if masking.shows else None

    def _made(self, network: nn.Module, count: int) -> tuple[Tensor, Tensor]:
        """States [count, C, H, W] and ones [count]."""
        device = next(network.parameters()).device
        return torch.randn(count, *self.shape, device=device), torch.ones(count, device=device)


@dataclass(frozen=True)
class _Size:
    shape: tuple[int, int]
