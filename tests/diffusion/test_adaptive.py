"""The adaptive density of noise levels: a density, unbiased, and found where the loss is."""

import pytest
import torch

from thermocline.diffusion.adaptive import AdaptiveNoise


def learned(loss, steps=2000):
    noise = AdaptiveNoise(-10, 10, bins=40)
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        gamma = noise.draw(16, generator)
        noise.update(gamma, loss(gamma))
    return noise


def bump(gamma):
    return torch.exp(-0.5 * (gamma - 2) ** 2) + 0.05


def test_it_begins_uniform():
    gamma = AdaptiveNoise(-10, 10, bins=40).draw(1000, torch.Generator().manual_seed(0))
    assert float(gamma.min()) < -9.9 and float(gamma.max()) > 9.9
    torch.testing.assert_close(gamma.diff(), torch.full_like(gamma[1:], 0.02))


def test_the_density_integrates_to_one_and_is_what_is_sampled():
    noise = learned(bump)
    middle = -10 + (torch.arange(40, dtype=torch.float64) + 0.5) * 0.5
    p = noise.density(middle)
    assert float(p.sum() * 0.5) == pytest.approx(1)
    drawn = noise.draw(100_000, torch.Generator().manual_seed(1))
    counted = torch.histc(drawn, 40, -10, 10) / 100_000
    torch.testing.assert_close(counted, p * 0.5, atol=2e-4, rtol=0)


def test_it_is_proportional_to_the_loss():
    noise = learned(bump)
    middle = -10 + (torch.arange(40, dtype=torch.float64) + 0.5) * 0.5
    p, expected = noise.density(middle), bump(middle)
    expected = expected / (expected.sum() * 0.5)
    torch.testing.assert_close(p, expected, atol=0.02, rtol=0.15)


def test_the_weighted_estimate_is_unbiased_and_its_variance_small():
    """∫ w ℓ dγ from γ ~ p; where p ∝ w ℓ every sample says nearly the same."""
    noise = learned(bump)
    gamma = noise.sample(torch.rand(50_000, dtype=torch.float64))
    estimate = bump(gamma) / noise.density(gamma)
    exact = (2 * torch.pi) ** 0.5 + 0.05 * 20
    assert float(estimate.mean()) == pytest.approx(exact, rel=0.01)
    assert float(estimate.std()) < 0.3 * float((20 * bump(20 * torch.rand(50_000) - 10)).std())


def test_a_bin_forgets_by_its_share_of_the_batch():
    """An even share keeps ρ; all of a batch keeps ρ to the power of the number of bins."""
    noise = AdaptiveNoise(0, 4, bins=4, decay=0.9)
    noise.update(torch.tensor([0.5, 1.5, 2.5, 3.5]), torch.zeros(4))
    torch.testing.assert_close(noise.heights, torch.full((4,), 0.9, dtype=torch.float64))
    noise.update(torch.full((8,), 0.5), torch.zeros(8))
    assert float(noise.heights[0]) == pytest.approx(0.9 * 0.9**4)
    assert float(noise.heights[1]) == pytest.approx(0.9)


def test_its_state_is_in_a_checkpoint():
    noise = learned(bump, steps=50)
    other = AdaptiveNoise(-10, 10, bins=40)
    other.load_state_dict(noise.state_dict())
    u = torch.rand(20, dtype=torch.float64)
    assert torch.equal(noise.sample(u), other.sample(u))
