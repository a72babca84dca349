"""What every network of fields makes of its inputs, whatever it is built of."""

import pytest
import torch

from thermocline.networks.swin import SwinUNet
from thermocline.networks.unet import UNet

INPUTS = {"channels": 3, "fields": 4, "context": 2, "multipliers": (1, 2), "embedding": 16}


@pytest.fixture(params=["convolutions", "convolutions with a head", "windows"])
def network(request):
    torch.manual_seed(0)
    if request.param == "windows":
        made, scale = SwinUNet(**INPUTS, patch=2, width=16, window=4), 0.1
    else:
        made, scale = UNet(**INPUTS, width=8, head=6 if "head" in request.param else 0), 0.2
    for parameter in made.parameters():  # away from its zero start
        torch.nn.init.normal_(parameter, std=scale)
    return made.double().eval()


def inputs(batch=2):
    generator = torch.Generator().manual_seed(1)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    return draw(batch, 3, 16, 32), draw(batch), draw(batch, 4, 16, 32), draw(batch, 2)


def test_every_input_matters(network):
    given = inputs()
    base = network(*given)
    for place in range(len(given)):
        changed = [each + (k == place) for k, each in enumerate(given)]
        assert (network(*changed) - base).abs().max() > 1e-4


def test_samples_of_a_batch_do_not_see_each_other(network):
    given = inputs()
    alone = network(*(each[:1] for each in given))
    assert torch.allclose(network(*given)[:1], alone, atol=1e-12)


def test_a_field_that_does_not_fit_is_refused(network):
    x, noise, fields, context = inputs()
    with pytest.raises(ValueError, match="multiples of 4"):
        network(x[..., :6, :], noise, fields[..., :6, :], context)
