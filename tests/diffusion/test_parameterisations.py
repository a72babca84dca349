"""Four things a network may predict, one denoiser."""

import pytest
import torch
from diffusers import EDMEulerScheduler
from torch import nn

from thermocline.diffusion.parameterisations import (
    PARAMETERISATIONS,
    EDMPrecond,
    make_parameterisation,
)
from thermocline.diffusion.schedules import SCHEDULES, make_schedule
from thermocline.errors import BadConfig


class ExactNetwork(nn.Module):
    """Predicts what each parameterisation asks for, from the exact denoiser of a Gaussian.

    It is given the scaled input and ¼·log(σ/α) only, as a real network is.
    """

    def __init__(self, name, prior, sigma_data):
        super().__init__()
        self.name, self.prior, self.sigma_data = name, prior, sigma_data

    def forward(self, x_in, c_noise, offset=0.0):
        r = torch.exp(4 * c_noise).reshape(-1, 1, 1, 1)
        d = self.sigma_data
        if self.name == "edm":
            z = x_in * torch.sqrt(r**2 + d**2)
        else:
            z = x_in * torch.sqrt(1 + r**2)
        x_hat = self.prior.denoiser(z, torch.ones_like(r).flatten(), r.flatten())
        if self.name == "x0":
            return x_hat + offset
        noise = (z - x_hat) / r
        if self.name == "epsilon":
            return noise
        if self.name == "v":
            return (noise - r * x_hat) / torch.sqrt(1 + r**2)
        return (x_hat - z * d**2 / (r**2 + d**2)) * torch.sqrt(r**2 + d**2) / (r * d)


@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@pytest.mark.parametrize("name", sorted(PARAMETERISATIONS))
def test_every_parameterisation_gives_the_same_denoiser(world, name, schedule):
    sigma_data = 0.7
    precond = make_parameterisation(
        name, ExactNetwork(name, world.prior, sigma_data), sigma_data=sigma_data
    )
    process = make_schedule(schedule)
    t = process.grid(9)[:-1]
    x_t = torch.randn(9, *world.shape, generator=torch.Generator().manual_seed(0)).double()
    alpha, sigma = process.alpha(t), process.sigma(t)
    x_t = x_t * torch.sqrt(alpha**2 + sigma**2).reshape(-1, 1, 1, 1)
    expected = world.prior.denoiser(x_t, alpha, sigma)
    torch.testing.assert_close(precond(x_t, alpha, sigma), expected, rtol=1e-7, atol=1e-7)
    one = precond(x_t[2:4], alpha[2], sigma[2])  # a scalar time for the whole batch
    torch.testing.assert_close(one[0], expected[2], rtol=1e-7, atol=1e-7)


def test_edm_coefficients_agree_with_diffusers():
    theirs = EDMEulerScheduler(sigma_data=0.5)
    sample, output = torch.randn(2, 4, 1, 2, 2, generator=torch.Generator().manual_seed(1))
    for sigma in (0.01, 0.5, 3.0, 80.0):
        precond = EDMPrecond(_Fixed(output), sigma_data=0.5)
        ours = precond(sample, torch.tensor(1.0), torch.tensor(sigma))
        expected = theirs.precondition_outputs(sample, output, torch.tensor(sigma))
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)
        scaled = theirs.precondition_inputs(sample, torch.tensor(sigma))
        torch.testing.assert_close(precond.network.x_in, scaled, rtol=1e-5, atol=1e-5)
        assert precond.network.c_noise[0] == pytest.approx(
            float(theirs.precondition_noise(torch.tensor(sigma))), rel=1e-5
        )


class _Fixed(nn.Module):
    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, x_in, c_noise):
        assert c_noise.shape == (len(x_in),)
        self.x_in, self.c_noise = x_in, c_noise
        return self.output


@pytest.mark.parametrize("name", sorted(PARAMETERISATIONS))
def test_plain_weight_is_the_loss_of_the_networks_own_target(name):
    """What two outputs F differ by, squared, is the weighted square of what their D's differ by."""
    x_t = torch.randn(3, 1, 2, 2, generator=torch.Generator().manual_seed(2)).double()
    ratio = torch.tensor([0.05, 1.0, 20.0], dtype=torch.float64)
    one, other = torch.randn(2, 3, 1, 2, 2, generator=torch.Generator().manual_seed(3)).double()
    hats = [PARAMETERISATIONS[name](_Fixed(f))(x_t, torch.ones(3), ratio) for f in (one, other)]
    weight = PARAMETERISATIONS[name](nn.Identity()).weight(ratio).reshape(-1, 1, 1, 1)
    torch.testing.assert_close(weight * (hats[0] - hats[1]) ** 2, (one - other) ** 2)


def test_weights_have_their_published_form():
    precond = make_parameterisation("x0", nn.Identity(), sigma_data=0.5)
    ratio = torch.tensor([0.1, 1.0, 10.0])
    assert precond.weight(ratio, "min_snr").tolist() == pytest.approx([5, 1, 0.01])
    expected = [(r**2 + 0.25) / (0.5 * r) ** 2 for r in (0.1, 1.0, 10.0)]
    assert precond.weight(ratio, "edm").tolist() == pytest.approx(expected)
    with pytest.raises(BadConfig, match="snr"):
        precond.weight(ratio, "snr")


def test_condition_reaches_the_network(world):
    precond = make_parameterisation("x0", ExactNetwork("x0", world.prior, 1.0))
    x_t, one = torch.zeros(1, *world.shape, dtype=torch.float64), torch.tensor(1.0)
    difference = precond.bind(offset=2.0)(x_t, one, one) - precond(x_t, one, one)
    torch.testing.assert_close(difference, torch.full_like(difference, 2.0))


def test_unknown_parameterisation_is_named():
    with pytest.raises(BadConfig, match="eps"):
        make_parameterisation("eps", nn.Identity())
