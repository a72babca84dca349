"""A mean with the exact symmetries that the network was trained for.

Crops are rotated and negated in training because the residual has no preferred direction, and
changes its sign together with the temperature's departures. A trained network f is only nearly
equivariant; its mean over a group G of such changes is exactly so, and has a smaller error:

    f̄(x) = 1/|G| · Σ g⁻¹ f(g x),     G = {1, half turn} × {+, −}

Only half a turn: it maps a rectangle to one of the same shape.
"""

import torch
from torch import Tensor

from thermocline.systems.superres.model.conditioning import EVEN
from thermocline.systems.superres.model.denoiser import ConditionalDenoiser, ConditioningBatch

GROUP = tuple((sign, axes) for axes in ((), (-2, -1)) for sign in (1, -1))
"""Sign, and the axes that are reversed: each element is its own inverse."""


def symmetric_mean(denoiser: ConditionalDenoiser, conditions: ConditioningBatch) -> Tensor:
    """E[z | conditioning], [1, 1, H, W], in an evaluation for each of `GROUP`.

    Args:
        conditions: of one problem.
    """
    views = [_changed(conditions, sign, axes) for sign, axes in GROUP]
    first_guess, unit, ocean, fields = (
        torch.cat(part) for part in zip(*(view[:4] for view in views), strict=True)
    )
    answers = denoiser.mean(
        ConditioningBatch(first_guess, unit, ocean, fields, conditions.periodic)
    ).split(1)
    back = [sign * answer.flip(axes) for (sign, axes), answer in zip(GROUP, answers, strict=True)]
    return torch.stack(back).mean(dim=0)


def _changed(conditions: ConditioningBatch, sign: int, axes: tuple[int, ...]) -> ConditioningBatch:
    """The conditioning with reversed axes, or of opposite departures."""
    first_guess, unit, ocean, fields = (part.flip(axes) for part in conditions[:4])
    signs = torch.ones(fields.shape[1], 1, 1, device=fields.device)
    signs[EVEN:] = sign
    return ConditioningBatch(first_guess, unit, ocean, fields * signs, conditions.periodic)
