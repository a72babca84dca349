"""What an adversary's opinion costs, cell by cell, and how much it is to count.

Logits l, positive for true; w ≥ 0 says where it matters (an uncertainty map, the sea); ⟨·⟩_w is the
mean by w:

    hinge      D: ⟨max(0, 1 − l_true)⟩_w + ⟨max(0, 1 + l_made)⟩_w        G: −⟨l_made⟩_w

The generator's loss is L_pixel + λ · L_G with both pulling equally hard at its last layer θ:
λ = ‖∂L_pixel/∂θ‖ / ‖∂L_G/∂θ‖.

Source: Lim & Ye (2017) for the hinge, Esser et al. (2021) for λ.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def weighted_mean(values: Tensor, weight: Tensor | None = None) -> Tensor:
    """Σ w v / Σ w over everything; 0 where no weight is positive.

    Args:
        values: [B, 1, H, W].
        weight: w, broadcast against `values`; None counts all the same.
    """
    if weight is None:
        return values.mean()
    weight = weight.expand_as(values)
    return (weight * values).sum() / weight.sum().clamp(min=torch.finfo(values.dtype).tiny)


def hinge_discriminator(true: Tensor, made: Tensor, weight: Tensor | None = None) -> Tensor:
    """The discriminator's hinge loss, of its logits for true and for made fields [B, 1, H, W]."""
    return weighted_mean(F.relu(1 - true) + F.relu(1 + made), weight)


def hinge_generator(made: Tensor, weight: Tensor | None = None) -> Tensor:
    """The generator's, of the discriminator's logits for what it made [B, 1, H, W]."""
    return -weighted_mean(made, weight)


def balance(pixel: Tensor, adversarial: Tensor, last: Tensor, most: float = 1e4) -> Tensor:
    """λ, the weight at which both losses pull equally hard at `last`; no gradient flows into it.

    Args:
        pixel, adversarial: scalar losses whose graphs are kept for the backward pass to come.
        last: weight of the generator's last layer, which both depend on.
        most: bound on λ, met where the adversary has nothing to say.
    """
    pulls = [
        torch.autograd.grad(loss, last, retain_graph=True)[0].norm()
        for loss in (pixel, adversarial)
    ]
    least = torch.finfo(pulls[1].dtype).tiny
    return (pulls[0] / pulls[1].clamp(min=least)).clamp(max=most).detach()
