"""Factors on a prior and on errors of observations, by maximum a posteriori likelihood.

    y ~ N(0, S),    S = A^½ (P ∘ V) A^½ + diag(ρ) R

P = H B Hᵀ is the prior's covariance of what was observed; A = diag(α) scales its variance and ρ the
errors', by level; V is κⁿ between levels that are n apart: how far a covariance between levels is
believed (Dee, 1995, and Desroziers et al., 2005, estimate such factors from innovations). Unless
the innovations say otherwise, all are 1. Two models of the factors are compared:

    fits       α = ρ = κ = 1
    does not   log α ~ N(0, Σ_α),  log ρ ~ N(0, Σ_ρ),  logit(1 − κ) ~ N(½, ½²)

with Σ = common² + own² exp(−|c − c′| / 2) for levels c, c′. The evidence of the second, by
Laplace's method, over that of the first gives the probability ω that the prior does not fit, and
log α, log ρ and 1 − κ are multiplied by it; an ω that is negligible leaves the prior as it is.
Errors may be overstated without limit, and only ρ may then be small: were it bounded, α would have
to make up for them.
Where α is not well determined, a variance needs its mean, exp(μ + σ²/2), not its mode.

Observations of q columns count (1 − 1/q) as much as they say: a single column cannot tell whether
the prior is wrong or the column unusual.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from thermocline.trust.innovations import Innovations

Array = NDArray[np.float64]

PRIOR_VARIANCE = 2.0, 1.5
"""Standard deviations of log α, common to all levels and of each."""
ERROR_VARIANCE = 1.0, 0.5
"""Of log ρ."""
REACH = 2.0
"""Levels over which a level's own factor fades into its neighbours'."""
DECOUPLING = 0.5, 0.5
"""Mean and standard deviation of logit(1 − κ): κ of 0.2 to 0.6 where a prior does not fit.

Levels of one column are alike in any ocean, and innovations are mostly of that: their likelihood
alone says little of how one level tells of another one elsewhere, and asks for a κ that is too
large to forecast real floats well.
"""
MIN_ERROR_SHARE = 0.01
"""Errors, as a share of the prior's variance, that ρ makes of overstated ones at the least."""
NEGLIGIBLE = 0.05
"""Doubt below which the prior is left exactly as it is, which is also much less work."""
UNCERTAIN = 1.0
"""The most of a posterior variance of log α that its mean counts."""


@dataclass(frozen=True, eq=False)
class Factors:
    """α [C], ρ [C], κ, and the probability ω that the prior does not fit as it is."""

    variance: Array
    error: Array
    coupling: float
    doubt: float

    @classmethod
    def none(cls, levels: int) -> "Factors":
        """The prior as it is."""
        return cls(np.ones(levels), np.ones(levels), 1.0, 0.0)

    def tempered(self) -> "Factors":
        """The factors as far as the prior is doubted."""
        return Factors(
            self.variance**self.doubt,
            self.error**self.doubt,
            1 - self.doubt * (1 - self.coupling),
            self.doubt,
        )

    def apply(self, given: Innovations) -> tuple[Array, Array]:
        """The signal's covariance [p, p] and the errors' variance [p] with these factors."""
        scale = np.sqrt(self.variance)[given.level]
        signal = given.covariance * believed(given.level, given.level, self.coupling)
        return scale[:, None] * signal * scale, self.error[given.level] * given.s_y**2


def fit(given: Innovations) -> Factors:
    """The factors of some innovations; those of one column, or of none, change nothing."""
    if given.columns < 2:
        return Factors.none(given.levels)
    posterior = Posterior(given)
    found = minimize(
        posterior.misfit,
        posterior.start,
        jac=True,
        method="L-BFGS-B",
        bounds=posterior.bounds,
        options={"maxiter": 60},
    )
    alpha, rho, logit = posterior.split(found.x)
    precision = posterior.precision(found.x)
    uncertain = np.minimum(np.diag(np.linalg.inv(precision))[: given.levels], UNCERTAIN)
    plain = posterior.misfit(posterior.as_it_is)[0] - posterior.penalty(posterior.as_it_is)[0]
    occam = np.linalg.slogdet(precision)[1] - np.linalg.slogdet(posterior.stiffness)[1]
    evidence = plain - found.fun - 0.5 * occam
    doubt = float(expit(evidence))
    if doubt < NEGLIGIBLE:
        return replace(Factors.none(given.levels), doubt=doubt)
    variance = np.exp(alpha + 0.5 * uncertain)
    return Factors(variance, np.exp(rho), 1 - float(expit(logit)), doubt).tempered()


def believed(one: NDArray[np.int64], other: NDArray[np.int64], coupling: float) -> Array:
    """V [n, m], κⁿ for levels [n] and [m] that are n apart; a correlation, as κ is from 0 to 1."""
    apart = np.abs(one[:, None] - other)
    return (coupling ** np.arange(apart.max(initial=0) + 1))[apart]


