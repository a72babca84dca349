"""Schedules: what α and σ must obey, and what diffusers makes of the same names."""

import math

import pytest
import torch
from diffusers import DDPMScheduler, EDMDPMSolverMultistepScheduler
from hypothesis import given
from hypothesis import strategies as st

from thermocline.diffusion.schedules import SCHEDULES, ResidualShift, make_schedule, perturb
from thermocline.errors import BadConfig

PRESERVING = ["linear", "cosine", "quadratic", "sigmoid"]
DIFFUSERS = {
    "linear": "linear",
    "cosine": "squaredcos_cap_v2",
    "quadratic": "scaled_linear",
    "sigmoid": "sigmoid",
}
every = st.sampled_from(sorted(SCHEDULES))
share = st.floats(0.001, 1, allow_nan=False)


@pytest.mark.parametrize("name", PRESERVING)
def test_betas_and_alpha_bar_agree_with_diffusers(name):
    ours = make_schedule(name)
    theirs = DDPMScheduler(beta_schedule=DIFFUSERS[name])
    torch.testing.assert_close(ours.betas.float(), theirs.betas, atol=1e-5, rtol=1e-5)
    t = torch.arange(1, 1001)
    torch.testing.assert_close(
        (ours.alpha(t) ** 2).float(), theirs.alphas_cumprod, atol=1e-5, rtol=0
    )
    # rtol above would be vacuous where ᾱ is tiny: compare log ᾱ as well, in their own precision
    exact = torch.cumsum(torch.log1p(-theirs.betas.double()), 0)
    torch.testing.assert_close(2 * torch.log(ours.alpha(t)), exact, atol=1e-3, rtol=1e-5)


def test_noise_levels_agree_with_diffusers_karras():
    theirs = EDMDPMSolverMultistepScheduler(sigma_min=0.002, sigma_max=80.0, rho=7.0)
    theirs.set_timesteps(18)
    ours = make_schedule("edm").grid(18)
    torch.testing.assert_close(ours.float(), theirs.sigmas.float(), rtol=1e-5, atol=1e-7)


@given(st.sampled_from(PRESERVING), share)
def test_variance_is_preserved_between_the_integers_too(name, part):
    schedule = make_schedule(name)
    t = part * schedule.steps
    assert math.isclose(schedule.alpha(t) ** 2 + schedule.sigma(t) ** 2, 1, abs_tol=1e-12)


@given(every, st.integers(1, 60), st.floats(0.05, 1))
def test_grids_fall_to_a_clean_end(name, steps, part):
    schedule = make_schedule(name)
    for start in (None, part * float(schedule.grid(1)[0])):
        grid = schedule.grid(steps, start)
        assert grid.shape == (steps + 1,)
        assert (grid.diff() < 0).all()
        assert start is None or float(grid[0]) == pytest.approx(start)
        assert schedule.sigma(grid)[-1] == 0
        assert schedule.alpha(grid)[-1] == 1


@given(every, share, share)
def test_noise_grows_with_time(name, one, other):
    if abs(one - other) < 1e-6:
        return
    schedule = make_schedule(name)
    top = float(schedule.grid(1)[0])
    early, late = sorted((one * top, other * top))
    assert schedule.noise_ratio(early) < schedule.noise_ratio(late)


@given(every, share)
def test_time_of_inverts_the_noise_ratio(name, part):
    schedule = make_schedule(name)
    t = torch.tensor([part, part / 2], dtype=torch.float64) * schedule.grid(1)[0]
    back = schedule.time_of(schedule.noise_ratio(t))
    torch.testing.assert_close(back, t, rtol=1e-6, atol=1e-9)
    assert float(schedule.time_of(float(schedule.noise_ratio(t[0])))) == pytest.approx(float(t[0]))


def test_residual_shift_has_the_published_ends():
    schedule = ResidualShift()
    root = schedule.eta(torch.arange(6)).sqrt()
    assert root[0] == 0
    assert root[1] == pytest.approx(0.001**0.5)  # the least of 0.2/κ, 0.2 and √0.001
    assert root[5] == pytest.approx(0.99)
    steps = root[1:].log()
    shape = (torch.arange(5, dtype=torch.float64) / 4) ** 0.2
    torch.testing.assert_close((steps - steps[0]) / (steps[-1] - steps[0]), shape)


def test_perturb_takes_a_time_of_each_member():
    x, noise = torch.ones(2, 1, 2, 2), torch.full((2, 1, 2, 2), 3.0)
    out = perturb(x, noise, torch.tensor([1.0, 0.5]), torch.tensor(2.0))
    assert out[:, 0, 0, 0].tolist() == [7.0, 6.5]


def test_unknown_schedule_is_named():
    with pytest.raises(BadConfig, match=r"linnear.*linear"):
        make_schedule("linnear")
