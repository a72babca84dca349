"""The mirror image from south to north with the other sign: of the flow, and of what is learned."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from thermocline.simulate.mesoscale.layers import Flow, Layers
from thermocline.systems.densify.config.model import WaterModel
from thermocline.systems.densify.model.conditioning import Conditioning
from thermocline.systems.densify.model.mirror import image, mirrored, some_mirrored
from thermocline.systems.densify.model.network import Prior, new_network

CHANNELS, ROWS, COLUMNS, COUNT = 4, 8, 12, 3
MODEL = WaterModel.model_validate(
    {"network": {"width": 8, "multipliers": (1, 2), "embedding": 16}, "mirrored": True}
)


def given(seed=0, count=COUNT):
    random = torch.Generator().manual_seed(seed)
    cells = lambda channels: torch.randn(count, channels, ROWS, COLUMNS, generator=random)
    ocean = (cells(1) > -1).float()
    where = (cells(2) > 1).float()
    return Conditioning(
        first_guess=cells(CHANNELS),
        scale=cells(CHANNELS).exp(),
        values=cells(CHANNELS) * where.repeat_interleave(CHANNELS // 2, dim=1),
        where=where,
        surface=torch.cat([cells(3), (cells(3) > 0).float()], dim=1),
        ocean=ocean,
        place=torch.tensor([[35.0, -60.0]] * count),
        season=torch.tensor([[0.6, 0.8]] * count),
    )


@pytest.fixture(scope="module")
def network():
    """One that answers at random: an untrained network answers 0."""
    made = new_network(MODEL, CHANNELS, 0)
    random = torch.Generator().manual_seed(1)
    for parameter in made.parameters():
        parameter.data = 0.2 * torch.randn(parameter.shape, generator=random)
    return made.eval()


@pytest.mark.parametrize("sign, error", [(-1, 1e-9), (1, None)], ids=["with", "without"])
def test_the_flow_and_its_tracer_have_the_symmetry_with_the_other_sign_only(sign, error):
    """Twenty steps of a flow's image are the image of twenty steps of the flow."""
    random = np.random.default_rng(0).standard_normal((4, 32, 32))
    q = 2e-5 * gaussian_filter(random, (0, 2, 2), mode="wrap")  # the shortest waves have no sign

    def moved(q):
        flow = Flow(Layers(), q, 20_000.0)
        flow.advance(20)
        return np.stack([flow.streamfunction(), flow.tracer()])

    here, there = moved(q), moved(sign * q[:, ::-1])
    largest = lambda field: np.abs(field).max(axis=(1, 2, 3))
    found = largest(there - sign * here[:, :, ::-1]) / largest(here)
    assert (found < error).all() if error else (found > 0.01).all()


def test_an_image_of_an_image_is_what_it_was():
    one = given()
    twice = mirrored(mirrored(one))
    for name in Conditioning._fields:
        torch.testing.assert_close(getattr(twice, name), getattr(one, name), rtol=0, atol=0)
    assert (mirrored(one).observed == one.observed.flip(-2)).all()


def test_an_answer_to_an_image_is_the_image_of_the_answer(network):
    """And not so of one evaluation alone."""
    prior, one = Prior.of(network, MODEL), given()
    with torch.no_grad():
        here, there = prior.answer(one), prior.answer(mirrored(one))
        alone, aside = prior.moments(one), prior.moments(mirrored(one))
        unlearned = prior._replace(mirrored=False).answer(one)
    torch.testing.assert_close(there[0], image(here[0]))
    torch.testing.assert_close(there[1], here[1].flip(-2))
    torch.testing.assert_close(here[0], (alone[0] - aside[0].flip(-2)) / 2)
    assert (aside[0] - image(alone[0])).abs().max() > 0.1
    for part, same in zip(unlearned, alone, strict=True):
        torch.testing.assert_close(part, same, rtol=0, atol=0)


def test_an_image_of_what_was_chosen_alone():
    one, random = given(), torch.Generator().manual_seed(2)
    x = torch.randn(COUNT, CHANNELS, ROWS, COLUMNS, generator=random)
    counted = one.ocean * (x[:, :1] > 0)
    chosen = torch.tensor([True, False, True])
    some = some_mirrored(x, counted, one, chosen)
    whole = (image(x), counted.flip(-2), mirrored(one))
    pairs = zip((*some[:2], *some[2]), (x, counted, *one), (*whole[:2], *whole[2]), strict=True)
    for got, here, there in pairs:
        torch.testing.assert_close(got[chosen], there[chosen], rtol=0, atol=0)
        torch.testing.assert_close(got[~chosen], here[~chosen], rtol=0, atol=0)
