"""The denoising loss of a prior, at random noise levels and observation layouts."""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from thermocline.diffusion.parameterisations import make_parameterisation
from thermocline.systems.reconstruct.model.masking import masked_observations
from thermocline.systems.reconstruct.model.prior import Conditioning, Prior
from thermocline.training.noise_levels import noise_levels
from thermocline.training.objective import Metrics, step_generator
from thermocline.training.share import WHOLE, Share


class Noisy(NamedTuple):
    """A batch.

    Attributes:
        x, noise: states and noise [B, C, H, W].
        alpha, sigma: [B].
        ocean: where each state is known [B, C, H, W].
        month: calendar months [B].
        given: the conditioning of each, if there is any.
        known: number of known values in the whole batch, divided by the number of shares.
    """

    x: Tensor
    noise: Tensor
    alpha: Tensor
    sigma: Tensor
    ocean: Tensor
    month: Tensor
    given: Conditioning | None
    known: Tensor


class Denoising:
    """E ‖x̂ − x‖², weighted by noise level, over sea cells only.

    Args:
        prior: the network and how it is conditioned.
        states: training anomalies [N, C, H, W] and their calendar months [N].
        masks: where each state is known, [C, H, W] or [N, C, H, W].
        held_back: validation anomalies and months; a fixed sample of them is scored.
        batch: samples a step.
        s_y: error of an observation given to the network, in the states' units, [C, H, W].
    """

    def __init__(
        self,
        prior: Prior,
        states: np.ndarray,
        months: np.ndarray,
        masks: np.ndarray,
        held_back: tuple[np.ndarray, np.ndarray],
        batch: int,
        s_y: np.ndarray | None = None,
    ):
        self.prior, self.batch = prior, batch
        self.s_y = torch.from_numpy(s_y) if s_y is not None else torch.zeros(states.shape[1:])
        self.states, self.months = states, torch.from_numpy(months)
        self.masks = torch.from_numpy(masks)
        chosen = np.linspace(0, len(held_back[0]) - 1, min(16, len(held_back[0]))).astype(int)
        self.check = (
            torch.from_numpy(held_back[0][chosen]),
            torch.from_numpy(held_back[1][chosen]),
        )

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Noisy:
        """A share of one batch: states, noise levels and noise from `generator`."""
        index = torch.randint(len(self.states), (self.batch,), generator=generator)
        x = torch.from_numpy(self.states[index.numpy()])
        ocean = self.masks[index] if self.masks.ndim == 4 else self.masks.expand_as(x)
        alpha, sigma = noise_levels(self.prior.process, self.batch, generator)
        noise = torch.randn(x.shape, generator=generator)
        given = masked_observations(x, ocean, self.s_y, self.prior.masking, generator)
        if given is not None:
            given = given._replace(values=share.part(given.values), where=share.part(given.where))
        known, month = ocean.sum() / share.of, share.part(self.months[index])
        x, noise, alpha, sigma, ocean = map(share.part, (x, noise, alpha, sigma, ocean))
        return Noisy(x, noise, alpha, sigma, ocean, month, given, known)

    def loss(self, network: nn.Module, batch: Noisy) -> Tensor:
        """Errors of the denoised states, weighted by noise level."""
        return denoising_loss(self.prior, network, batch)

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """Root-mean-square denoising error of held-back states at three noise levels."""
        device = next(network.parameters()).device
        x, months = self.check
        ocean = (self.masks if self.masks.ndim == 3 else self.masks[0]).expand_as(x)
        noise = torch.randn(x.shape, generator=step_generator(0, 0)).to(device)
        x, ocean = x.to(device), ocean.to(device)
        metrics = {}
        for ratio in (0.3, 1.0, 3.0):
            sigma = torch.full((len(x),), ratio, device=device)
            x_hat = self.prior.denoiser(ocean, months, network)(
                x + sigma[:, None, None, None] * noise, torch.ones_like(sigma), sigma
            )
            error = ((x_hat - x).square() * ocean).sum() / ocean.sum()
            metrics[f"denoising_rmse_{ratio:g}"] = math.sqrt(float(error))
        return metrics


def denoising_loss(prior: Prior, network: nn.Module, batch: Noisy) -> Tensor:
    """Σ w(σ/α)·(x̂ − x)² over sea cells, divided by their number in the whole batch."""
    x, noise, alpha, sigma, ocean, month, given, known = batch
    denoise = prior.denoiser(ocean, month, network, given)
    x_t = alpha[:, None, None, None] * x + sigma[:, None, None, None] * noise
    error = (denoise(x_t, alpha, sigma).float() - x).square() * ocean
    weighting = make_parameterisation(prior.process.parameterisation, nn.Identity())
    weight = weighting.weight(sigma / alpha, prior.process.weighting)
    return (weight[:, None, None, None] * error).sum() / known
