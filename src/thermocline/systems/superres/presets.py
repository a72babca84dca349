"""The published system's size as settings of this one."""

from thermocline.systems.workload import Preset, Shape

PRESETS = (
    Preset(
        name="uadm",
        source="UADM (Huang et al., 2025), from OISST to OSTIA, and its public code",
        settings={
            "data.factor": 5,
            "model.first_guess": "bicubic",
            "model.network": {
                "kind": "swin",
                "width": 160,
                "multipliers": (1, 2, 2, 4),
                "blocks": 2,
                "patch": 5,
                "embedding": 640,
            },
            "model.process": {
                "T": 5,
                "kappa": 2.5,
                "power": 0.2,
                "last": 0.99,
                "predicts": "field",
                "uncertainty": "physics",
                "noise": "white",
            },
            "model.gate": False,
            "training": {
                "steps": 200_000,
                "batch": 64,
                "crop": 64,
                "learning_rate": 1e-4,
                "ema": 0.999,
                "mean_fraction": 0.0,
                "negate": False,
                "precision": "auto",
            },
            "sampling": {"sampler": "residual_shift", "steps": 5, "members": 1},
        },
        shape=Shape(1, 320, 320),
        chosen=(
            "two pairs of blocks a level, windows of 8, and an embedding of 640 = 4 x width",
            "batch 64, and heads of 16 channels",
            "one member an answer",
        ),
        differs=(
            "no residual convolutions between the blocks of attention",
            "the discriminator is left out, as in the authors' released code",
        ),
    ),
)
