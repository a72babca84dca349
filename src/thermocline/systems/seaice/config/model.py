"""The networks, and what they learn."""

from typing import Literal

from thermocline.config import NetworkConfig
from thermocline.config.sampling import NoiseRange
from thermocline.config.types import Count, Even, Positive, Section, Share, Some


class AutoencoderConfig(Section):
    """The autoencoder: `latent` channels, and β, the weight of the latent's prior.

    `likelihood` is that of its decoder: `censored` puts the probability beyond a bound on it.
    """

    latent: Count = 16
    """Channels of the latent."""
    width: Count = 16
    """Channels of the first layer."""
    multipliers: Some[Count] = (2, 3, 4)
    """Channels at each resolution, in units of `width`."""
    likelihood: Literal["censored", "gaussian"] = "censored"
    """Likelihood of the decoder; censored puts the probability beyond a bound on it."""
    beta: Positive = 1e-3
    """β, the weight of the latent's prior."""


class IceNetwork(NetworkConfig):
    """The denoiser, in the latent or in data space; at full resolution in either."""

    width: Count = 64
    multipliers: Some[Count] = (1, 2)
    patch: Count = 1
    embedding: Even = 128


class IceProcess(NoiseRange):
    """Noise levels: σ in [sigma_min, sigma_max]; `schedule` says which are trained how often.

    Adaptive: where there is most to learn; uniform: alike in log σ; lognormal: EDM's.
    `unconditional` is the share of samples whose month the network is not given, which makes
    `guidance` by the month possible.
    """

    schedule: Literal["adaptive", "uniform", "lognormal"] = "adaptive"
    """How often noise levels are trained: where there is most to learn, alike in log σ, or as in
    EDM.
    """
    sigma_min: Positive = 0.01
    """Least noise level σ, in training and sampling."""
    sigma_max: Positive = 80.0
    """Greatest noise level σ, in training and sampling."""
    unconditional: Share = 0.1
    """Share of samples whose month the network is not given."""


class AnalysisConfig(NetworkConfig):
    """The network that goes on from the ensemble OI's analysis.

    It is trained on `pairs` of states and observations: of each, between `ratio` and all of the
    cells are hidden.
    """

    width: Count = 24
    multipliers: Some[Count] = (1, 2, 2)
    patch: Count = 2
    pairs: Count = 480
    """Pairs of states and analyses to train on."""
    ratio: Share = 0.7
    """Least share of cells that is hidden."""


class IceModel(Section):
    """What is trained: an autoencoder, a denoiser, and a network for observations."""

    space: Literal["latent", "data"] = "latent"
    """Whether the denoiser works on latents of the autoencoder, or on states."""
    autoencoder: AutoencoderConfig = AutoencoderConfig()
    network: IceNetwork = IceNetwork()
    process: IceProcess = IceProcess()
    analysis: AnalysisConfig = AnalysisConfig()
