"""The autoencoder: shapes, its prior in closed form, and that it can learn a latent."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from thermocline.networks import autoencoder
from thermocline.networks.autoencoder import Autoencoder


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Autoencoder(3, torch.ones(2, 16, 24), latent=4, width=8, multipliers=(1, 2, 2))


def test_each_level_halves_both_sides(model):
    mean, log_std = model.encode(torch.randn(5, 3, 16, 24))
    assert mean.shape == log_std.shape == (5, 4, 2, 3)
    assert model.decode(mean).shape == (5, 3, 16, 24)


def test_the_divergence_is_that_of_two_gaussians():
    mean, log_std = torch.randn(2, 100, dtype=torch.float64)
    expected = kl_divergence(Normal(mean, log_std.exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(autoencoder.kl_divergence(mean, log_std), expected)


def test_without_noise_the_latent_is_its_mean(model):
    x = torch.randn(2, 3, 16, 24)
    decoded, mean, _ = model(x, torch.zeros(2, 4, 2, 3))
    torch.testing.assert_close(decoded, model.decode(mean))


def test_it_learns_to_say_the_mean_of_each_channel(model):
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(60):
        x = torch.randn(16, 3, 1, 1, generator=generator).expand(-1, -1, 16, 24)
        decoded, mean, log_std = model(x, torch.randn(16, 4, 2, 3, generator=generator))
        loss = (decoded - x).square().mean()
        loss = loss + 1e-4 * autoencoder.kl_divergence(mean, log_std).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.3 * x.square().mean().item()
