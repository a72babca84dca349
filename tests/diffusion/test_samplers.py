"""Samplers against closed forms: with the exact denoiser of a Gaussian they must return it.

With an affine denoiser a sampler is an affine map, so its mean and covariance are known without
Monte-Carlo error (`exact_moments`); what is left is the error of discretisation, which must be
small and shrink at the sampler's order. One Monte-Carlo run each checks the plain use.
"""

import math

import pytest
import torch

from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.samplers import SAMPLERS, CountingDenoiser, sample
from thermocline.diffusion.schedule import karras
from thermocline.diffusion.schedules import VariancePreserving, make_schedule
from thermocline.errors import BadConfig

GENERAL = ["ddpm", "ddim", "euler", "heun", "dpm_solver"]
FIRST_ORDER = {"ddpm", "ddim", "euler"}
PROCESSES = ["linear", "cosine", "quadratic", "sigmoid", "edm", "flow"]


def spaced(process):
    """A schedule; of one even in time, noise levels are spaced like EDM's: no last step is long."""
    schedule = make_schedule(process)
    if isinstance(schedule, VariancePreserving):
        high, low = (float(schedule.noise_ratio(t)) for t in (schedule.steps, 1))
        levels = lambda steps: torch.cat([karras(high, low, steps, 7), torch.zeros(1)])
        schedule.grid = lambda steps, start=None: schedule.time_of(levels(steps))
    return schedule


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("sampler", GENERAL)
def test_moments_converge_to_the_prior(world, sampler, process):
    """Error of the covariance below 7 % (first order) or 0.4 % (second) of its norm at 400 steps.

    Halving the step must halve a first-order error and quarter a second-order one; 20 and 40 %
    are allowed for terms of higher order, and 1e-4 for the noise below the grid's last time,
    which every sampler leaves out (σ² = 1e-4 at t = 1 of the linear schedule). With `flow`, Heun's
    first step is Euler's at 400 steps, too: its errors are 3.1e-4 and 1.3e-4.
    """
    schedule = spaced(process)
    errors = []
    for steps in (200, 400):
        moments = world.exact_moments(
            world.prior.denoiser, schedule, world.prior, steps, sampler=sampler
        )
        mean_error, error = world.misfit(*moments, world.prior)
        assert mean_error < 1e-9  # the mean is carried along exactly
        errors.append(error)
    assert errors[1] < (0.07 if sampler in FIRST_ORDER else 0.004)
    if sampler in FIRST_ORDER:
        assert errors[1] < 0.6 * errors[0]
    else:
        left = 1.5e-4 if (sampler, process) == ("heun", "flow") else 1e-4
        assert errors[1] < 0.35 * errors[0] or errors[1] < left


def test_extra_noise_keeps_the_prior(world):
    options = {"sampler": "ddim", "eta": 0.5}
    schedule = make_schedule("edm")
    errors = [
        world.misfit(
            *world.exact_moments(world.prior.denoiser, schedule, world.prior, steps, **options),
            world.prior,
        )
        for steps in (100, 400)
    ]
    assert errors[1][0] < 1e-9
    assert errors[1][1] < 0.02
    assert errors[1][1] < 0.4 * errors[0][1]


def test_euler_is_ddim_without_noise(world):
    x = world.noise(4).noise(0)
    for name in PROCESSES:
        schedule = make_schedule(name)
        euler, ddim = (
            sample(world.prior.denoiser, schedule, x, 12, world.noise(4), sampler)
            for sampler in ("euler", "ddim")
        )
        torch.testing.assert_close(euler, ddim)


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_residual_shift_converges_to_the_prior(world, eta):
    """Geometric √η (power 1) so that the grid can be refined; the start is y plus noise."""
    y = torch.randn(world.shape, generator=torch.Generator().manual_seed(5)).double()
    errors = []
    for steps in (200, 400):
        schedule = make_schedule("residual-shift", T=steps, power=1.0)
        moments = world.exact_moments(
            world.prior.denoiser, schedule, world.prior, steps, sampler="residual_shift", eta=eta
        )
        errors.append(world.misfit(*moments, world.prior)[1])
    assert errors[1] < 0.05
    assert errors[1] < 0.6 * errors[0]

    noise = world.noise(3)
    shifted = float(schedule.eta(schedule.T)) * y
    start = torch.ones(3, *world.shape, dtype=torch.float64)
    plain = sample(world.prior.denoiser, schedule, start, 50, noise, "residual_shift", eta=eta)
    around = sample(
        world.prior.denoiser, schedule, start + shifted, 50, noise, "residual_shift", y=y, eta=eta
    )
    torch.testing.assert_close(around, plain)


def test_residual_shift_step_is_the_published_posterior():
    """q(x_s | x_t, x, y) = N((η_s/η_t)·x_t + (1 − η_s/η_t)·x, κ²·u²·(η_s/η_t)·(η_t − η_s))."""
    schedule = make_schedule("residual-shift")
    x, y, x_t, u = torch.randn(4, 1, 1, 2, 3, generator=torch.Generator().manual_seed(1)).double()
    seen = []

    class Recorder:
        def noise(self, step):
            return torch.full((1, 1, 2, 3), 0.7 if step == 1 else 0.0, dtype=torch.float64)

    sample(
        lambda r, alpha, sigma: x,
        schedule,
        x_t,
        5,
        Recorder(),
        sampler="residual_shift",
        y=y,
        scale=u,
        eta=1.0,
        callback=seen.append,
    )
    eta_t, eta_s = (float(schedule.eta(t)) for t in (5, 4))
    mean = eta_s / eta_t * x_t + (1 - eta_s / eta_t) * x
    deviation = schedule.kappa * math.sqrt(eta_s / eta_t * (eta_t - eta_s)) * u
    torch.testing.assert_close(seen[1].x_t + eta_s * y, mean + deviation * 0.7)


