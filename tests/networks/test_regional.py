"""A region does not close the circle: beyond its sides the field goes on as it is there."""

import numpy as np
import torch

from thermocline.networks.layers import PeriodicConv2d
from thermocline.networks.unet import UNet


def test_a_regional_convolution_equals_explicit_repetition_of_the_sides():
    torch.manual_seed(0)
    conv = PeriodicConv2d(2, 3, kernel=5, periodic=False).double()
    x = torch.randn(1, 2, 6, 7, dtype=torch.float64)
    wide = torch.from_numpy(np.pad(x.numpy(), ((0, 0), (0, 0), (2, 2), (2, 2)), mode="edge"))
    expected = torch.nn.functional.conv2d(wide, conv.conv.weight, conv.conv.bias)
    assert torch.allclose(conv(x), expected)


def test_a_regional_network_has_a_global_ones_weights_and_another_answer_at_the_sides():
    make = lambda periodic: UNet(1, width=8, multipliers=(1, 2), embedding=16, periodic=periodic)
    globe, region = make(True), make(False)
    region.load_state_dict(globe.state_dict())
    torch.manual_seed(0)
    for a, b in zip(globe.parameters(), region.parameters(), strict=True):
        torch.nn.init.normal_(a, std=0.1)
        b.data.copy_(a)
    x = torch.randn(1, 1, 16, 16)
    assert not torch.allclose(globe(x, torch.zeros(1)), region(x, torch.zeros(1)))


def test_with_cells_folded_by_five_a_constant_region_stays_one_at_every_fold():
    torch.manual_seed(0)
    network = UNet(
        1, fields=2, width=8, multipliers=(1, 2, 2), embedding=16, patch=5, periodic=False
    ).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x = torch.full((2, 1, 40, 60), 1.3, dtype=torch.float64)
    answer = network(x, torch.zeros(2, dtype=torch.float64), fields=x.expand(-1, 2, -1, -1))
    folds = torch.nn.functional.pixel_unshuffle(answer, 5)
    assert answer.shape == x.shape
    assert torch.allclose(folds, folds[..., :1, :1].expand_as(folds), atol=1e-10)
    assert folds.std(dim=1).max() > 1e-3
