"""Every sampler step against the scheduler of `diffusers` that bears its name.

The denoiser is no Gaussian's but a bent function, so that nothing cancels; both sides walk the same
states with the same noise. States are compared after every step and all steps run on from their own
state, which is stricter than single steps.
"""

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    HeunDiscreteScheduler,
)

from thermocline.diffusion.samplers import sample
from thermocline.diffusion.schedules import make_schedule

SHAPE = (2, 3, 4, 5)
STEPS = 20
NAMES = ["linear", "cosine", "quadratic", "sigmoid"]
# The Euler and Heun schedulers hold z = x/α in single precision. The cosine's last α is 5e-5: z is
# 6e4 there, and rounding alone moves their first step by 1e-4 (Euler) and 3e-2 (Heun) of its size.
MODERATE = ["linear", "quadratic", "sigmoid"]


def betas(name):
    """Not every scheduler knows every name (see test_schedules), but all take a table."""
    return {"trained_betas": make_schedule(name).betas.numpy()}


def bent(x_t, alpha_t, sigma_t):
    return torch.tanh(1.3 * x_t / torch.sqrt(alpha_t**2 + sigma_t**2) + 0.2 * alpha_t)


class Drawn:
    """Noise in the order in which a scheduler draws it."""

    def __init__(self):
        generator = torch.Generator().manual_seed(11)
        self.draws = [torch.randn(SHAPE, generator=generator).double() for _ in range(STEPS + 1)]

    def noise(self, step):
        return self.draws[step]


def ours(name, sampler, steps=STEPS, **options):
    """States before every step and at the end, [steps + 1] of SHAPE, with their α and σ."""
    schedule, seen = make_schedule(name), []
    start = float(schedule.sigma(schedule.grid(steps)[0])) * Drawn().noise(0)
    end = sample(
        bent, schedule, start, steps, Drawn(), sampler=sampler, callback=seen.append, **options
    )
    return seen, [stop.x_t for stop in seen] + [end]


def largest(one, other):
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("eta", [0.0, 0.5])
def test_ddim(name, eta):
    scheduler = DDIMScheduler(
        **betas(name),
        prediction_type="sample",
        clip_sample=False,
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(STEPS)
    seen, states = ours(name, "ddim", eta=eta)
    theirs = [states[0]]
    for stop, t in zip(seen, scheduler.timesteps, strict=True):
        assert stop.time == t + 1
        x = theirs[-1]
        x_hat = bent(x, torch.tensor(stop.alpha_t), torch.tensor(stop.sigma_t))
        fresh = Drawn().noise(stop.step + 1)
        theirs.append(
            scheduler.step(x_hat, t, x, eta=eta, variance_noise=fresh if eta else None).prev_sample
        )
    error = largest(states, theirs)
    assert error < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_ddpm(name, monkeypatch):
    scheduler = DDPMScheduler(
        **betas(name),
        prediction_type="sample",
        clip_sample=False,
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(STEPS)
    seen, states = ours(name, "ddpm")
    theirs = [states[0]]
    for stop, t in zip(seen, scheduler.timesteps, strict=True):
        fresh = Drawn().noise(stop.step + 1)
        monkeypatch.setattr(
            "diffusers.schedulers.scheduling_ddpm.randn_tensor", lambda *a, _f=fresh, **k: _f
        )
        x = theirs[-1]
        x_hat = bent(x, torch.tensor(stop.alpha_t), torch.tensor(stop.sigma_t))
        theirs.append(scheduler.step(x_hat, t, x).prev_sample)
    error = largest(states, theirs)
    assert error < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_dpm_solver(name):
    scheduler = DPMSolverMultistepScheduler(
        **betas(name), prediction_type="sample", timestep_spacing="trailing"
    )
    scheduler.set_timesteps(STEPS)
    seen, states = ours(name, "dpm_solver")
    theirs = [states[0]]
    for stop, t in zip(seen, scheduler.timesteps, strict=True):
        x = theirs[-1]
        x_hat = bent(x, torch.tensor(stop.alpha_t), torch.tensor(stop.sigma_t))
        theirs.append(scheduler.step(x_hat, t, x).prev_sample)
    error = largest(states, theirs)
    assert error < 1e-5


def along_the_flow(scheduler, name, sampler):
    """Largest difference to a scheduler that walks z = x/α, relative to the size of z."""
    scheduler.set_timesteps(STEPS)
    seen, states = ours(name, sampler)
    schedule = make_schedule(name)
    alpha = [stop.alpha_t for stop in seen] + [1.0]
    expected = [x / a for x, a in zip(states, alpha, strict=True)]
    z, theirs = expected[0], [expected[0]]
    for t in scheduler.timesteps:
        ratio = scheduler.sigmas[scheduler.step_index or 0].double()
        time = schedule.time_of(ratio)
        x_hat = bent(z * schedule.alpha(time), schedule.alpha(time), schedule.sigma(time))
        scheduler.is_scale_input_called = True
        z = scheduler.step((z - x_hat) / ratio, t, z).prev_sample
        half_way = not getattr(scheduler, "state_in_first_order", True)
        if not half_way or scheduler.step_index == len(scheduler.timesteps):
            theirs.append(z)
    size = [float(e.abs().max().clamp(min=1)) for e in expected]
    return max(
        float((a - b).abs().max()) / s for a, b, s in zip(expected, theirs, size, strict=True)
    )


@pytest.mark.parametrize("name", MODERATE)
def test_euler(name):
    scheduler = EulerDiscreteScheduler(**betas(name), timestep_spacing="trailing")
    error = along_the_flow(scheduler, name, "euler")
    assert error < 1e-5


@pytest.mark.parametrize("name", MODERATE)
def test_heun(name):
    scheduler = HeunDiscreteScheduler(**betas(name), timestep_spacing="trailing")
    error = along_the_flow(scheduler, name, "heun")
    assert error < 1e-5


def test_flow():
    schedule = make_schedule("flow")
    grid = schedule.grid(STEPS)
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=grid[:-1].tolist())
    torch.testing.assert_close(scheduler.sigmas.double(), grid, atol=1e-6, rtol=0)
    seen, states = ours("flow", "euler")
    theirs = [states[0]]
    for stop, t in zip(seen, scheduler.timesteps, strict=True):
        x = theirs[-1]
        x_hat = bent(x, torch.tensor(stop.alpha_t), torch.tensor(stop.sigma_t))
        velocity = (x - x_hat) / stop.sigma_t  # ε − x̂ on the straight path
        theirs.append(scheduler.step(velocity, t, x).prev_sample.double())
    error = largest(states, theirs)
    assert error < 1e-5
