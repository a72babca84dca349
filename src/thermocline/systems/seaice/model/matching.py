"""Drawn states are given the mean and the spread that states of the validation years have.

A denoiser that was trained for minutes draws states that vary too little from each other. With z
what is denoised (the latent, or the scaled state), d the day of the year, and the columns of E the
k leading patterns (EOFs) of z − μ(d):

    z′ = z + μ_v(d) − μ_g(d) + E (A − 1) Eᵀ (z − μ_g(d))
    A = Σ_g^{−½} (Σ_g^{½} Σ_v Σ_g^{½})^{½} Σ_g^{−½}

μ_g and Σ_g are the seasonal mean and the covariance in those patterns of drawn z, μ_v and Σ_v those
of encoded states. Of all maps that take one Gaussian to the other, this one moves z least (Dowson &
Landau, 1982, J. Multivariate Analysis). Outside the patterns only the seasonal mean changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

MIN_STATES = 60
"""With fewer states of either kind a mean and a spread are not estimated."""
HARMONICS = 2
"""Of the year, of a seasonal mean."""


@dataclass(frozen=True, eq=False)
class Matching:
    """z′ = z + X(d) S + (z E) (A − 1) Eᵀ, with everything of μ in S; see `fitted`.

    Attributes:
        seasonal: S, a row for each term of the year [1 + 2·HARMONICS, D].
        patterns: Eᵀ, a row for each [k, D].
        gain: A − 1 [k, k].
    """

    seasonal: Tensor
    patterns: Tensor
    gain: Tensor

    def __call__(self, z: Tensor, days: Tensor) -> Tensor:
        """z′ of z [B, …], drawn for days of the year [B]."""
        flat = z.flatten(1)
        more = terms(days).to(flat) @ self.seasonal
        return z + (more + flat @ self.patterns.T @ self.gain @ self.patterns).view_as(z)

    def tensors(self) -> dict[str, Tensor]:
        """By name, as they are stored."""
        return {"seasonal": self.seasonal, "patterns": self.patterns, "gain": self.gain}

    @classmethod
    def of(cls, stored: Mapping[str, Tensor]) -> "Matching":
        """From what `tensors` gave; raises TypeError or ValueError for anything else."""
        found = cls(**stored)
        k, d = found.patterns.shape
        shapes = found.seasonal.shape, found.gain.shape
        if shapes != ((1 + 2 * HARMONICS, d), (k, k)):
            raise ValueError(f"{k} patterns of {d} numbers with {shapes}")
        return found

    def to(self, device: torch.device | str) -> "Matching":
        """On another device."""
        return Matching(**{name: each.to(device) for name, each in self.tensors().items()})


def fitted(
    drawn: Tensor, drawn_days: Tensor, target: Tensor, target_days: Tensor, patterns: int
) -> Matching | None:
    """The map that gives `drawn` [N, …] the moments of `target` [M, …], in so many patterns.

    The patterns are the leading ones of both together. None for no pattern, for fewer than
    `MIN_STATES` states of either kind or none in a quarter of the year, and for states that are all
    the same.
    """
    count, days = min(len(drawn), len(target)), (drawn_days, target_days)
    if patterns == 0 or count < MIN_STATES or not all(_all_seasons(each) for each in days):
        return None
    kinds = ((drawn, drawn_days), (target, target_days))
    (mean, rest), (other_mean, other_rest) = (_seasonal(*each) for each in kinds)
    both = np.concatenate([each / np.sqrt(len(each)) for each in (rest, other_rest)])
    e = np.linalg.svd(both, full_matrices=False)[2][: min(patterns, count // 2)]
    covariance, other = (np.atleast_2d(np.cov(e @ each.T)) for each in (rest, other_rest))
    if not covariance.any():
        return None
    gain = transport(covariance, other) - np.eye(len(e))
    seasonal = other_mean - mean - mean @ e.T @ gain @ e
    found = Matching(*(torch.from_numpy(part).float() for part in (seasonal, e, gain)))
    return found.to(drawn.device)


def transport(covariance: NDArray, other: NDArray) -> NDArray[np.float64]:
    """A [k, k]: the symmetric matrix with A Σ A = Σ′, of covariances Σ and Σ′."""
    values, vectors = np.linalg.eigh(covariance)
    root = np.sqrt(np.maximum(values, 1e-9 * values.max()))
    half, inverse = (vectors * root) @ vectors.T, (vectors / root) @ vectors.T
    values, vectors = np.linalg.eigh(half @ other @ half)
    middle = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return np.asarray(inverse @ middle @ inverse)


def terms(days: Tensor) -> Tensor:
    """1, and sine and cosine of the harmonics of the year, of its days [B]: [B, 5], float64."""
    phase = 2 * torch.pi * days.double() / 365.25
    waves = [f(k * phase) for k in range(1, HARMONICS + 1) for f in (torch.sin, torch.cos)]
    return torch.stack([torch.ones_like(phase), *waves], dim=-1)


def _all_seasons(days: Tensor) -> bool:
    """Whether each quarter of the year has a day."""
    return len(torch.unique((days.cpu() - 1).clamp(0, 363) // 91)) == 4


def _seasonal(z: Tensor, days: Tensor) -> tuple[NDArray, NDArray]:
    """Coefficients of the seasonal mean [5, D], by least squares, and what it leaves [N, D]."""
    x, flat = terms(days.cpu()).numpy(), z.flatten(1).double().cpu().numpy()
    coefficients = np.linalg.lstsq(x, flat, rcond=None)[0]
    return coefficients, flat - x @ coefficients
