"""The closed forms themselves, checked by Bayes' rule and by brute force."""

import torch
from scipy.stats import multivariate_normal

from thermocline.diffusion.gaussian import Gaussian
from thermocline.diffusion.guidance import Observation


def test_denoiser_is_the_conditional_mean_and_tweedie_holds(world):
    """D = (x_t + σ²·∇log p(x_t))/α, the gradient by finite differences of scipy's density."""
    alpha, sigma = 0.7, 0.9
    x_t = world.noise(1).noise(0)
    mean = alpha * world.prior.mean.flatten()
    total = alpha**2 * world.prior.covariance + sigma**2 * torch.eye(6, dtype=torch.float64)
    density = multivariate_normal(mean.numpy(), total.numpy())
    step, flat = 1e-4, x_t.flatten()
    gradient = torch.zeros(6, dtype=torch.float64)
    for i in range(6):
        shift = torch.zeros(6, dtype=torch.float64)
        shift[i] = step
        rise = density.logpdf((flat + shift).numpy()) - density.logpdf((flat - shift).numpy())
        gradient[i] = float(rise) / (2 * step)
    expected = (flat + sigma**2 * gradient) / alpha
    x_hat = world.prior.denoiser(x_t, torch.tensor(alpha), torch.tensor(sigma)).flatten()
    torch.testing.assert_close(x_hat, expected, rtol=1e-6, atol=1e-6)


def test_posterior_satisfies_bayes_rule(world):
    """Precisions add: C_y⁻¹ = C⁻¹ + Hᵀ R⁻¹ H, and so do precision-weighted means."""
    observation = world.observation
    mask = observation.mask.flatten()
    precision = torch.zeros(6, dtype=torch.float64)
    precision[mask] = observation.s_y.flatten()[mask] ** -2
    y = torch.where(mask, observation.y.flatten(), 0.0)
    prior, posterior = world.prior, world.prior.posterior(observation)
    inverse = torch.linalg.inv(prior.covariance)
    torch.testing.assert_close(
        torch.linalg.inv(posterior.covariance), inverse + torch.diag(precision)
    )
    right = inverse @ prior.mean.flatten() + precision * y
    torch.testing.assert_close(
        posterior.mean.flatten(), torch.linalg.solve(inverse + torch.diag(precision), right)
    )


def test_a_scalar_error_means_the_same_everywhere(world):
    mask, y = world.observation.mask, world.observation.y
    fields = Observation(y, mask, torch.full_like(y, 0.2))
    one, other = (world.prior.posterior(o) for o in (Observation(y, mask, 0.2), fields))
    assert torch.equal(one.mean, other.mean)


def test_draws_have_the_stated_moments(world):
    count = 20000
    draws = world.prior.sample(count, torch.Generator().manual_seed(0)).flatten(1)
    c = world.prior.covariance
    z = (draws.mean(0) - world.prior.mean.flatten()) / (c.diag() / count).sqrt()
    assert z.abs().max() < 4
    assert (
        torch.linalg.norm(draws.T.cov() - c)
        < 2 * ((torch.linalg.norm(c) ** 2 + c.trace() ** 2) / count) ** 0.5
    )


def test_each_member_may_have_its_own_noise(world):
    x_t = world.noise(3).noise(0)
    alpha, sigma = torch.tensor([1.0, 0.5, 0.1]), torch.tensor([0.1, 1.0, 5.0])
    together = world.prior.denoiser(x_t, alpha, sigma)
    for i in range(3):
        alone = Gaussian.denoiser(world.prior, x_t[i : i + 1], alpha[i], sigma[i])
        torch.testing.assert_close(together[i : i + 1], alone)
