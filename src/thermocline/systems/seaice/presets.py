"""The published system's size as settings of this one."""

from thermocline.systems.workload import Preset, Shape

PRESETS = (
    Preset(
        name="finn",
        source="Finn et al. (2024), arXiv 2406.18417: latent diffusion, censored decoder",
        settings={
            "model.space": "latent",
            "model.autoencoder": {
                "latent": 16,
                "width": 64,
                "multipliers": (2, 4, 4),
                "likelihood": "censored",
                "beta": 1e-3,
            },
            "model.network": {
                "width": 128,
                "multipliers": (1, 2, 4),
                "blocks": 2,
                "patch": 1,
                "embedding": 512,
            },
            "training.steps": 100_000,
            "training.batch": 64,
            "training.ema": 0.9999,
            "training.precision": "auto",
            "training.autoencoder.steps": 100_000,
            "training.autoencoder.batch": 16,
            "training.autoencoder.precision": "auto",
            "sampling": {"steps": 20, "members": 1},
        },
        shape=Shape(5, 512, 512),
        chosen=(
            "autoencoder: width 64, multipliers 2, 4, 4; it makes 5 x 512 x 512 to 16 x 64 x 64",
            "denoiser: a UNet of width 128, multipliers 1, 2, 4, two blocks a level",
            "batches 64 and 16, and 100,000 steps each",
            "one member an answer; 20 steps of Heun's method",
        ),
        differs=(
            "the denoiser is a UNet with linear attention at the coarsest level, not the source's",
            "a third network, which goes on from an analysis, is not part of the source",
        ),
    ),
)
