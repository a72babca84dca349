"""Gaussians of bounded quantities, with the probability beyond a bound lying on the bound.

For bounds l ≤ v ≤ r, mean μ and standard deviation s of the latent Gaussian:

    log p(v) = log Φ((l − μ)/s)              v = l
             = log N(v; μ, s)                l < v < r
             = log Φ((μ − r)/s)              v = r

A quantity without bounds has l = −∞ and r = ∞. The value to be expected with all uncertainty taken
away is clip(μ, l, r). The same model is known as the tobit model.

The CRPS is known in closed form (Jordan et al., 2019, their `cnorm`).

Sources: Finn et al. (2024), arXiv 2406.18417, eq. 8; Tobin (1958).
"""

import math

import torch
from torch import Tensor

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
FAR_DEVIATIONS = 40.0
"""Standard deviations beyond which even double precision holds no probability."""
REACH, HALVINGS = 6.0, 24
"""Deviations within which μ is looked for around a censored mean, and how often they are halved."""


def log_likelihood(v: Tensor, mu: Tensor, log_s: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """log p(v), a density inside the bounds and a probability on them, of the shape of `v`.

    Args:
        v: values, not beyond the bounds.
        mu, log_s: of the Gaussian before it is censored, broadcast against `v`.
        lower, upper: bounds, broadcast against `v`; infinite where there is none.
    """
    s = log_s.exp()
    z = (v - mu) / s
    inside = -0.5 * z.square() - log_s - HALF_LOG_2PI
    # Each branch has arguments that are finite everywhere: a NaN of the branch that is not taken
    # would come back in the gradient.
    at_lower, at_upper = v <= lower, v >= upper
    below = torch.special.log_ndtr(torch.where(at_lower, (v - mu) / s, 0.0))
    above = torch.special.log_ndtr(torch.where(at_upper, (mu - v) / s, 0.0))
    return torch.where(at_lower, below, torch.where(at_upper, above, inside))


def gaussian_log_likelihood(v: Tensor, mu: Tensor, log_s: Tensor) -> Tensor:
    """log N(v; μ, s): the same without bounds."""
    return -0.5 * ((v - mu) / log_s.exp()).square() - log_s - HALF_LOG_2PI


def mean_and_variance(mu: Tensor, s: Tensor, lower: Tensor, upper: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of the censored quantity clip(μ + s·ε, l, r); all broadcast together."""
    # About clip(μ, l, r), since the variance is a difference of squares.
    about = torch.maximum(torch.minimum(mu, upper), lower).detach()
    mu, lower, upper = mu - about, lower - about, upper - about
    a, b = (_standardised(bound, mu, s) for bound in (lower, upper))
    below, above = torch.special.ndtr(a), torch.special.ndtr(-b)
    inside = 1 - below - above
    phi_a, phi_b = _density(a), _density(b)
    first = inside * mu + s * (phi_a - phi_b)
    second = inside * (mu**2 + s**2) + s * (_times(lower + mu, phi_a) - _times(upper + mu, phi_b))
    mean = first + _times(lower, below) + _times(upper, above)
    square = second + _times(lower**2, below) + _times(upper**2, above)
    return about + mean, (square - mean**2).clamp(min=0)


def centre_of(mean: Tensor, s: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """μ of the Gaussian of deviation `s` whose censored mean is `mean`, by bisection.

    A mean on a bound, where μ is infinite, has one `REACH` deviations beyond it.
    """
    low, high = mean - REACH * s, mean + REACH * s
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        less = mean_and_variance(middle, s, lower, upper)[0] < mean
        low, high = torch.where(less, middle, low), torch.where(less, high, middle)
    return (low + high) / 2


def crps(v: Tensor, mu: Tensor, s: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """CRPS of clip(μ + s·ε, l, r) at values `v` within the bounds, in closed form."""
    z, a, b = (_standardised(each, mu, s) for each in (v, lower, upper))
    big = torch.special.ndtr
    half = 1 / math.sqrt(math.pi)
    between = z * (2 * big(z) - 1) + 2 * _density(z)
    lower_part = -_times(a, big(a).square()) - 2 * _density(a) * big(a)
    upper_part = _times(b, big(-b).square()) - 2 * _density(b) * big(-b)
    tails = -half * (big(math.sqrt(2) * b) - big(math.sqrt(2) * a))
    return s * (between + lower_part + upper_part + tails)


def _density(z: Tensor) -> Tensor:
    """φ(z), 0 at ±∞."""
    return torch.exp(-0.5 * z.square() - HALF_LOG_2PI)


def _standardised(bound: Tensor, mu: Tensor, s: Tensor) -> Tensor:
    """(bound − μ)/s; without a bound so far out that nothing lies beyond."""
    free = torch.isinf(bound)
    finite = (torch.where(free, 0.0, bound) - mu) / s
    return torch.where(free, FAR_DEVIATIONS * torch.sign(bound), finite)


def _times(bound: Tensor, weight: Tensor) -> Tensor:
    """Their product; 0 where there is no bound and hence no weight."""
    return torch.where(torch.isinf(bound), 0.0, bound) * weight
