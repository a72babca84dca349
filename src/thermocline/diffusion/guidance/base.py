"""Guidance: a prior's denoiser and an observation make a posterior's denoiser.

    y = m·(x + n),   n ~ N(0, s_y²),      D_y(x_t) = E[x | x_t, y]
                                                   = D(x_t) + (σ²/α)·∇_{x_t} log p(y | x_t)

The methods differ in how p(y | x_t) is approximated. The Jacobian J = ∂D/∂x_t is never formed:
`linearise` gives products with its transpose, and (σ²/α)·J is the covariance of x given x_t.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from thermocline.diffusion.ancestral import MeanStep
from thermocline.diffusion.denoiser import Denoiser


@dataclass(frozen=True)
class Observation:
    """Values `y`, where they are, and how well they are known, in the units of x.

    Args:
        y: [B or 1, C, H, W]; anything (NaN included) where nothing was observed.
        mask: of the same shape, true where observed.
        s_y: standard deviation of the error, of the same shape or a scalar.
    """

    y: Tensor
    mask: Tensor
    s_y: Tensor | float

    def innovation(self, x_hat: Tensor) -> Tensor:
        """m·(y − x̂) [B, C, H, W]; zero where nothing was observed."""
        y, mask = self.y.to(x_hat), self.mask.to(x_hat.device, torch.bool)
        return torch.where(mask, y - x_hat, torch.zeros_like(x_hat))

    def variance(self, like: Tensor) -> Tensor:
        """s_y² where observed and 1 elsewhere, in `like`'s kind."""
        s_y = torch.as_tensor(self.s_y, dtype=like.dtype, device=like.device)
        mask = self.mask.to(like.device, torch.bool)
        return torch.where(mask, s_y**2, torch.ones_like(s_y))

    def weight(self, like: Tensor) -> Tensor:
        """m as numbers, in `like`'s kind."""
        return self.mask.to(like)


class Guidance:
    """A method; called with D and an observation it gives D_y of the same signature.

    A method that moves the mean of a DDPM transition instead leaves D alone and returns its rule
    from `step`, to be passed to `sample(..., guidance_step=...)`.
    """

    def __call__(self, denoiser: Denoiser, observation: Observation) -> Denoiser:
        """The posterior denoiser D_y."""

        def posterior(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
            return self.forward(denoiser, observation, x_t, alpha_t, sigma_t)

        return posterior

    def forward(
        self,
        denoiser: Denoiser,
        observation: Observation,
        x_t: Tensor,
        alpha_t: Tensor,
        sigma_t: Tensor,
    ) -> Tensor:
        """D_y(x_t; α, σ) [B, C, H, W]; the prior's own unless a method says otherwise."""
        return denoiser(x_t, alpha_t, sigma_t)

    def step(self, observation: Observation) -> MeanStep | None:
        """The rule that moves a transition's mean; None for methods that change D."""
        return None


def linearise(
    denoiser: Denoiser, x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor
) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """x̂ = D(x_t) [B, C, H, W] and the map v ↦ Jᵀv, each product one backward pass.

    Leaves whatever `no_grad` or `inference_mode` it is called in, and copies its arguments,
    because tensors made in inference mode cannot be differentiated through. The denoiser must
    treat the members of a batch independently.
    """
    with torch.inference_mode(False), torch.enable_grad():
        x = x_t.detach().clone().requires_grad_()
        x_hat = denoiser(x, alpha_t.detach().clone(), sigma_t.detach().clone())

    def transposed(v: Tensor) -> Tensor:
        with torch.inference_mode(False):
            return torch.autograd.grad(x_hat, x, v.clone(), retain_graph=True)[0]

    return x_hat.detach(), transposed