@pytest.mark.parametrize("sampler", GENERAL)
def test_monte_carlo_moments(world, sampler):
    """8000 fields from pure noise: z-scores of the mean, and covariance within 2 r.m.s. errors.

    A sample covariance of n draws is off by √((‖C‖² + tr(C)²)/n) in r.m.s. Frobenius norm. At 400
    steps of a flow the bias of discretisation is below 1.3 %, and the start, which leaves out
    α·μ, moves the mean by 0.1 %.
    """
    count = 8000
    out = sample(
        world.prior.denoiser,
        make_schedule("flow"),
        (count, *world.shape),
        400,
        world.noise(count, seed=1),
        sampler=sampler,
    ).flatten(1)
    c = world.prior.covariance
    z = (out.mean(0) - world.prior.mean.flatten()) / (c.diag() / count).sqrt()
    assert z.abs().max() < 4
    expected = math.sqrt((torch.linalg.norm(c) ** 2 + c.trace() ** 2) / count)
    assert torch.linalg.norm(out.T.cov() - c) < 2 * expected + 0.013 * torch.linalg.norm(c)


@pytest.mark.parametrize("sampler", GENERAL)
def test_start_time_continues_a_perturbed_state(world, sampler):
    schedule = make_schedule("edm")
    start = schedule.grid(1, start=1.5)
    assert start[0] == 1.5
    cut = type(schedule)(sigma_max=1.5)
    moments = world.exact_moments(world.prior.denoiser, cut, world.prior, 200, sampler=sampler)
    assert world.misfit(*moments, world.prior)[1] < 0.04  # a perturbed truth becomes the prior
    x = world.noise(5).noise(0)
    one = sample(world.prior.denoiser, schedule, x, 20, world.noise(5), sampler, start_time=1.5)
    two = sample(world.prior.denoiser, cut, x, 20, world.noise(5), sampler)
    torch.testing.assert_close(one, two)


@pytest.mark.parametrize("sampler", GENERAL)
def test_a_member_is_the_same_in_any_batch(world, sampler):
    def draw(members):
        noise = MemberNoise(1, members, world.shape, dtype=torch.float64)
        shape = (len(members), *world.shape)
        return sample(world.prior.denoiser, make_schedule("edm"), shape, 8, noise, sampler)

    together = draw([0, 1, 2, 3])
    torch.testing.assert_close(draw([2])[0], together[2], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(draw([3, 2])[1], together[2], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("sampler", "forward"), [("heun", 15), ("euler", 8), ("dpm_solver", 8), ("ddim", 8)]
)
def test_cost_and_intermediates(world, sampler, forward):
    counted, seen = CountingDenoiser(world.prior.denoiser), []
    shape = (2, *world.shape)
    out = sample(
        counted,
        make_schedule("linear"),
        shape,
        8,
        world.noise(2),
        sampler=sampler,
        callback=seen.append,
    )
    assert (counted.forward, counted.backward, counted.count) == (forward, 0, forward)
    assert [stop.step for stop in seen] == list(range(8))
    assert seen[0].time == 1000
    torch.testing.assert_close(seen[-1].x_hat, out, rtol=0.2, atol=0.2)
    assert not out.is_inference()


def test_single_precision_stays_single(world):
    noise = MemberNoise(0, [0, 1], world.shape)
    for sampler in GENERAL:
        out = sample(
            world.prior.denoiser, make_schedule("cosine"), (2, *world.shape), 6, noise, sampler
        )
        assert out.dtype == torch.float32
        assert torch.isfinite(out).all()


def test_mistakes_are_named(world):
    def draw(**options):
        arguments = {"steps": 2, "schedule": make_schedule("edm"), "x_start": (2, *world.shape)}
        return sample(world.prior.denoiser, noise=world.noise(2), **(arguments | options))

    with pytest.raises(BadConfig, match=r"huen.*heun"):
        draw(sampler="huen")
    with pytest.raises(BadConfig, match="steps"):
        draw(steps=0)
    with pytest.raises(BadConfig, match="shape"):
        draw(x_start=(3, *world.shape))
    with pytest.raises(BadConfig, match="residual-shift schedule"):
        draw(sampler="residual_shift")
    assert set(GENERAL) | {"residual_shift"} == set(SAMPLERS)


@pytest.mark.parametrize("process", ["linear", "cosine", "flow"])
@pytest.mark.parametrize("steps", [8, 16, 32])
def test_heun_survives_grids_that_are_even_in_time(world, process, steps):
    """Their first step crosses a ratio of noise of 10 to 2,000; Heun's error was up to 400 times
    that of Euler's method."""
    errors = {}
    for sampler in ("euler", "heun"):
        moments = world.exact_moments(
            world.prior.denoiser, make_schedule(process), world.prior, steps, sampler=sampler
        )
        errors[sampler] = world.misfit(*moments, world.prior)[1]
    assert errors["heun"] < errors["euler"]
