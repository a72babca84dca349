"""The networks of this system, untrained; their first weights depend on the seed alone."""

import torch
from torch import Tensor, nn

from thermocline.diffusion.adaptive import AdaptiveNoise
from thermocline.diffusion.parameterisations import V
from thermocline.errors import BadConfig
from thermocline.networks.autoencoder import Autoencoder
from thermocline.networks.standardised import Standardised
from thermocline.networks.unet import UNet
from thermocline.systems.seaice.config.model import IceModel, IceProcess
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.model.matching import Matching
from thermocline.systems.seaice.model.scaling import KNOWN, Scaling

CONTEXT = 3
"""Sine and cosine of the day of the year, and whether it is given."""
GIVEN = 2 * 2 + KNOWN
"""Fields that the network for observations is given besides the analysis: what was observed of
concentration and thickness, and where; and what is known of every cell."""


AT_ONCE = 64
"""States that are encoded at a time, which bounds memory."""


class Latent(Standardised):
    """An autoencoder, and the statistics of its latent over the training states."""

    def __init__(self, model: IceModel, known: Tensor):
        own = model.autoencoder
        super().__init__(own.latent)
        self.autoencoder = Autoencoder(len(ICE), known, own.latent, own.width, own.multipliers)

    @torch.no_grad()
    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log standard deviations of the latents of scaled states [N, 5, H, W]."""
        means, log_stds = zip(
            *(self.autoencoder.encode(part) for part in x.split(AT_ONCE)), strict=True
        )
        return torch.cat(means), torch.cat(log_stds)

    def standardise(self, mean: Tensor, log_std: Tensor) -> None:
        """Take the statistics of the encoded training states."""
        drawn = log_std.exp().square().mean(dim=(0, 2, 3))
        self.measure(mean.mean(dim=(0, 2, 3)), mean.var(dim=(0, 2, 3)) + drawn)

    @torch.no_grad()
    def draw(self, mean: Tensor, log_std: Tensor, noise: Tensor) -> Tensor:
        """Standardised latents of encoded states, drawn with `noise` of their shape."""
        return self.standardised(mean + log_std.exp() * noise)

    def decode(self, z: Tensor) -> Tensor:
        """Scaled states of standardised latents, before any bound."""
        decoded: Tensor = self.autoencoder.decode(self.restored(z))
        return decoded


class IceDenoiser(nn.Module):
    """D(x_t; α, σ, day) by v-prediction, and the density of the noise levels it is trained on.

    Args:
        channels: of what is denoised.
        known: fields [K, h, w] that it is given.
    """

    known: Tensor

    def __init__(self, channels: int, known: Tensor, model: IceModel):
        super().__init__()
        self.register_buffer("known", known[None].clone(), persistent=False)
        own = model.network
        self.channels = channels
        self.parameterised = V(
            UNet(
                channels,
                fields=len(known),
                context=CONTEXT,
                width=own.width,
                multipliers=own.multipliers,
                blocks=own.blocks,
                patch=own.patch,
                embedding=own.embedding,
                periodic=False,
            )
        )
        low, high = gamma_range(model.process)
        self.noise = AdaptiveNoise(low, high)

    def forward(self, x_t: Tensor, alpha: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """x̂ of x_t [B, C, h, w]; `context` [B, 3] is that of `season`."""
        known = self.known.expand(len(x_t), -1, -1, -1)
        found: Tensor = self.parameterised(x_t, alpha, sigma, fields=known, context=context)
        return found


def gamma_range(process: IceProcess) -> tuple[float, float]:
    """Bounds of γ = 2·log(σ/α)."""
    low, high = (2 * torch.tensor(x).log().item() for x in (process.sigma_min, process.sigma_max))
    return low, high


def season(day: Tensor, given: Tensor | None = None) -> Tensor:
    """The context [B, 3] of days of the year [B]; zeros where they are not `given` [B]."""
    phase = 2 * torch.pi * (day.float() - 1) / 365.25
    found = torch.stack([phase.sin(), phase.cos(), torch.ones_like(phase)], dim=-1)
    return found if given is None else found * given.float()[:, None]


class IceNetworks(nn.Module):
    """All that is trained: the autoencoder (latent space only), the denoiser, and the network for
    observations, which goes on from an analysis.
    """

    def __init__(self, model: IceModel, known: Tensor, seed: int):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            coarse, channels = known, len(ICE)
            self.latent = Latent(model, known) if model.space == "latent" else None
            if self.latent is not None:
                channels = model.autoencoder.latent
                factor = 2 ** len(model.autoencoder.multipliers)
                coarse = nn.functional.avg_pool2d(known, factor)
            self.denoiser = IceDenoiser(channels, coarse, model)
            own = model.analysis
            self.analysis = UNet(
                2 * len(ICE),
                fields=GIVEN,
                context=2,
                width=own.width,
                multipliers=own.multipliers,
                blocks=own.blocks,
                patch=own.patch,
                embedding=own.embedding,
                periodic=False,
            )

    def encoded(self, x: Tensor, seed: int) -> Tensor:
        """What is denoised, of scaled states [N, 5, H, W]: these, or their latents, drawn."""
        if self.latent is None:
            return x
        mean, log_std = self.latent.encode(x)
        noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(seed))
        return self.latent.draw(mean, log_std, noise.to(mean.device))


def check_fit(model: IceModel, shape: tuple[int, int]) -> None:
    """Raise BadConfig unless fields of that shape divide into what the networks halve."""
    own, cells = model, {"model.analysis": model.analysis.cells}
    if own.space == "latent":
        coarser = 2 ** len(own.autoencoder.multipliers)
        cells |= {"model.autoencoder": coarser, "model.network": coarser * own.network.cells}
    else:
        cells["model.network"] = own.network.cells
    for name, multiple in cells.items():
        if any(side % multiple for side in shape):
            raise BadConfig(
                f"a map of {shape[0]} × {shape[1]} cells does not divide by {multiple}",
                where=name,
                fix="give it fewer multipliers, or a smaller patch",
            )


def weights_of(
    networks: IceNetworks, scaling: Scaling, matching: Matching | None = None
) -> dict[str, Tensor]:
    """What is stored: averaged weights, `ema.…`, statistics, `scaling.…`, and `matching.…`."""
    stored = {f"ema.{name}": value for name, value in networks.state_dict().items()}
    stored |= {f"scaling.{name}": value for name, value in scaling.state_dict().items()}
    if matching is not None:
        stored |= {f"matching.{name}": value for name, value in matching.tensors().items()}
    return {name: value.detach().cpu().contiguous() for name, value in stored.items()}
