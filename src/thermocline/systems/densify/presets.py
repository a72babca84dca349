"""The published system as settings of this one, to be compared with it.

Source: DepthDif (2026). It generates from noise, and starts from the climatology alone. Size (64 ×
1, 2, 4, 8) and optimisation (learning rate 1e-4, average 0.9999) were chosen for days of a GPU:
they are left to params.yaml, so that both systems get what a short training can use, and so are
patches and what is observed of a state. Noise levels are drawn between the schedule's 1000 steps,
too, and attention is at the coarsest level alone.
"""

from typing import Any

PUBLISHED: dict[str, Any] = {
    "model.start": "climatology",
    "model.network.kind": "convnext",
    "model.process.schedule": "cosine",
    "model.process.parameterisation": "x0",
    "model.process.weighting": "plain",
    "training.blind": 0.0,
    "training.coast": 3.0,
    "sampling.start": "noise",
    "sampling.sampler": "ddim",
    "sampling.steps": 50,
}
"""Changes of params.yaml, below `densify`."""