class Posterior:
    """−log of the posterior density of θ = (log α, log ρ, logit(1 − κ)), and its derivatives."""

    def __init__(self, given: Innovations):
        self.given, self.levels = given, given.levels
        self.weight = 1 - 1 / given.columns
        self.member = np.eye(self.levels)[given.level]
        self.apart = np.abs(given.level[:, None] - given.level)
        within = lambda common, own: np.linalg.inv(_smooth(self.levels, common, own))
        self.stiffness = scipy.linalg.block_diag(
            within(*PRIOR_VARIANCE), within(*ERROR_VARIANCE), DECOUPLING[1] ** -2
        )
        self.start = np.append(np.zeros(2 * self.levels), DECOUPLING[0])
        self.as_it_is = np.append(np.zeros(2 * self.levels), -np.inf)
        least = [(low, 8.0) for low in self._least()]
        self.bounds = [(-4.0, 6.0)] * self.levels + least + [(-8.0, 8.0)]

    def split(self, theta: Array) -> tuple[Array, Array, float]:
        """log α [C], log ρ [C], logit(1 − κ)."""
        return theta[: self.levels], theta[self.levels : -1], float(theta[-1])

    def _least(self) -> Array:
        """The least log ρ [C]: −2, or less if the smallest error stays above `MIN_ERROR_SHARE`."""
        share = MIN_ERROR_SHARE * np.diag(self.given.covariance) / self.given.s_y**2
        found = np.full(self.levels, -2.0)
        for level in np.unique(self.given.level):
            found[level] = min(-2.0, np.log(share[self.given.level == level].max()))
        return found

    def penalty(self, theta: Array) -> tuple[float, Array]:
        """Of the factors' own prior, and its gradient."""
        off = np.append(theta[:-1], theta[-1] - DECOUPLING[0] if np.isfinite(theta[-1]) else 0)
        pull = self.stiffness @ off
        return float(0.5 * off @ pull), pull

    def misfit(self, theta: Array) -> tuple[float, Array]:
        """−log posterior, but for a constant, and its gradient."""
        signal, noise = self._parts(theta)
        root = scipy.linalg.cholesky(signal + np.diag(noise), lower=True, check_finite=False)
        inverse = scipy.linalg.cho_solve((root, True), np.eye(len(self.given)))
        solved = inverse @ self.given.y
        likelihood = np.log(np.diag(root)).sum() + 0.5 * self.given.y @ solved
        half = 0.5 * (inverse - np.outer(solved, solved))  # d(−log L) / dS
        share = expit(theta[-1])  # 1 − κ
        gradient = np.concatenate(
            [
                self.member.T @ (half * signal).sum(axis=1),
                self.member.T @ (np.diag(half) * noise),
                [-share * np.sum(half * signal * self.apart)],
            ]
        )
        prior, pull = self.penalty(theta)
        return float(self.weight * likelihood + prior), self.weight * gradient + pull

    def precision(self, theta: Array) -> Array:
        """Expected curvature [2C + 1, 2C + 1]: Fisher's information, ½ tr(S⁻¹ ∂S S⁻¹ ∂′S), and the
        prior's.
        """
        signal, noise = self._parts(theta)
        fading = -expit(theta[-1]) * signal * self.apart  # ∂S / ∂ logit(1 − κ)
        inverse = np.linalg.inv(signal + np.diag(noise))
        gain = signal @ inverse
        sums = lambda products: self.member.T @ products @ self.member
        found = np.empty_like(self.stiffness)
        levels = self.levels
        found[:levels, :levels] = 0.25 * sums(gain * gain.T + inverse * (gain @ signal))
        found[levels:-1, levels:-1] = 0.5 * sums(inverse**2 * np.outer(noise, noise))
        found[:levels, levels:-1] = 0.5 * sums(gain * inverse * noise)
        found[levels:-1, :levels] = found[:levels, levels:-1].T
        faded = inverse @ fading
        with_alpha = np.einsum("ij,ji->i", gain, fading @ inverse)
        with_rho = np.einsum("ij,ji->i", faded, inverse) * noise
        found[-1, :-1] = 0.5 * np.concatenate(
            [self.member.T @ with_alpha, self.member.T @ with_rho]
        )
        found[:-1, -1] = found[-1, :-1]
        found[-1, -1] = 0.5 * np.sum(faded * faded.T)
        return self.weight * found + self.stiffness

    def _parts(self, theta: Array) -> tuple[Array, Array]:
        """The signal's covariance [p, p] and the errors' variance [p]."""
        alpha, rho, logit = self.split(theta)
        factors = Factors(np.exp(alpha), np.exp(rho), float(expit(-logit)), 1.0)
        return factors.apply(self.given)


def _smooth(levels: int, common: float, own: float) -> Array:
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels)))
    return common**2 + own**2 * np.exp(-apart / REACH)
