"""The workload of this system, for plans; see `systems.workload`."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from thermocline.errors import BadConfig
from thermocline.observe.tiles import Line
from thermocline.systems.superres.config import SuperresSection
from thermocline.systems.superres.endpoints.tiled import OVERLAP, SIZE
from thermocline.systems.superres.model.conditioning import EVEN, ODD
from thermocline.systems.superres.model.denoiser import (
    ConditionalDenoiser,
    ConditioningBatch,
    build_network,
)
from thermocline.systems.superres.model.objective import Batch, denoising_loss
from thermocline.systems.superres.model.symmetry import symmetric_mean
from thermocline.systems.workload import (
    Evaluation,
    Shape,
    TrainedNetwork,
    Workload,
    evaluations,
)

BUNDLED = Shape(1, 160, 160)
"""Temperature on the fine cells of a box."""
STORED = 4 + EVEN + ODD
"""Fields of a training pair: residual, first guess, unit, sea, and conditioning."""


def workload(own: SuperresSection, shape: Shape | None = None) -> Workload:
    """Of these settings, on boxes of the bundled size or of another one.

    Raises:
        BadConfig: for adversarial training, which plans do not include.
    """
    if own.model.adversarial.weight:
        raise BadConfig(
            "adversarial training cannot be planned",
            where="superres.model.adversarial.weight",
            fix="set it to 0; the discriminator costs as much again, about",
        )
    shape = shape or BUNDLED
    work = _Work(own, shape)
    sampling, training, factor = own.sampling, own.training, own.data.factor
    tiles = 1
    for count in (shape.rows, shape.columns):
        blocks = -(-count // factor)
        tiles *= len(Line(blocks, min(SIZE, blocks), OVERLAP, periodic=False, factor=1).starts)
    answer = [
        Evaluation(
            name="denoiser",
            network=work.network,
            call=work.step,
            times=evaluations(sampling.sampler, sampling.steps),
            tiles=tiles,
        )
    ]
    if training.mean_fraction:
        answer.append(
            Evaluation(
                name="mean",
                network=work.network,
                call=work.mean,
                times=1,
                members=False,
                tiles=tiles,
            )
        )
    denoiser = TrainedNetwork.of(
        training,
        name="denoiser",
        network=work.network,
        loss=work.loss,
        sample_bytes=4 * STORED * (factor * training.crop) ** 2,
    )
    return Workload(
        shape=shape, trained=(denoiser,), answer=tuple(answer), members=sampling.members
    )


@dataclass(frozen=True)
class _Work:
    own: SuperresSection
    shape: Shape

    def network(self) -> nn.Module:
        return build_network(self.own.model.network, self.own.model.process, seed=0)

    def loss(self, network: nn.Module, batch: int) -> Tensor:
        side = self.own.data.factor * self.own.training.crop
        z, one, conditions = self._made(network, batch, (side, side))
        cells = conditions.ocean.sum()
        made = Batch(z, z.new_zeros(z.shape), one, one, one > 1, conditions, cells)
        kind = self.own.training.loss
        return denoising_loss(self._denoiser(network), network, made, 1.0, kind)[0]

    def step(self, network: nn.Module, members: int) -> Tensor:
        z, one, _ = self._made(network, members, self._tile)
        conditions = self._made(network, 1, self._tile)[2]
        return self._denoiser(network).conditioned_on(conditions)(z, one[0], one[0])

    def mean(self, network: nn.Module, members: int) -> Tensor:
        conditions = self._made(network, 1, self._tile)[2]
        denoiser = self._denoiser(network)
        if self.own.sampling.symmetric:
            return symmetric_mean(denoiser, conditions)
        return denoiser.mean(conditions)

    @property
    def _tile(self) -> tuple[int, int]:
        side = SIZE * self.own.data.factor
        return min(side, self.shape.rows), min(side, self.shape.columns)

    def _denoiser(self, network: nn.Module) -> ConditionalDenoiser:
        return ConditionalDenoiser(network, self.own.model.process)

    def _made(
        self, network: nn.Module, count: int, cells: tuple[int, int]
    ) -> tuple[Tensor, Tensor, ConditioningBatch]:
        """z [count, 1, H, W], ones [count], and conditioning."""
        device = next(network.parameters()).device
        make = lambda channels: torch.rand(count, channels, *cells, device=device)
        one = torch.ones(count, 1, *cells, device=device)
        conditions = ConditioningBatch(make(1), one, one, make(EVEN + ODD))
        return make(1), torch.ones(count, device=device), conditions
