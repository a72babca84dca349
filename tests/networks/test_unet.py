"""The UNet knows that the globe is round, and starts by adding nothing."""

import pytest
import torch

from thermocline.networks.layers import FiLM, PeriodicConv2d
from thermocline.networks.unet import UNet


@pytest.fixture(params=[0, 6])
def network(request):
    torch.manual_seed(0)
    options = {"width": 8, "multipliers": (1, 2), "embedding": 16, "head": request.param}
    network = UNet(3, fields=4, context=2, **options)
    for parameter in network.parameters():  # away from its zero start
        torch.nn.init.normal_(parameter, std=0.2)
    return network.double().eval()


def inputs(batch=2):
    generator = torch.Generator().manual_seed(1)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    return draw(batch, 3, 8, 16), draw(batch), draw(batch, 4, 8, 16), draw(batch, 2)


def test_turning_the_globe_turns_the_answer(network):
    x, noise, fields, context = inputs()
    turned = network(x.roll(4, -1), noise, fields.roll(4, -1), context)
    assert torch.allclose(turned, network(x, noise, fields, context).roll(4, -1), atol=1e-10)


@pytest.mark.parametrize("head", [0, 6])
def test_an_untrained_network_adds_nothing(head):
    x, noise, fields, context = (v.float() for v in inputs())
    network = UNet(3, fields=4, context=2, width=8, multipliers=(1, 2), embedding=16, head=head)
    assert torch.equal(network(x, noise, fields, context), torch.zeros_like(x))


def test_periodic_convolution_equals_explicit_wrapping():
    torch.manual_seed(0)
    conv = PeriodicConv2d(2, 3).double()
    x = torch.randn(1, 2, 5, 7, dtype=torch.float64)
    wide = torch.cat([x, x, x], dim=-1)
    expected = torch.nn.functional.conv2d(wide, conv.conv.weight, conv.conv.bias, padding=1)
    assert torch.allclose(conv(x), expected[..., 7:14])


def test_film_scales_and_shifts():
    film = FiLM(1, 2)
    with torch.no_grad():
        film.linear.bias.copy_(torch.tensor([1.0, 0.0, 0.5, -0.5]))
    h = torch.ones(1, 2, 1, 1)
    assert film(h, torch.zeros(1, 1)).flatten().tolist() == [2.5, 0.5]
