"""Muon: steps along the momentum of each convolution's kernel, made orthogonal (Jordan, 2024).

    M ← μ M + (1 − μ) G,      G′ = μ M + (1 − μ) G,      W ← W − η · 0.2 √max(m, n) · U Vᵀ

with G the gradient of a kernel as a matrix [m, n], a row for each channel that comes out of it, and
G′ = U S Vᵀ. A network learns in all directions at once, not only where gradients are large. The
factor gives steps the size of AdamW's (Liu et al., 2025).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
NEWTON_SCHULZ = ((3.4445, -4.7750, 2.0315),) * 5
"""Coefficients of x → a x + b x³ + c x⁵, by Jordan et al.; done five times it brings every x from
0.002 to 1 to between 0.68 and 1.21."""


class Muon(torch.optim.AdamW):
    """Muon for the kernels of a network's convolutions, AdamW for all else.

    PyTorch's own takes matrices only, and computes in bfloat16, which processors without
    such arithmetic imitate.

    Args:
        network: whose weights are trained.
        options: of AdamW, such as `lr` and `weight_decay`, which act on kernels too.
    """

    def __init__(self, network: nn.Module, **options: Any):
        kernels, others = parted(network.parameters())
        groups = [{"params": kernels, "kernels": True}, {"params": others, "kernels": False}]
        super().__init__([group for group in groups if group["params"]], **options)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of all weights that have a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        every = self.param_groups
        for group in every:
            if group["kernels"]:
                self._turn(group)
        self.param_groups = [group for group in every if not group["kernels"]]
        try:
            super().step()
        finally:
            self.param_groups = every
        return loss

    def _turn(self, group: dict[str, Any]) -> None:
        alike: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for weight in group["params"]:
            if weight.grad is None:
                continue
            state = self.state[weight]
            if not state:
                # Steps are counted because AdamW, which reads states back, looks for their number.
                state |= {"step": torch.zeros(()), "momentum": torch.zeros_like(weight)}
            state["step"] += 1
            state["momentum"].lerp_(weight.grad, 1 - MOMENTUM)
            ahead = weight.grad.lerp(state["momentum"], MOMENTUM).flatten(1)
            alike[ahead.shape[0], ahead.shape[1]].append((weight, ahead))
        rate = group["lr"]
        for shape, some in alike.items():
            turned = orthogonal(torch.stack([ahead for _, ahead in some]))
            for (weight, _), step in zip(some, turned, strict=True):
                weight.mul_(1 - rate * group["weight_decay"])
                weight.sub_(step.view(weight.shape), alpha=rate * 0.2 * max(shape) ** 0.5)


def parted(weights: Iterable[nn.Parameter]) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Kernels [m, k, h, w] of convolutions that mix channels, k > 1; and all other weights."""
    every = list(weights)
    mixes = lambda each: each.ndim == 4 and each.shape[1] > 1
    return [each for each in every if mixes(each)], [each for each in every if not mixes(each)]


def orthogonal(matrices: Tensor) -> Tensor:
    """U Vᵀ of matrices U S Vᵀ [..., m, n], to about a fifth, by Newton and Schulz's iteration.

    Each of its steps multiplies X by a polynomial of X Xᵀ, and all of these commute: so they are
    multiplied with one another first, as matrices of the shorter side, and with X once.
    """
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (torch.linalg.matrix_norm(x)[..., None, None] + 1e-7)
    square, turned = x @ x.mT, torch.eye(x.shape[-2], dtype=x.dtype, device=x.device)
    for a, b, c in NEWTON_SCHULZ:
        step = b * square + c * square @ square
        step.diagonal(dim1=-2, dim2=-1).add_(a)
        square, turned = step @ square @ step, step @ turned
    x = turned @ x
    return x.mT if tall else x
