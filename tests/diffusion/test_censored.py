"""Censored Gaussians against SciPy in double precision, in far tails and gradients too."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from thermocline.diffusion.censored import (
    centre_of,
    crps,
    gaussian_log_likelihood,
    log_likelihood,
    mean_and_variance,
)


def double(x):
    return torch.tensor(x, dtype=torch.float64)


LOWER, UPPER = double(0.0), double(1.0)
INFINITE = double(float("inf"))
SETTINGS = [(0.3, 0.2), (-2.0, 0.1), (40.0, 0.5), (0.999, 1e-3), (-60.0, 2.0)]


def reference(v, mu, s):
    if v <= 0:
        return stats.norm.logcdf(0, mu, s)
    if v >= 1:
        return stats.norm.logsf(1, mu, s)
    return stats.norm.logpdf(v, mu, s)


@pytest.mark.parametrize(("mu", "s"), SETTINGS)
@pytest.mark.parametrize("v", [0.0, 1e-9, 0.4, 1.0])
def test_log_likelihood_is_scipys(v, mu, s):
    found = log_likelihood(*(double(x) for x in (v, mu, np.log(s))), LOWER, UPPER)
    assert float(found) == pytest.approx(reference(v, mu, s), rel=1e-10)


@pytest.mark.parametrize(("mu", "s"), SETTINGS)
@pytest.mark.parametrize("v", [0.0, 0.4, 1.0])
def test_gradients_are_those_of_the_formula(v, mu, s):
    """d/dμ and d/dlog s; at a bound by the hazard λ = φ/Φ, from SciPy's log densities."""
    given = [double(x).requires_grad_() for x in (mu, np.log(s))]
    log_likelihood(double(v), *given, LOWER, UPPER).backward()
    z = (v - mu) / s
    if 0 < v < 1:
        by_mu, by_log_s = z / s, z**2 - 1
    else:
        sign = -1 if v == 0 else 1
        hazard = np.exp(stats.norm.logpdf(z) - stats.norm.logcdf(-sign * z))
        by_mu, by_log_s = sign * hazard / s, sign * hazard * z
    assert float(given[0].grad) == pytest.approx(by_mu, rel=1e-8)
    assert float(given[1].grad) == pytest.approx(by_log_s, rel=1e-8)


@pytest.mark.parametrize("mu", [-1e4, 1e4])
def test_far_tails_stay_finite_in_single_precision(mu):
    mean = torch.tensor(mu, requires_grad=True)
    v = torch.tensor([0.0, 1.0])
    found = log_likelihood(v, mean, torch.tensor(0.0), torch.tensor(0.0), torch.tensor(1.0))
    found.sum().backward()
    assert torch.isfinite(found).all() and torch.isfinite(mean.grad)


def test_probabilities_sum_to_one():
    for mu, s in ((0.3, 0.2), (1.2, 0.5)):
        p = lambda v, mu=mu, s=s: float(
            log_likelihood(*(double(x) for x in (v, mu, np.log(s))), LOWER, UPPER).exp()
        )
        inside = integrate.quad(p, 1e-12, 1 - 1e-12)[0]
        assert p(0.0) + inside + p(1.0) == pytest.approx(1, abs=1e-7)


def test_without_bounds_it_is_the_gaussian():
    v, mu, log_s = (torch.randn(50, dtype=torch.float64) for _ in range(3))
    free = log_likelihood(v, mu, log_s, -INFINITE, INFINITE)
    torch.testing.assert_close(free, gaussian_log_likelihood(v, mu, log_s))


@pytest.mark.parametrize(("mu", "s"), [(0.3, 0.2), (-0.5, 0.4), (1.4, 0.3)])
def test_moments_and_crps_are_those_of_draws_and_of_quadrature(mu, s):
    mean, variance = mean_and_variance(double(mu), double(s), LOWER, UPPER)
    draws = np.clip(mu + s * stats.norm.ppf((np.arange(400_000) + 0.5) / 400_000), 0, 1)
    assert float(mean) == pytest.approx(draws.mean(), abs=1e-5)
    assert float(variance) == pytest.approx(draws.var(), abs=1e-5)
    cdf = lambda x: 1.0 if x >= 1 else stats.norm.cdf(x, mu, s)
    for v in (0.0, 0.25, 1.0):
        found = crps(*(double(x) for x in (v, mu, s)), LOWER, UPPER)
        expected = integrate.quad(lambda x: cdf(x) ** 2, 0, v)[0]
        expected += integrate.quad(lambda x: (1 - cdf(x)) ** 2, v, 1)[0]
        assert float(found) == pytest.approx(expected, abs=1e-6)


def test_without_bounds_moments_and_crps_are_the_gaussians_with_finite_gradients():
    mu, s, v = double([0.3, -2.0]), double([0.5, 1.5]), double([1.0, -1.0])
    given = [each.requires_grad_() for each in (mu, s)]
    mean, variance = mean_and_variance(*given, -INFINITE, INFINITE)
    torch.testing.assert_close(mean.detach(), mu.detach())
    torch.testing.assert_close(variance.detach(), s.detach() ** 2)
    found = crps(v, *given, -INFINITE, INFINITE)
    z = ((v - mu) / s).detach().numpy()
    expected = s.detach().numpy() * (
        z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
    )
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-10)
    (found.sum() + mean.sum() + variance.sum()).backward()
    assert all(torch.isfinite(each.grad).all() for each in given)


@pytest.mark.parametrize("s", [0.1, 1.0, 3.0])
def test_a_centre_has_the_mean_that_it_is_asked_for(s):
    """Between bounds, near one of them, and with one bound alone."""
    lower, upper = torch.tensor([0.0, 0.0]), torch.tensor([1.0, torch.inf])
    mean = torch.tensor([[0.02, 0.02], [0.5, 0.5], [0.97, 2.5]])
    mu = centre_of(mean, torch.full_like(mean, s), lower, upper)
    assert torch.allclose(
        mean_and_variance(mu, torch.full_like(mu, s), lower, upper)[0], mean, atol=1e-3
    )


@pytest.mark.parametrize("mu", [-1.4, -1.2, 0.0, 5.0, 20.0])
def test_single_precision_has_the_variance_of_a_narrow_one_far_from_zero(mu):
    given = mu, 0.02, -1.2, math.inf
    single, double = (
        mean_and_variance(*(torch.tensor(x, dtype=kind) for x in given))
        for kind in (torch.float32, torch.float64)
    )
    assert float(single[0]) == pytest.approx(float(double[0]), rel=1e-6)
    assert float(single[1]) == pytest.approx(float(double[1]), rel=1e-4, abs=1e-12)
