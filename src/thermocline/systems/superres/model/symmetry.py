"""A mean that keeps the symmetries a network was only taught.

Crops are turned and negated in training because what is left to explain has no preferred direction,
and changes its sign together with the temperature's departures. A trained network f obeys that only
nearly; its mean over a group G of such changes obeys it exactly, and errs less:

    f̄(x) = 1/|G| · Σ g⁻¹ f(g x),     G = {1, half turn} × {+, −}

Only half a turn: it takes a rectangle to a rectangle of the same shape.
"""

import torch
from torch import Tensor

from thermocline.systems.superres.model.known import EVEN
from thermocline.systems.superres.model.restorer import ConditionalDenoiser, Told

GROUP = tuple((sign, axes) for axes in ((), (-2, -1)) for sign in (1, -1))
"""Sign, and the axes that are reversed: each undoes itself."""


def symmetric_mean(restorer: ConditionalDenoiser, told: Told) -> Tensor:
    """E[z | what is told], [1, 1, H, W], in an evaluation for each of `GROUP`.

    Args:
        told: one problem.
    """
    views = [_changed(told, sign, axes) for sign, axes in GROUP]
    centre, unit, ocean, fields = (
        torch.cat(part) for part in zip(*(view[:4] for view in views), strict=True)
    )
    answers = restorer.mean(Told(centre, unit, ocean, fields, told.periodic)).split(1)
    back = [sign * answer.flip(axes) for (sign, axes), answer in zip(GROUP, answers, strict=True)]
    return torch.stack(back).mean(dim=0)


def _changed(told: Told, sign: int, axes: tuple[int, ...]) -> Told:
    """What would be told of the sea turned round, or of opposite departures."""
    centre, unit, ocean, fields = (part.flip(axes) for part in told[:4])
    signs = torch.ones(fields.shape[1], 1, 1, device=fields.device)
    signs[EVEN:] = sign
    return Told(centre, unit, ocean, fields * signs, told.periodic)
