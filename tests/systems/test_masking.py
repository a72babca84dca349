"""Masking: what is shown is where, as much, and as wrong as the configuration says."""

import numpy as np
import pytest
import torch

from shares import check_shares
from thermocline.config import MaskingConfig, NetworkConfig, ProcessConfig
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.reconstruct.model.denoising import Denoising
from thermocline.systems.reconstruct.model.masking import BLANK, MIN_SHARE, masked_observations
from thermocline.systems.reconstruct.model.prior import Conditioning, Prior, build_network
from thermocline.training.objective import step_generator

BATCH, SHAPE = 256, (3, 32, 64)


def drawn(ratio, pattern, step=0):
    generator = torch.Generator().manual_seed(step)
    x = torch.randn((BATCH, *SHAPE), generator=generator)
    ocean = (torch.rand((BATCH, *SHAPE), generator=generator) < 0.7).float()
    s_y = torch.full(SHAPE, 0.25)
    given = masked_observations(
        x, ocean, s_y, MaskingConfig(ratio=ratio, pattern=pattern), generator
    )
    return x, ocean, given


def test_nothing_is_shown_at_ratio_one():
    assert drawn(1.0, "columns")[2] is None


@pytest.mark.parametrize("pattern", ["columns", "cells", "mixed"])
@pytest.mark.parametrize("ratio", [0.5, 0.9])
def test_shares(ratio, pattern):
    """Even over orders of magnitude between MIN_SHARE and 1 − ratio; one in BLANK has none."""
    _, ocean, (_, where, _) = drawn(ratio, pattern)
    share = (where.sum((1, 2, 3)) / ocean.sum((1, 2, 3))).numpy()
    none = np.isclose(share, 0, atol=1e-9).mean()
    assert none == pytest.approx(1 / BLANK, abs=0.07)
    assert share.max() < (1 - ratio) * 1.2
    some = np.log(share[share > 0])
    low, high = np.log(MIN_SHARE), np.log(1 - ratio)
    assert some.mean() == pytest.approx((low + high) / 2, abs=0.3)
    assert some.std() == pytest.approx((high - low) / np.sqrt(12), rel=0.2)


def test_patterns():
    """Columns are shown whole; cells are not; mixed is both."""
    whole = {}
    for pattern in ("columns", "cells", "mixed"):
        _, ocean, (_, where, _) = drawn(0.5, pattern)
        any_shown = where.amax(1, keepdim=True).expand_as(where)
        whole[pattern] = (where == any_shown * ocean).flatten(1).all(1)
        assert bool((where <= ocean).all())
    blank = 1 / BLANK
    assert bool(whole["columns"].all())
    assert float(whole["cells"].float().mean()) < blank + 0.1
    assert blank + 0.25 < float(whole["mixed"].float().mean()) < blank + 0.75


def test_errors():
    x, _, (values, where, _) = drawn(0.5, "cells")
    error = (values - x)[where.bool()]
    assert float(error.mean()) == pytest.approx(0, abs=0.005)
    assert float(error.std()) == pytest.approx(0.25, rel=0.02)
    assert bool((values[~where.bool()] == 0).all())


def test_what_is_shown_reaches_the_network():
    """A network trained with masking answers otherwise if shown something, and land stays zero."""
    masking = MaskingConfig(ratio=0.9)
    config = NetworkConfig(width=8, multipliers=(1,), patch=1, embedding=8)
    grid = LatLonGrid.regular(8, 16)
    network = build_network(config, masking, 2, seed=0)
    for parameter in network.parameters():  # the last layer begins at zero
        torch.nn.init.normal_(parameter, std=0.1, generator=step_generator(0, 1))
    prior = Prior(network.eval(), ProcessConfig(), grid, masking)
    ocean = torch.ones(1, 2, 8, 16, dtype=torch.bool)
    ocean[..., :3] = False
    x, one = torch.randn(4, 2, 8, 16, generator=step_generator(0, 2)), torch.ones(4)
    where = torch.zeros(1, 2, 8, 16)
    where[..., 5] = 1
    month = torch.tensor([3])
    with torch.no_grad():
        conditioned = prior.denoiser(ocean, month, given=Conditioning(where, where))(x, one, one)
        unconditioned = prior.denoiser(ocean, month)(x, one, one)
        blank = prior.denoiser(ocean, month, given=Conditioning(where, 0 * where))(x, one, one)
    assert not torch.allclose(conditioned, unconditioned) and torch.equal(blank, unconditioned)
    assert bool((conditioned[..., :3] == 0).all())


def test_a_step_depends_on_its_generator_alone():
    masking = MaskingConfig(ratio=0.9, pattern="mixed")
    config = NetworkConfig(width=8, multipliers=(1,), patch=1, embedding=8)
    prior = Prior(
        build_network(config, masking, 2, 0), ProcessConfig(), LatLonGrid.regular(8, 16), masking
    )
    rng = np.random.default_rng(0)
    states = rng.standard_normal((20, 2, 8, 16)).astype(np.float32)
    months = np.arange(20) % 12 + 1
    ocean = np.ones((2, 8, 16), bool)
    objective = Denoising(prior, states, months, ocean, (states, months), 4)
    drawn = [objective.draw(step_generator(0, step)) for step in (5, 6, 5)]
    losses = [objective.loss(prior.network, each).item() for each in drawn]
    assert losses[0] == losses[2] != losses[1]
    check_shares(objective, prior.network)
