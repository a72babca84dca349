"""A workload's loss is the work of the system's own objective: as many operations, as much kept."""

from typing import Any

import numpy as np
import pytest
import torch

from thermocline import systems
from thermocline.ocean.grid import LatLonGrid
from thermocline.planning.sizes import section_of
from thermocline.planning.trace import Saved, Trace
from thermocline.systems.workload import Shape

BATCH = 4


def cost(network: Any, loss: Any) -> tuple[int, int]:
    """Operations of a step, and bytes that are kept in it."""
    saved = Saved(network.parameters())
    with Trace() as trace:
        with saved:
            total = loss()
        total.backward()
    return trace.of().flops, saved.bytes


def own_loss(objective: Any, network: Any) -> torch.Tensor:
    """Of a batch that the objective draws, before its loss or within it."""
    generator = torch.Generator().manual_seed(0)
    if hasattr(objective, "draw"):
        return objective.loss(network, objective.draw(generator))
    return objective.loss(network, generator)


def test_states_of_the_globe() -> None:
    from thermocline.systems.reconstruct.model.denoising import Denoising
    from thermocline.systems.reconstruct.model.prior import Prior

    grid = {"rows": 16, "columns": 32, "depth": (5, 10)}
    section = section_of("reconstruct", {"data.grid": grid, "model.network": {"width": 16}})
    (planned,) = systems.get("reconstruct").workload(section).trained
    network: Any = planned.network()
    model = section.model
    places = LatLonGrid(np.linspace(-80, 80, 16), np.linspace(-174, 174, 32))
    prior = Prior(network, model.process, places, model.masking)
    states = np.random.default_rng(0).standard_normal((8, 2, 16, 32)).astype(np.float32)
    months, masks = np.ones(8, int), np.ones((2, 16, 32), bool)
    objective = Denoising(prior, states, months, masks, (states, months), BATCH)
    flops, kept = cost(network, lambda: own_loss(objective, network))
    here = cost(network, lambda: planned.loss(network, BATCH))
    assert here[0] == flops and here[1] == pytest.approx(kept, rel=0.05)


def test_latents_of_ice() -> None:
    from thermocline.systems.seaice.model.denoising import Denoising

    section = section_of("seaice", {"model.network": {"width": 16}})
    workload = systems.get("seaice").workload(section, Shape(5, 64, 64))
    planned = next(each for each in workload.trained if each.name == "denoiser")
    network: Any = planned.network()
    latents, day = torch.randn(8, 16, 8, 8), torch.ones(8)
    objective = Denoising(
        latents, day, (latents, day), torch.ones(8, 8), section.model.process, BATCH
    )
    flops, kept = cost(network, lambda: own_loss(objective, network))
    here = cost(network, lambda: planned.loss(network, BATCH))
    assert here[0] == flops and here[1] == pytest.approx(kept, rel=0.05)
