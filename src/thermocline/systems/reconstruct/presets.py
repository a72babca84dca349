"""The published system's size as settings of this one."""

from thermocline.systems.workload import Preset, Shape

EN4_DEPTHS = (
    *(5, 15, 25, 35, 45, 56, 66, 77, 87, 98, 110, 122, 135, 149, 166, 185, 207, 235, 271, 315),
    *(373, 447, 541, 657, 800, 968, 1162, 1379, 1615, 1868, 2134, 2409, 2691, 2978, 3269, 3563),
    *(3859, 4156, 4454, 4752, 5051, 5350),
)
"""The 42 levels of EN4, in whole metres."""

PRESETS = (
    Preset(
        name="reconmost",
        source="ReconMOST (2025), arXiv 2506.10391, and its public code",
        settings={
            "data.grid": {"rows": 192, "columns": 384, "depth": EN4_DEPTHS},
            "model.network": {
                "width": 128,
                "multipliers": (1, 2, 2, 2, 4, 4),
                "blocks": 3,
                "patch": 1,
                "embedding": 512,
            },
            "model.process": {
                "schedule": "linear",
                "parameterisation": "epsilon",
                "weighting": "plain",
            },
            "model.masking": {"ratio": 1.0},
            "training": {
                "steps": 200_000,
                "batch": 4,
                "learning_rate": 1e-4,
                "ema": 0.9999,
                "precision": "auto",
            },
            "sampling": {
                "sampler": "ddpm",
                "guidance": "reconmost",
                "steps": 1000,
                "start": "noise",
                "members": 1,
            },
        },
        shape=Shape(42, 192, 384),
        chosen=(
            "multipliers 1, 2, 2, 2, 4, 4 and batch 4, of the public code and its README",
            "grid 192 x 384 (0.94 degrees) for 173 x 360 (1 degree): six levels need multiples "
            "of 32, which is 18 % more cells",
            "200,000 steps, the number in the README's names of checkpoints",
        ),
        differs=(
            "attention: linear, at the coarsest level; published at strides 8 and 16 with 4 heads",
            "mask and position are inputs (45 channels); convolutions are periodic in longitude",
            "residual blocks: 3 down and 3 up a level; published 3 down and 4 up",
        ),
    ),
)
