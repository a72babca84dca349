"""The workload of this system, for plans; see `systems.workload`."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from thermocline.networks.columns import ColumnAutoencoder
from thermocline.observe.tiles import Line
from thermocline.systems.densify.config import DensifySection
from thermocline.systems.densify.data.raw import SURFACE
from thermocline.systems.densify.model.coding import AutoencoderBatch, autoencoder_loss
from thermocline.systems.densify.model.conditioning import Conditioning
from thermocline.systems.densify.model.latent import coder_of
from thermocline.systems.densify.model.loss import (
    DenoisingBatch,
    MeanBatch,
    NoisyBatch,
    denoising_loss,
)
from thermocline.systems.densify.model.network import Prior, new_network
from thermocline.systems.workload import (
    Evaluation,
    Shape,
    TrainedNetwork,
    Workload,
    evaluations,
)

BUNDLED = Shape(32, 128, 128)
"""Temperature and salinity at 16 levels of a region."""


def workload(own: DensifySection, shape: Shape | None = None) -> Workload:
    """Of these settings, on regions of the bundled size or of another one."""
    shape = shape or BUNDLED
    work = _Work(own, shape)
    sampling, training, side = own.sampling, own.training, own.sampling.tile
    tiles = 1
    for count in (shape.rows, shape.columns):
        tiles *= len(Line(count, side, side // 4, periodic=False, factor=1).starts)
    answer = []
    if sampling.steps:
        steps = evaluations(sampling.sampler, sampling.steps)
        answer.append(
            Evaluation(
                name="denoiser", network=work.network, call=work.step, times=steps, tiles=tiles
            )
        )
    if training.mean_fraction:
        answer.append(
            Evaluation(
                name="mean",
                network=work.network,
                call=work.mean,
                times=own.model.sides,
                members=False,
                tiles=tiles,
            )
        )
    denoiser = TrainedNetwork.of(
        training,
        name="denoiser",
        network=work.network,
        loss=work.loss,
        sample_bytes=4 * work.channels_read * min(own.data.patch, shape.rows) ** 2,
    )
    trained = [denoiser]
    if own.model.space == "latent":
        first = TrainedNetwork.of(
            training.autoencoder,
            name="autoencoder",
            network=work.coder,
            loss=work.coding,
            sample_bytes=4 * work.channels_read * min(own.data.patch, shape.rows) ** 2,
        )
        trained.insert(0, first)
        if sampling.steps:
            decoder = Evaluation(name="decoder", network=work.coder, call=work.decode, times=1)
            answer.append(decoder)
    return Workload(
        shape=shape, trained=tuple(trained), answer=tuple(answer), members=sampling.members
    )


@dataclass(frozen=True)
class _Work:
    own: DensifySection
    shape: Shape

    @property
    def channels_read(self) -> int:
        """Of a pair: truth, start and its deviation, observed columns, surface and mask."""
        return 4 * self.shape.channels + 2 + 2 * len(SURFACE) + 1

    def network(self) -> nn.Module:
        network = new_network(self.own.model, self.shape.channels, seed=0)
        if coder := coder_of(network):
            coder.requires_grad_(False)
        return network

    def loss(self, network: nn.Module, batch: int) -> Tensor:
        own, prior = self.own.training, self._prior(network)
        side = min(own.crop, self.own.data.patch, self.shape.rows)
        means = round(batch * own.mean_fraction)
        x, one, conditioning = self._made(network, means, (side, side))
        mean = MeanBatch(x, torch.ones_like(x), conditioning)
        x, one, conditioning = self._made(network, batch - means, (side, side))
        noise = x.new_zeros((len(x), *prior.shape(conditioning)))
        noisy = NoisyBatch(x, torch.ones_like(noise), conditioning, one, one, noise)
        return denoising_loss(prior, network, DenoisingBatch(mean, noisy, batch))

    def step(self, network: nn.Module, members: int) -> Tensor:
        prior = self._prior(network)
        x, one, _ = self._made(network, members, self._tile)
        _, _, conditioning = self._made(network, 1, self._tile)
        z = x.new_zeros((members, *prior.shape(conditioning)))
        return prior.denoiser(conditioning)(z, one[0], one[0])

    def coder(self) -> nn.Module:
        own = self.own.model.autoencoder
        return ColumnAutoencoder(self.shape.channels, own.latent, own.width)

    def coding(self, network: nn.Module, batch: int) -> Tensor:
        side = min(self.own.data.patch, self.shape.rows)
        x, _, conditioning = self._made(network, batch, (side, side))
        return autoencoder_loss(network, AutoencoderBatch(x, conditioning.ocean, x.numel()))

    def decode(self, network: nn.Module, members: int) -> Tensor:
        """Of all cells; encoded draws of the first guess are decoded, too."""
        assert isinstance(network, ColumnAutoencoder)
        x, *_ = self._made(network, members, (self.shape.rows, self.shape.columns))
        if self.own.sampling.start == "draws":
            z = network.encode(x)
            return network.decode(z) + x - network.decode(z)
        return network.decode(x[:, : network.latent])

    def mean(self, network: nn.Module, members: int) -> Tensor:
        return self._prior(network).moments(self._made(network, 1, self._tile)[2])[0]

    @property
    def _tile(self) -> tuple[int, int]:
        side = self.own.sampling.tile
        return min(side, self.shape.rows), min(side, self.shape.columns)

    def _prior(self, network: nn.Module) -> Prior:
        return Prior.of(network, self.own.model)

    def _made(
        self, network: nn.Module, count: int, cells: tuple[int, int]
    ) -> tuple[Tensor, Tensor, Conditioning]:
        """States [count, C, H, W], ones [count], and conditioning."""
        device = next(network.parameters()).device
        one = torch.ones(count, device=device)
        make = lambda channels: torch.rand(count, channels, *cells, device=device)
        pair = torch.ones(count, 2, device=device)
        c = self.shape.channels
        conditioning = Conditioning(
            first_guess=make(c),
            scale=make(c) + 0.5,
            values=make(c),
            where=make(2),
            surface=make(2 * len(SURFACE)),
            ocean=torch.ones(count, 1, *cells, device=device),
            place=pair,
            season=pair,
        )
        return make(c), one, conditioning
