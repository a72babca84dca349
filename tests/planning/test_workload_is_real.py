"""A workload's loss is the work of the system's own objective: as many operations, as much kept."""

from typing import Any

import numpy as np
import pytest
import torch

from thermocline import systems
from thermocline.ocean.latlon import LatLonGrid
from thermocline.planning.cost import channels_last, training_cost
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


@pytest.mark.parametrize("space", ["pixel", "latent"])
def test_water(space: str) -> None:
    """Half of a batch without noise, in squares that are smaller than its states."""
    from thermocline.systems.densify.model.conditioning import Conditioning
    from thermocline.systems.densify.model.network import Prior
    from thermocline.systems.densify.model.objective import Denoising
    from thermocline.systems.densify.model.pairs import Pairs

    model = {"space": space, "autoencoder": {"latent": 3}, "network": {"width": 16}}
    training = {"batch": BATCH, "mean_fraction": 0.5, "crop": 16}
    section = section_of("densify", {"model": model, "training": training})
    workload = systems.get("densify").workload(section, Shape(8, 32, 32))
    planned = next(each for each in workload.trained if each.name == "denoiser")
    network: Any = channels_last(planned.network())
    frozen = {name for name, each in network.named_parameters() if not each.requires_grad}
    assert frozen == {name for name, _ in network.named_parameters() if name.startswith("coder.")}
    fixed = sum(each.numel() for each in network.parameters() if not each.requires_grad)
    step = training_cost(planned, BATCH, "32-true")
    assert step.parameters - step.learned == fixed
    one = lambda channels: torch.ones(6, channels, 32, 32)
    conditioning = Conditioning(
        one(8), one(8), one(8), one(2), one(6), one(1), torch.ones(6, 2), torch.ones(6, 2)
    )
    pairs = Pairs(torch.randn(6, 8, 32, 32), torch.zeros(6), conditioning)
    objective = Denoising(Prior.of(network, section.model), pairs, pairs, 0.9, section.training)
    flops, kept = cost(network, lambda: own_loss(objective, network))
    here = cost(network, lambda: planned.loss(network, BATCH))
    assert here[0] == flops and here[1] == pytest.approx(kept, rel=0.05)
