"""Adversarial losses: their best discriminators, their weights, and the balance of two pulls."""

import math

import pytest
import torch

from thermocline.networks.adversarial import (
    balance,
    hinge_discriminator,
    hinge_generator,
    weighted_mean,
)

MAPS = (4, 1, 6, 7)


def logits(seed):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(MAPS, generator=generator, dtype=torch.float64)


def test_the_losses_are_their_formulas():
    true, made = logits(0), logits(1)
    hinge = (1 - true).clamp(min=0).mean() + (1 + made).clamp(min=0).mean()
    assert torch.isclose(hinge_discriminator(true, made), hinge)
    assert torch.isclose(hinge_generator(made), -made.mean())


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_best_logit_has_the_sign_of_the_log_ratio(p):
    # One value of x, true with probability p and made with 1 − p; a logit of ±50 costs nothing.
    logit = torch.linspace(-4, 4, 8001, dtype=torch.float64)
    sure = torch.tensor(50.0, dtype=torch.float64)

    def expected(loss):
        return torch.stack([p * loss(x, -sure) + (1 - p) * loss(sure, x) for x in logit])

    hinge = expected(hinge_discriminator)
    assert hinge.min().item() == pytest.approx(2 * min(p, 1 - p))
    if p != 0.5:
        assert logit[hinge.argmin()].item() == pytest.approx(math.copysign(1, p - 0.5))


def test_a_weight_of_two_counts_a_cell_twice_and_of_zero_never():
    loss = hinge_discriminator
    true, made = logits(0), logits(1)
    weight = torch.ones(1, 1, *MAPS[2:], dtype=torch.float64)
    assert torch.isclose(loss(true, made, weight), loss(true, made))
    assert torch.isclose(loss(true, made, 7 * weight), loss(true, made))
    weight[..., 3:, :] = 0
    assert torch.isclose(loss(true, made, weight), loss(true[..., :3, :], made[..., :3, :]))
    weight[..., 0, :] = 2
    rows = [0, 0, 1, 2]
    assert torch.isclose(loss(true, made, weight), loss(true[..., rows, :], made[..., rows, :]))


def test_weights_everywhere_zero_cost_nothing():
    assert weighted_mean(logits(0), torch.zeros(MAPS, dtype=torch.float64)) == 0


def test_balanced_losses_pull_equally_hard_and_the_balance_is_no_path_to_learn_by():
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 1, 3).double()
    out = layer(torch.randn(2, 3, 8, 8, dtype=torch.float64))
    pixel, adversarial = (out - 1).square().mean(), -(out * 100).tanh().mean() / 50
    scale = balance(pixel, adversarial, layer.weight)
    assert not scale.requires_grad
    norm = lambda loss: torch.autograd.grad(loss, layer.weight, retain_graph=True)[0].norm()
    assert torch.isclose(norm(scale * adversarial), norm(pixel))
    assert torch.isclose(balance(3 * pixel, adversarial, layer.weight), 3 * scale)
    (pixel + scale * adversarial).backward()  # the graphs are still there


def test_an_adversary_with_nothing_to_say_is_bounded():
    weight = torch.ones(3, requires_grad=True)
    assert balance(weight.sum(), 0 * weight.sum(), weight, most=100.0) == 100
    assert balance(0 * weight.sum(), weight.sum(), weight) == 0
