"""Importance sampling of noise levels by their loss.

With γ = −log SNR = 2·log(σ/α), a denoiser's loss is an integral over noise levels, ∫ w(γ) ℓ(γ) dγ.
It is estimated without bias from γ ~ p by w ℓ / p, and with least variance where p ∝ w ℓ. So p is
piecewise constant over bins, each bin's height the running mean of w ℓ there:

    e_b ← ρ e_b + (1 − ρ) w ℓ,       p(γ) ∝ e_b,      γ = F⁻¹(u),  u stratified over the batch

Source: Kingma & Gao (2023), "Understanding diffusion objectives as the ELBO", adaptive noise
schedule; Finn et al. (2024) use 100 bins.
"""

import torch
from torch import Tensor, nn

MIN_HEIGHT = 1e-3
"""Smallest height of a bin as a share of the mean height, so that every level is sampled."""


class AdaptiveNoise(nn.Module):
    """The density p over γ in [low, high], learned while training.

    Its state is a buffer, so that a checkpoint holds it.

    Args:
        low, high: bounds of γ.
        bins: of equal width.
        decay: ρ for a bin that gets its even share of a batch, 1/bins of it; with k times as many
            samples ρᵏ, so that a bin with all of them keeps ρ to the power `bins`.
    """

    heights: Tensor

    def __init__(
        self, low: float = -15.0, high: float = 15.0, bins: int = 100, decay: float = 0.99
    ):
        super().__init__()
        self.low, self.high, self.bins, self.decay = low, high, bins, decay
        self.register_buffer("heights", torch.ones(bins, dtype=torch.float64))

    def density(self, gamma: Tensor) -> Tensor:
        """p(γ), float64, of the shape of `gamma`; its integral over [low, high] is 1."""
        return self._probability()[self._bin(gamma)] * self.bins / (self.high - self.low)

    def sample(self, u: Tensor) -> Tensor:
        """γ [B], float64, of uniform numbers `u` [B] in [0, 1): F⁻¹(u)."""
        p = self._probability()
        edges = torch.cat([p.new_zeros(1), p.cumsum(0)])
        u = u.to(p) * edges[-1]
        place = (torch.searchsorted(edges, u, right=True) - 1).clamp(0, self.bins - 1)
        within = ((u - edges[place]) / p[place]).clamp(0, 1)
        return self.low + (place + within) * (self.high - self.low) / self.bins

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """γ [count], one of each of `count` strata of equal probability."""
        return self.sample(stratified(count, generator).to(self.heights.device))

    @torch.no_grad()
    def update(self, gamma: Tensor, weighted_loss: Tensor) -> None:
        """Update the running means with w ℓ [B] at γ [B]."""
        place, count = self._bin(gamma), torch.zeros_like(self.heights)
        total = torch.zeros_like(self.heights)
        count.index_add_(0, place, torch.ones_like(gamma, dtype=torch.float64))
        total.index_add_(0, place, weighted_loss.detach().to(self.heights))
        keep = self.decay ** (count * self.bins / len(gamma)).clamp(max=self.bins)
        found = torch.where(count > 0, total / count.clamp(min=1), self.heights)
        self.heights.copy_(keep * self.heights + (1 - keep) * found)

    def _probability(self) -> Tensor:
        raised = self.heights + MIN_HEIGHT * self.heights.mean()
        return raised / raised.sum()

    def _bin(self, gamma: Tensor) -> Tensor:
        share = (gamma - self.low) / (self.high - self.low)
        return (share * self.bins).long().clamp(0, self.bins - 1)


def stratified(count: int, generator: torch.Generator) -> Tensor:
    """Numbers [count] in [0, 1), float64, evenly apart behind a common random beginning."""
    jitter = torch.rand(1, generator=generator, dtype=torch.float64)
    return (torch.arange(count, dtype=torch.float64) + jitter) / count
