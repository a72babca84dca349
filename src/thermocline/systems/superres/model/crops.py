"""Training crops of pairs, at random places and in random orientations.

All fields are scalars of a cell, so a crop may be rotated by a right angle and mirrored with its
mask; and the residual may change its sign together with the fields of ODD parity (`conditioning`).
Each crop is a function of the generator alone.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from thermocline.ocean.downscaling import Pair
from thermocline.ocean.problem import Field
from thermocline.systems.superres.model.conditioning import EVEN, Conditioning
from thermocline.systems.superres.model.denoiser import ConditioningBatch

ORIENTATIONS = 8


class Crops:
    """Batches of crops.

    Args:
        given: conditioning of each pair.
        pairs: problems and truths.
        crop: blocks on each side; fewer, if a pair has fewer.
        negate: whether half of the crops change their sign.
    """

    def __init__(
        self, given: Sequence[Conditioning], pairs: Sequence[Pair], crop: int, negate: bool
    ):
        self.factor, self.negate = pairs[0][0].factor, negate
        self.crop = min(crop, *(size for problem, _ in pairs for size in problem.value.shape))
        self.parts = [stacked(each, truth) for each, (_, truth) in zip(given, pairs, strict=True)]

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, ConditioningBatch]:
        """z [count, 1, H, W], 0 on land, and its conditioning."""
        integer = lambda below: int(torch.randint(below, (1,), generator=generator))
        size, chosen = self.crop * self.factor, []
        for _ in range(count):
            part = self.parts[integer(len(self.parts))]
            row, column = (
                self.factor * integer(length // self.factor - self.crop + 1)
                for length in part.shape[1:]
            )
            piece = part[:, row : row + size, column : column + size]
            piece = rotated(piece, integer(ORIENTATIONS))
            chosen.append(negated(piece) if self.negate and integer(2) else piece)
        return split(torch.stack(chosen))


CHANNELS = ("z", "first_guess", "unit", "ocean")


def residual(given: Conditioning, truth: Field) -> Field:
    """z [H, W], 0 on land."""
    return np.where(given.ocean, (truth - given.first_guess) / given.unit, 0)


def stacked(given: Conditioning, truth: Field) -> Tensor:
    """z, first guess, unit, ocean and fields as one tensor [4 + K, H, W]."""
    layers = [
        np.stack(
            [
                residual(given, truth),
                given.first_guess,
                given.unit,
                given.ocean,
            ]
        ),
        given.fields,
    ]
    return torch.from_numpy(np.concatenate(layers).astype(np.float32))


def split(batch: Tensor) -> tuple[Tensor, ConditioningBatch]:
    """z and conditioning of a batch of `stacked` tensors [B, 4 + K, H, W]."""
    z, first_guess, unit, ocean = batch[:, : len(CHANNELS)].split(1, dim=1)
    return z, ConditioningBatch(first_guess, unit, ocean, batch[:, len(CHANNELS) :])


def rotated(field: Tensor, turn: int) -> Tensor:
    """A square field [..., H, W] in one of its eight orientations."""
    field = torch.rot90(field, turn % 4, dims=(-2, -1))
    return field.flip(-1) if turn >= 4 else field


def negated(piece: Tensor) -> Tensor:
    """The crop with the opposite sign of z and of the ODD fields."""
    sign = torch.ones(len(piece), 1, 1)
    sign[0] = -1
    sign[len(CHANNELS) + EVEN :] = -1
    return piece * sign
