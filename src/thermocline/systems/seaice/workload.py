"""What this system computes, for plans; see `systems.workload`."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from thermocline.config import TrainingConfig
from thermocline.systems.members import BLOCK
from thermocline.systems.seaice.config import IceSection
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.model.autoencoding import Batch, negative_bound
from thermocline.systems.seaice.model.correcting import Analysed, crps_of
from thermocline.systems.seaice.model.denoising import velocity_error
from thermocline.systems.seaice.model.networks import IceDenoiser, IceNetworks, Latent, season
from thermocline.systems.seaice.model.scaling import KNOWN, Scaling
from thermocline.systems.workload import (
    Evaluation,
    Shape,
    TrainedNetwork,
    Workload,
    evaluations,
)

BUNDLED = Shape(len(ICE), 64, 64)
"""The bundled Arctic."""


def workload(own: IceSection, shape: Shape | None = None) -> Workload:
    """Of these settings, on the bundled grid or another one: of a state without observations.

    The small autoencoder whose features judge states, and the ensemble OI, are left out.
    """
    work = _Work(own, shape or BUNDLED)
    training, latent = own.training, own.model.space == "latent"
    state, noisy = _bytes(work.shape), _bytes(work.space)
    trained = [
        _trained("analysis", work.analysis, work.correction, training.analysis, 3 * state),
        _trained("denoiser", work.denoiser, work.denoising, training, noisy),
    ]
    steps = evaluations("heun", own.sampling.steps)
    answer = [Evaluation(name="denoiser", network=work.denoiser, call=work.step, times=steps)]
    if latent:
        first = _trained("autoencoder", work.autoencoder, work.coding, training.autoencoder, state)
        trained.insert(0, first)
        answer.append(Evaluation(name="decoder", network=work.latent, call=work.decode, times=1))
    return Workload(
        shape=work.shape,
        trained=tuple(trained),
        answer=tuple(answer),
        members=own.sampling.members,
        block={kind: 16 * count for kind, count in BLOCK.items()},
    )


@dataclass(frozen=True)
class _Work:
    own: IceSection
    shape: Shape

    @property
    def space(self) -> Shape:
        """What is denoised."""
        model = self.own.model
        if model.space == "data":
            return self.shape
        factor = 2 ** len(model.autoencoder.multipliers)
        return Shape(
            model.autoencoder.latent, self.shape.rows // factor, self.shape.columns // factor
        )

    def autoencoder(self) -> nn.Module:
        return self.latent().autoencoder

    def latent(self) -> Latent:
        return Latent(self.own.model, torch.zeros(KNOWN, *self.shape[1:]))

    def denoiser(self) -> nn.Module:
        space = self.space
        return IceDenoiser(space.channels, torch.zeros(KNOWN, *space[1:]), self.own.model)

    def analysis(self) -> nn.Module:
        return IceNetworks(self.own.model, torch.zeros(KNOWN, *self.shape[1:]), seed=0).analysis

    def coding(self, network: nn.Module, batch: int) -> Tensor:
        own = self.own.model.autoencoder
        x = self._made(network, batch, self.shape)
        noise = self._made(network, batch, self.space)
        return negative_bound(
            network,
            Batch(x, noise, batch),
            self._scaling(network),
            own.likelihood == "censored",
            own.beta,
        )

    def denoising(self, network: nn.Module, batch: int) -> Tensor:
        x, noise = (self._made(network, batch, self.space) for _ in range(2))
        one = torch.ones(batch, device=x.device)
        weight = torch.ones(self.space[1:], device=x.device)
        return velocity_error(network, x, one, one, one.bool(), noise, weight).mean()

    def correction(self, network: nn.Module, batch: int) -> Tensor:
        truth, mean = (self._made(network, batch, self.shape) for _ in range(2))
        seen = self._made(network, batch, Shape(4, *self.shape[1:]))
        day = torch.ones(batch, device=mean.device)
        made = Analysed(truth, mean, mean.abs(), seen, day)
        return crps_of(network, made, self._scaling(network)).mean()

    def step(self, network: nn.Module, members: int) -> Tensor:
        x = self._made(network, members, self.space)
        one = torch.ones(members, device=x.device)
        x_hat: Tensor = network(x, one, one, season(one))
        guidance = self.own.sampling.guidance
        if guidance != 1:
            free = network(x, one, one, torch.zeros_like(season(one)))
            x_hat = free + guidance * (x_hat - free)
        return x_hat

    def decode(self, network: nn.Module, members: int) -> Tensor:
        assert isinstance(network, Latent)
        return network.decode(self._made(network, members, self.space))

    def _scaling(self, network: nn.Module) -> Scaling:
        scaling = Scaling((self.shape.rows, self.shape.columns))
        scaling.ocean.fill_(1)
        return scaling.to(next(network.parameters()).device)

    def _made(self, network: nn.Module, count: int, shape: Shape) -> Tensor:
        return torch.randn(count, *shape, device=next(network.parameters()).device)


def _trained(
    name: str,
    network: Callable[[], nn.Module],
    loss: Callable[[nn.Module, int], Tensor],
    settings: TrainingConfig,
    sample_bytes: int,
) -> TrainedNetwork:
    return TrainedNetwork.of(
        settings,
        name=name,
        network=network,
        loss=loss,
        sample_bytes=sample_bytes,
    )


def _bytes(shape: Shape) -> int:
    return 4 * shape.channels * shape.rows * shape.columns
