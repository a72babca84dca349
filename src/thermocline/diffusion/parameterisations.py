"""What a raw network F predicts, and how that gives the denoiser D.

    D(x_t; α, σ) = c_skip·x_t + c_out·F(c_in·x_t, c_noise),   c_noise = ¼·log(σ/α)

With r = σ/α, n = √(α² + σ²) and, for EDM, d² = α²σ_data² + σ²:

               c_in   c_skip          c_out          F predicts
    epsilon    1/n    1/α             −σ/α           ε
    x0         1/n    0               1              x
    v          1/n    α/n²            −σ/n           (α·ε − σ·x)/n
    edm        1/d    α·σ_data²/d²    σ·σ_data/d     what is left of x

All depend on (x_t/α, σ/α) alone, so that one network serves any schedule; for a variance-preserving
one n = 1 and the input is x_t itself.

Loss weights multiply ‖x̂ − x‖²:  plain 1/c_out² (that is ‖F − its target‖² unweighted),
min_snr min(1/r², 5) (Hang et al., 2023), edm (r² + σ_data²)/(r·σ_data)².

Sources: Ho et al. (2020); Salimans & Ho (2022) for v; Karras et al. (2022), table 1 for EDM.
"""

from abc import ABC, abstractmethod
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from thermocline.diffusion.schedule import spread
from thermocline.errors import BadConfig

WEIGHTS = ("plain", "min_snr", "edm")


class Parameterisation(nn.Module, ABC):
    """A network made into a denoiser.

    Args:
        network: called as `network(x_in [B, C, H, W], c_noise [B], **condition)`.
        sigma_data: standard deviation of the clean data.
    """

    def __init__(self, network: nn.Module, sigma_data: float = 1.0):
        super().__init__()
        self.network, self.sigma_data = network, sigma_data

    @abstractmethod
    def coefficients(self, alpha: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(c_in, c_skip, c_out), of the shape of `alpha` and `sigma`."""

    def forward(self, x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor, **condition: Any) -> Tensor:
        """x̂ [B, C, H, W] of x_t [B, C, H, W]; α and σ are scalars or [B]."""
        alpha, sigma = spread(alpha_t, x_t), spread(sigma_t, x_t)
        c_in, c_skip, c_out = self.coefficients(alpha, sigma)
        c_noise = embed_noise(alpha, sigma).reshape(-1).expand(len(x_t))
        return c_skip * x_t + c_out * self.network(c_in * x_t, c_noise, **condition)

    def bind(self, **condition: Any) -> partial[Tensor]:
        """The denoiser of this condition, with the plain signature D(x_t, α, σ)."""
        return partial(self, **condition)

    def weight(self, noise_ratio: Tensor, kind: str = "plain") -> Tensor:
        """Weight of ‖x̂ − x‖² at σ/α = `noise_ratio`, of its shape.

        Raises:
            BadConfig: for a `kind` that is not one of `WEIGHTS`.
        """
        ratio = torch.as_tensor(noise_ratio)
        if kind == "plain":
            return self.coefficients(torch.ones_like(ratio), ratio)[2] ** -2
        if kind == "min_snr":
            return (ratio**-2).clamp(max=5.0)
        if kind == "edm":
            return (ratio**2 + self.sigma_data**2) / (ratio * self.sigma_data) ** 2
        raise BadConfig(
            f"unknown loss weight '{kind}'", where="weighting", fix=f"use one of {WEIGHTS}"
        )


def embed_noise(alpha: Tensor, sigma: Tensor) -> Tensor:
    """c_noise = ¼·log(σ/α), kept finite at both ends."""
    return (sigma / alpha.clamp(min=1e-12)).clamp(1e-6, 1e6).log() / 4


class Epsilon(Parameterisation):
    """The network predicts the noise ε."""

    def coefficients(self, alpha: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return torch.rsqrt(alpha**2 + sigma**2), 1 / alpha, -sigma / alpha


class X0(Parameterisation):
    """The network predicts the clean field x."""

    def coefficients(self, alpha: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        c_in = torch.rsqrt(alpha**2 + sigma**2)
        return c_in, torch.zeros_like(c_in), torch.ones_like(c_in)


class V(Parameterisation):
    """The network predicts the velocity v = (α·ε − σ·x)/√(α² + σ²)."""

    def coefficients(self, alpha: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        c_in = torch.rsqrt(alpha**2 + sigma**2)
        return c_in, alpha * c_in**2, -sigma * c_in


class EDMPrecond(Parameterisation):
    """Unit variance at the network's input and target at every noise level."""

    def coefficients(self, alpha: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        c_in = torch.rsqrt(alpha**2 * self.sigma_data**2 + sigma**2)
        return c_in, alpha * self.sigma_data**2 * c_in**2, sigma * self.sigma_data * c_in


PARAMETERISATIONS: dict[str, type[Parameterisation]] = {
    "epsilon": Epsilon,
    "x0": X0,
    "v": V,
    "edm": EDMPrecond,
}


def make_parameterisation(name: str, network: nn.Module, **options: Any) -> Parameterisation:
    """The parameterisation called `name` around `network`; raises BadConfig for an unknown name."""
    if name not in PARAMETERISATIONS:
        names = ", ".join(PARAMETERISATIONS)
        raise BadConfig(
            f"unknown parameterisation '{name}'",
            where="parameterisation",
            fix=f"use one of {names}",
        )
    return PARAMETERISATIONS[name](network, **options)
