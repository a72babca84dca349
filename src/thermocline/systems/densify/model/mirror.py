"""A symmetry of the flow: its mirror image from south to north, with the other sign.

    M: (y, ψ, q, s) → (−y, −ψ, −q, −s)

takes every solution of quasi-geostrophic layers on a β-plane, and of the tracers that they stir, to
another one (`simulate/mesoscale/layers.py`): for each warm eddy that turns one way there may be a
cold one, as likely, that turns the other. So anomalies x and what is known of them, c, are as
likely as M x = −x(−y) and M c. A network learns from both, and its answer is taken on both sides:

    b(c) = ½ (b_θ(c) + M b_θ(M c)),      ℓ(c) = ½ (ℓ_θ(c) + ℓ_θ(M c)(−y)),

so that b(M c) = M b(c). Place and season stay, because they say which climate x is an anomaly of.

M is exact for the flow, for its tracers, and for heave where the mean profile is straight. For
curved profiles, the mixed layer and a real ocean it is not: there the network learns something that
is nearly true. Without the change of sign M is no symmetry, and training with it did harm
(docs/densify.md).
"""

import torch
from torch import Tensor

from thermocline.systems.densify.data.raw import SURFACE
from thermocline.systems.densify.model.conditioning import Conditioning

Moments = tuple[Tensor, Tensor]
"""Mean and log standard deviation of x, each [B, C, H, W]."""


def turned(field: Tensor) -> Tensor:
    """A field [B, C, H, W] with its rows from north to south."""
    return field.flip(-2)


def image(x: Tensor) -> Tensor:
    """M x of anomalies [B, C, H, W]."""
    return -turned(x)


def mirrored(given: Conditioning) -> Conditioning:
    """M c. Scales, land, and where something is observed only turn."""
    anomalies, masks = given.surface.split([len(SURFACE), len(SURFACE)], dim=1)
    return Conditioning(
        first_guess=image(given.first_guess),
        scale=turned(given.scale),
        values=image(given.values),
        where=turned(given.where),
        surface=torch.cat([image(anomalies), turned(masks)], dim=1),
        ocean=turned(given.ocean),
        place=given.place,
        season=given.season,
    )


def some_mirrored(
    x: Tensor, counted: Tensor, given: Conditioning, chosen: Tensor
) -> tuple[Tensor, Tensor, Conditioning]:
    """States, where their errors count, and conditioning; the chosen [B] of them are mirrored."""

    def either(there: Tensor, here: Tensor) -> Tensor:
        return torch.where(chosen.view(-1, *[1] * (here.ndim - 1)), there, here)

    both = map(either, mirrored(given), given)
    return either(image(x), x), either(turned(counted), counted), Conditioning(*both)


def of_both(here: Moments, there: Moments) -> Moments:
    """Mean b(c) and log standard deviation ℓ(c), from what a network says of c and of M c."""
    return (here[0] + image(there[0])) / 2, (here[1] + turned(there[1])) / 2
