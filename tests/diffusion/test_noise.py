"""A member's noise belongs to the member."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thermocline.diffusion.noise import MemberNoise

SHAPE = (2, 3, 4)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 9), st.integers(0, 99))
def test_noise_does_not_depend_on_the_batch(members, step, seed):
    together = MemberNoise(seed, members, SHAPE).noise(step)
    alone = torch.cat([MemberNoise(seed, [m], SHAPE).noise(step) for m in members])
    assert torch.equal(together, alone)


def test_noise_can_be_asked_for_again_and_in_any_order():
    noise = MemberNoise(0, [4, 2], SHAPE)
    late = noise.noise(5)
    noise.noise(1)
    assert torch.equal(noise.noise(5), late)


def test_seed_member_and_step_each_matter():
    keys = [
        (0, 0, 0),
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (1, 10, 0),
        (11, 0, 0),
        (1, 1, 0),
        (0, 1, 1),
    ]
    fields = [MemberNoise(s, [m], SHAPE).noise(k).flatten() for s, m, k in keys]
    for i, one in enumerate(fields):
        assert not any(torch.equal(one, other) for other in fields[:i])


def test_noise_is_standard_normal_and_uncorrelated_between_members_and_steps():
    noise = MemberNoise(7, range(8), (10, 50, 50))
    draws = torch.cat([noise.noise(0), noise.noise(1)]).flatten(1).double()
    n = draws.shape[1]
    assert (draws.mean(1) * n**0.5).abs().max() < 4
    assert ((draws**2).mean(1) - 1).abs().max() < 4 * (2 / n) ** 0.5
    correlation = torch.corrcoef(draws) - torch.eye(16)
    assert correlation.abs().max() < 4.5 / n**0.5


def test_precision_does_not_change_the_noise():
    single = MemberNoise(0, [1], SHAPE).noise(3)
    double = MemberNoise(0, [1], SHAPE, dtype=torch.float64).noise(3)
    assert double.dtype == torch.float64
    assert torch.equal(single.double(), double)
