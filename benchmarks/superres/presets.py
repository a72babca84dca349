"""What ours is compared with, trained by the same code with the same budget.

published    x0 of the temperature scaled to [−1, 1], physics map, κ = 2.5, T = 5, bicubic y
resshift     the same with noise that is the same everywhere, u = 1
regression   the network as a regression of the residual (L1): one answer, no members
"""

from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.config.answers import SuperresSampling
from thermocline.systems.superres.config.model import ShiftConfig


def published(config: SuperresConfig) -> SuperresConfig:
    """The published preset with the network and the steps of `config`."""
    sections = {
        "process": ShiftConfig(
            T=5,
            kappa=2.5,
            power=0.2,
            last=0.99,
            predicts="field",
            uncertainty="physics",
            noise="white",
        ),
        "training": config.training.model_copy(
            update={"mean_fraction": 0.0, "loss": "square", "negate": False}
        ),
        "sampling": SuperresSampling(
            sampler="residual_shift", steps=5, members=config.sampling.members
        ),
    }
    # With a last stage that sees single cells they do worse, on the real days of this folder.
    network = config.network.model_copy(update={"head": 0})
    plain = {"network": network, "first_guess": "bicubic", "gate": False, "consistency": False}
    return config.model_copy(update=sections | plain)


def resshift(config: SuperresConfig) -> SuperresConfig:
    """The published preset with u = 1."""
    preset = published(config)
    return preset.model_copy(
        update={"process": preset.process.model_copy(update={"uncertainty": "none"})}
    )


def regression(config: SuperresConfig) -> SuperresConfig:
    """The network as a regression with absolute errors: no diffusion, gate or projection."""
    training = config.training.model_copy(update={"mean_fraction": 1.0, "loss": "absolute"})
    process = config.process.model_copy(update={"uncertainty": "none"})
    plain = {"gate": False, "consistency": False}
    return config.model_copy(update={"process": process, "training": training} | plain)
