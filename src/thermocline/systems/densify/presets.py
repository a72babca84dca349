"""The published system as settings of this one, to be compared with it.

Source: DepthDif (2026). It generates from noise, and starts from the climatology alone. Size (64 ×
1, 2, 4, 8) and optimisation (learning rate 1e-4, average 0.9999) were chosen for days of a GPU:
`PUBLISHED` leaves them to params.yaml, so that both systems get what a short training can use, and
likewise patches and what is observed of a state; `PRESETS` has them, for plans. Noise levels are
drawn between the schedule's 1000 steps, too, and attention is at the coarsest level alone.
"""

from typing import Any

from thermocline.systems.workload import Preset, Shape

PUBLISHED: dict[str, Any] = {
    "model.start": "climatology",
    "model.mirrored": False,
    "model.network.kind": "convnext",
    "model.process.schedule": "cosine",
    "model.process.parameterisation": "x0",
    "model.process.weighting": "plain",
    "training.mean_fraction": 0.0,
    "training.coast": 3.0,
    "sampling.start": "noise",
    "sampling.sampler": "ddim",
    "sampling.steps": 50,
}
"""Changes of params.yaml, below `densify`."""

LATENT: dict[str, Any] = {
    "model.space": "latent",
    "model.network.patch": 2,
}
"""Changes of params.yaml for diffusion in latent space, which is for speed."""

PRESETS = (
    Preset(
        name="depthdif",
        source="DepthDif (2026), public code: the joint model of temperature and salinity",
        settings={
            **PUBLISHED,
            "data.patch": 128,
            "data.overlap": 96,
            "model.network.width": 64,
            "model.network.multipliers": (1, 2, 4, 8),
            "model.network.blocks": 2,
            "model.network.embedding": 256,
            "training.crop": 128,
            "training.batch": 48,
            "training.steps": 100_000,
            "training.learning_rate": 1e-4,
            "training.ema": 0.9999,
            "training.precision": "auto",
            "sampling.tile": 128,
            "sampling.members": 1,
        },
        shape=Shape(100, 128, 128),
        chosen=(
            "batch 48, of the public code's loader; T = 1000 and a cosine schedule, likewise",
            "two ConvNeXt blocks a level, and an embedding of 256 = 4 x width",
            "100,000 steps: the source counts epochs (1500 at most) of an archive that grows",
            "one member an answer; 50 steps of DDIM, the source's practical minimum",
        ),
        differs=(
            "linear attention at the coarsest level; published at every level",
            "condition: 211 channels (start, spreads, columns, where observed, surface fields, sea)"
            "; published 102 for temperature and salinity",
            "the network answers 200 channels: means and deviations; published 100",
            "noise levels are drawn between the 1000 steps, too",
        ),
    ),
)
"""Its size."""
