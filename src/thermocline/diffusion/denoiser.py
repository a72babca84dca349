"""The denoiser, all that samplers and guidance need: D(x_t; α, σ) ≈ E[x | x_t].

With x_t = α·x + σ·ε, Tweedie's formula gives score and posterior covariance at this noise from D:

    ∇ log p(x_t) = (α·D − x_t)/σ²,      Cov[x | x_t] = (σ²/α)·∂D/∂x_t        (Efron, 2011)
"""

from typing import Protocol

from torch import Tensor

NO_STATE = 1e3
"""σ/α that stands for infinity: D is then E[x] and x_t is ignored."""


class Denoiser(Protocol):
    """x̂ = D(x_t; α, σ)."""

    def __call__(self, x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
        """x̂ [B, C, H, W] of x_t [B, C, H, W]; α and σ are scalars or [B]."""


class CountingDenoiser:
    """A denoiser that counts its evaluations: `forward` calls and `backward` products vᵀ·∂D/∂x_t.

    A call counts once whatever its batch, so with all members in one batch the counts are
    evaluations a member.
    """

    def __init__(self, denoiser: Denoiser):
        self.denoiser = denoiser
        self.reset()

    def reset(self) -> None:
        """Set the counts to zero."""
        self.forward = 0
        self.backward = 0

    @property
    def count(self) -> int:
        """Forward and backward evaluations together."""
        return self.forward + self.backward

    def __call__(self, x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
        self.forward += 1
        x_hat = self.denoiser(x_t, alpha_t, sigma_t)
        if x_hat.requires_grad:
            x_hat.register_hook(self._passed)
        return x_hat

    def _passed(self, gradient: Tensor) -> None:
        self.backward += 1
