"""The loss of a denoiser that starts from an analysis.

Half of each batch has no noisy state (σ = ∞): there D = E[x | y, a] is a regression, the posterior
mean. The other half is denoising at finite σ, which makes the members.
The loss weights a cell by its area, half of it also by its climatological variance, as errors in
degrees are; and each sample by the inverse of its analysis error, so that well observed states
count as much as poorly observed ones. One sample in `BLANK` has no conditioning.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from thermocline.diffusion.denoiser import NO_STATE
from thermocline.systems.reconstruct.model.masking import BLANK
from thermocline.systems.reconstruct.model.pairs import Pairs
from thermocline.systems.reconstruct.model.posterior_mean import posterior_mean
from thermocline.systems.reconstruct.model.prior import Conditioning, Prior
from thermocline.training.noise_levels import noise_levels
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share


class Noisy(NamedTuple):
    """A batch.

    Attributes:
        x, x_t: states and noisy states [B, C, H, W]; where σ = ∞, x_t is the analysis.
        alpha, sigma: [B].
        month: calendar months [B].
        given: the conditioning of each.
    """

    x: Tensor
    x_t: Tensor
    alpha: Tensor
    sigma: Tensor
    month: Tensor
    given: Conditioning


class StartingFromAnalysis:
    """E λ(σ)·‖D(x_t; σ, y, a) − x‖² / ‖x − a‖² over pairs; an `Objective`.

    Args:
        prior: the network and how it is conditioned.
        states, months: training anomalies [N, C, H, W] and their calendar months [N].
        pairs: of those states.
        checks: held-back anomalies and months, and pairs of them.
        ocean: [C, H, W].
        weight: of each cell [C, H, W]; zero on land.
        s_y: error of an observation in the states' units [C, H, W].
        batch: samples a step.
    """

    def __init__(
        self,
        prior: Prior,
        states: np.ndarray,
        months: np.ndarray,
        pairs: Pairs,
        checks: tuple[np.ndarray, np.ndarray, Pairs],
        ocean: np.ndarray,
        weight: np.ndarray,
        s_y: np.ndarray,
        batch: int,
    ):
        self.prior, self.states, self.months, self.pairs = prior, states, months, pairs
        self.checks, self.batch, self.s_y = checks, batch, s_y
        self.ocean, self.weight = torch.from_numpy(ocean), torch.from_numpy(weight)
        self.chosen = torch.from_numpy(pairs.within(prior.masking))

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Noisy:
        """A share of one batch: pairs, noise levels and noise from `generator`."""
        drawn = torch.randint(len(self.chosen), (self.batch,), generator=generator)
        chosen = share.part(self.chosen[drawn]).tolist()
        x, month, *parts = self._batch(self.pairs, self.states, self.months, chosen)
        blank = share.part(torch.rand(self.batch, generator=generator) < 1 / BLANK)
        given = Conditioning(
            *(torch.where(blank[:, None, None, None], 0.0, part) for part in parts)
        )
        alpha, sigma = torch.ones(self.batch), torch.full((self.batch,), NO_STATE)
        noisy = torch.arange(1, self.batch, 2)  # levels are stratified over these alone
        alpha[noisy], sigma[noisy] = noise_levels(self.prior.process, len(noisy), generator)
        noise = torch.randn((self.batch, *x.shape[1:]), generator=generator)
        alpha, sigma, noise = (share.part(each) for each in (alpha, sigma, noise))
        levels = (-1, 1, 1, 1)
        x_t = alpha.view(levels) * x + sigma.view(levels) * noise
        assert given.analysis is not None
        x_t = torch.where(sigma.view(levels) == NO_STATE, given.analysis, x_t)
        return Noisy(x, x_t, alpha, sigma, month, given)

    def loss(self, network: nn.Module, batch: Noisy) -> Tensor:
        """Errors relative to the analyses', weighted by noise level."""
        device = batch.x.device
        return relative_loss(
            self.prior, network, batch, self.ocean.to(device), self.weight.to(device)
        )

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """RMSE of the posterior mean relative to the analysis's, on held-back pairs."""
        device = next(network.parameters()).device
        states, months, pairs = self.checks
        weight, error, residual = self.weight, 0.0, 0.0
        for first in range(0, len(pairs), self.batch):
            chosen = list(range(first, min(first + self.batch, len(pairs))))
            x, month, *parts = self._batch(pairs, states, months, chosen)
            given = Conditioning(*(part.to(device) for part in parts))
            denoise = self.prior.denoiser(self.ocean[None].to(device), month, network, given)
            guess = posterior_mean(denoise, parts[2].to(device)).cpu()
            error += float(((guess - x).square() * weight).sum())
            residual += float(((parts[2] - x).square() * weight).sum())
        return {"rmse_ratio": (error / residual) ** 0.5}

    def _batch(
        self, pairs: Pairs, states: np.ndarray, months: np.ndarray, chosen: list[int]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """States x, their months [B], observed values, where, and the analysis a, [B, C, H, W]."""
        y, _, where = zip(*(pairs.seen(p, states, self.s_y) for p in chosen), strict=True)
        x = torch.from_numpy(states[pairs.state[chosen]])
        month = torch.from_numpy(months[pairs.state[chosen]].astype(np.int64))
        analysis = torch.from_numpy(pairs.analysis[chosen].astype(np.float32))
        observed = torch.from_numpy(np.stack(where).astype(np.float32))
        return x, month, torch.from_numpy(np.stack(y)), observed, analysis


def relative_loss(
    prior: Prior, network: nn.Module, batch: Noisy, ocean: Tensor, weight: Tensor
) -> Tensor:
    """λ(σ)·‖D(x_t; σ, y, a) − x‖² / ‖x − a‖², averaged over the batch.

    Args:
        ocean: [C, H, W].
        weight: of each cell [C, H, W].
    """
    x, x_t, alpha, sigma, month, given = batch
    assert given.analysis is not None
    denoise = prior.denoiser(ocean[None], month, network, given)
    error = (denoise(x_t, alpha, sigma).float() - x).square() * weight
    residual = (x - given.analysis).square() * weight
    method = prior.parameterisation(nn.Identity())
    factor = method.weight(sigma / alpha, prior.process.weighting) * method.sigma_data**2
    factor = torch.where(sigma == NO_STATE, 1.0, factor)  # the posterior mean has no noise level
    relative = error.sum(dim=(1, 2, 3)) / residual.sum(dim=(1, 2, 3)).clamp(min=1e-6)
    return (factor * relative).mean()
