"""The latent of an autoencoder with mean 0 and variance 1, as diffusion wants it."""

import torch
from torch import Tensor, nn


class Standardised(nn.Module):
    """Statistics of a latent z [B, latent, h, w] over training states.

    Attributes:
        mean, deviation: [latent, 1, 1]; 0 and 1 until `measure` was called.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, latent: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(latent, 1, 1))
        self.register_buffer("deviation", torch.ones(latent, 1, 1))

    @torch.no_grad()
    def measure(self, mean: Tensor, variance: Tensor) -> None:
        """Take means and variances [latent]."""
        self.mean.copy_(mean[:, None, None])
        self.deviation.copy_(variance.sqrt()[:, None, None])

    def standardised(self, z: Tensor) -> Tensor:
        """z with mean 0 and variance 1."""
        return (z - self.mean) / self.deviation

    def restored(self, z: Tensor) -> Tensor:
        """What `standardised` was given."""
        return z * self.deviation + self.mean
