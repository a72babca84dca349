"""A judge of every cell whose layers cannot stretch, wherever the field lies."""

import pytest
import torch

from thermocline.networks.discriminator import Discriminator


@pytest.fixture
def judge():
    torch.manual_seed(0)
    judge = Discriminator(1, fields=1, width=8)
    x = torch.randn(1, 1, 24, 24)
    for _ in range(200):  # every pass in training improves the estimate of the singular value
        judge(x, x)
    return judge.double().eval()


def test_no_layer_stretches_by_more_than_one(judge):
    layers = [judge.enter, *judge.down, *judge.up, judge.judge]
    largest = [torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() for layer in layers]
    assert largest == pytest.approx([1] * 8, abs=1e-3)


@pytest.mark.parametrize("shape", [(40, 40), (20, 24), (19, 33), (8, 8)])
def test_every_cell_of_any_field_gets_a_logit(judge, shape):
    x = torch.randn(3, 1, *shape, dtype=torch.float64)
    assert judge(x, x).shape == x.shape


def test_a_constant_field_is_judged_the_same_everywhere(judge):
    x = torch.full((1, 1, 40, 48), 0.7, dtype=torch.float64)
    logits = judge(x, x)
    assert torch.allclose(logits, logits[..., :1, :1].expand_as(logits), atol=1e-12)


def test_shifting_the_field_shifts_the_opinion_away_from_the_sides(judge):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 1, 168, 160, generator=generator, dtype=torch.float64)
    whole, shifted = judge(x, x), judge(x[..., 8:, :], x[..., 8:, :])
    assert torch.allclose(whole[..., 72:96, 72:88], shifted[..., 64:88, 72:88], atol=1e-10)
    assert not torch.allclose(whole[..., 64:88, 72:88], shifted[..., 64:88, 72:88], atol=1e-6)
