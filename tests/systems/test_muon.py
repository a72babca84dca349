"""Muon: steps against closed forms, PyTorch's own, and AdamW."""

import pytest
import torch
from torch import nn

from thermocline.training.muon import Muon, orthogonal, parted


def gradients(network, step):
    random = torch.Generator().manual_seed(step)
    for weight in network.parameters():
        weight.grad = torch.randn(weight.shape, generator=random)


def block(kernel=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(4, 6, kernel), nn.GroupNorm(2, 6), nn.Conv2d(6, 2, kernel))


@pytest.mark.parametrize("shape", [(3, 20), (20, 3), (8, 8), (1, 9)])
def test_singular_vectors_stay_and_singular_values_become_about_one(shape):
    random = torch.Generator().manual_seed(1)
    given = torch.randn(5, *shape, generator=random, dtype=torch.float64)
    u, _, vt = torch.linalg.svd(given, full_matrices=False)
    turned = u.mT @ orthogonal(given) @ vt.mT
    sizes = torch.diagonal(turned, dim1=-2, dim2=-1)
    assert sizes.min() > 0.65 and sizes.max() < 1.25
    torch.testing.assert_close(turned, torch.diag_embed(sizes), atol=1e-9, rtol=0)


def test_nothing_is_turned_into_nothing():
    assert torch.equal(orthogonal(torch.zeros(2, 3, 4)), torch.zeros(2, 3, 4))


def test_kernels_go_as_pytorchs_own_has_matrices_go(monkeypatch):
    """That one would compute in bfloat16."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.float)
    ours, theirs = block(1), block(1)
    flat = {i: nn.Parameter(theirs[i].weight.detach().flatten(1)) for i in (0, 2)}
    options = {"lr": 0.1, "weight_decay": 0.01}
    muon = Muon(ours, **options)
    reference = torch.optim.Muon([*flat.values()], **options, adjust_lr_fn="match_rms_adamw")
    for step in range(4):
        before = {i: ours[i].weight.detach().clone() for i in flat}
        gradients(ours, step)
        for i, weight in flat.items():
            weight.grad = ours[i].weight.grad.flatten(1)
            with torch.no_grad():
                weight.copy_(before[i].flatten(1))
        muon.step()
        reference.step()
        for i, weight in flat.items():
            moved = (ours[i].weight - before[i]).flatten(1)
            expected = weight - before[i].flatten(1)
            torch.testing.assert_close(moved, expected, rtol=1e-3, atol=1e-6)


def test_all_else_goes_as_adamw_has_it_go():
    ours, theirs = block(), block()
    options = {"lr": 0.01, "weight_decay": 0.1}
    muon, adamw = Muon(ours, **options), torch.optim.AdamW(theirs.parameters(), **options)
    for step in range(3):
        for network, optimiser in ((ours, muon), (theirs, adamw)):
            gradients(network, step)
            optimiser.step()
    for name, weight in ours.named_parameters():
        same = torch.equal(weight, theirs.get_parameter(name))
        assert same == (name not in ("0.weight", "2.weight")), name


def test_a_step_is_as_large_as_one_of_adamw():
    """Its root mean square is 0.2 of the learning rate, whatever the kernel's shape."""
    for shape in ((64, 32, 3, 3), (16, 64, 1, 1), (8, 8, 5, 5)):
        network = nn.Conv2d(shape[1], shape[0], shape[2])
        before = network.weight.detach().clone()
        gradients(network, 0)
        Muon(network, lr=1.0, weight_decay=0.0).step()
        size = float((network.weight.detach() - before).square().mean().sqrt())
        assert size == pytest.approx(0.2, rel=0.2)


def test_layout_in_memory_changes_nothing():
    plain, turned = block(), block().to(memory_format=torch.channels_last)
    for network in (plain, turned):
        muon = Muon(network, lr=0.1)
        for step in range(2):
            gradients(network, step)
            muon.step()
    for one, other in zip(plain.parameters(), turned.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_kernels_are_those_that_mix_channels():
    network = nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 2, 1), nn.Linear(3, 3))
    kernels, others = parted(network.parameters())
    assert len(kernels) == 1 and kernels[0] is network[1].weight
    assert len(others) == 5


def test_a_network_without_kernels_and_weights_without_gradients():
    linear = nn.Linear(2, 2)
    gradients(linear, 0)
    before = linear.weight.detach().clone()
    Muon(linear, lr=0.1).step()
    assert not torch.equal(linear.weight, before)
    frozen = block()
    kept = frozen[0].weight.detach().clone()
    gradients(frozen, 0)
    frozen[0].weight.grad = None
    Muon(frozen, lr=0.1).step()
    assert torch.equal(frozen[0].weight, kept)
