"""The published guidance, against its formula and an independent smoother."""

import numpy as np
import pytest
import torch
from scipy.ndimage import convolve

from thermocline.diffusion.guidance import Observation, ReconMOST, reconmost_sample
from thermocline.diffusion.guidance.reconmost import smooth_layers
from thermocline.diffusion.samplers import sample
from thermocline.diffusion.schedules import make_schedule
from thermocline.errors import BadConfig


@pytest.mark.parametrize(("longitude", "mode"), [("circular", "wrap"), ("zeros", "constant")])
def test_smoothing_agrees_with_scipy(longitude, mode):
    field = torch.randn(2, 3, 7, 9, generator=torch.Generator().manual_seed(0)).double()
    offset = np.arange(-2, 3)
    kernel = np.exp(-(offset[:, None] ** 2 + offset[None] ** 2) / 2)
    assert kernel[2, 2] == 1  # not normalised
    smooth = smooth_layers(field, longitude).numpy()
    for b in range(2):
        for c in range(3):
            padded = np.pad(field[b, c].numpy(), ((2, 2), (0, 0)))  # latitude never wraps
            expected = convolve(padded, kernel, mode=mode)[2:-2]
            np.testing.assert_allclose(smooth[b, c], expected, atol=1e-12)


def test_layers_and_members_are_smoothed_apart():
    field = torch.zeros(2, 2, 5, 6)
    field[1, 0, 2, 0] = 1
    smooth = smooth_layers(field)
    assert smooth[0].abs().max() == 0
    assert smooth[1, 1].abs().max() == 0
    assert smooth[1, 0, 2, 0] == 1
    assert smooth[1, 0, 2, 5] == pytest.approx(np.exp(-0.5))  # across the date line


@pytest.mark.parametrize("noise_free", [True, False])
def test_one_transition_has_the_published_form(world, noise_free):
    schedule = make_schedule("linear")
    x_hat = torch.full((1, *world.shape), 1.7, dtype=torch.float64)  # to be clipped to 1
    observation, seen, noise = world.observation, [], world.noise(1)
    x_t = noise.noise(99)
    rule = ReconMOST(scale=4.5, smooth=False, noise_free=noise_free)
    reconmost_sample(
        lambda x, alpha, sigma: x_hat,
        schedule,
        x_t,
        1000,
        noise,
        observation,
        rule,
        start_time=1000,
        callback=seen.append,
    )
    beta = schedule.betas[-1]
    bar_t, bar_s = schedule.alpha(1000) ** 2, schedule.alpha(999) ** 2
    variance = (1 - bar_s) / (1 - bar_t) * beta
    mean = (
        bar_s.sqrt() * beta / (1 - bar_t) * 1.0
        + (1 - beta).sqrt() * (1 - bar_s) / (1 - bar_t) * x_t
    )
    innovation = torch.where(observation.mask, observation.y - 1.0, 0.0)
    expected = mean + 4.5 * variance * 2 * innovation
    if not noise_free:
        expected = expected + variance.sqrt() * noise.noise(1)
    torch.testing.assert_close(seen[1].x_t, expected)


def test_thousand_steps_fit_the_observations(world):
    """A prior without correlations: observed cells come close to y, the others stay near the mean.

    Noise-free guidance is a point estimate; no posterior is claimed for it.
    """
    y = torch.tensor([0.6, 0.0, -0.4, 0.0, 0.3, 0.0], dtype=torch.float64).reshape(1, *world.shape)
    observation = Observation(y, world.observation.mask, 0.1)
    prior = type(world.prior)(torch.zeros(world.shape).double(), 0.09 * torch.eye(6).double())
    out = reconmost_sample(
        prior.denoiser,
        make_schedule("linear"),
        (4, *world.shape),
        1000,
        world.noise(4),
        observation,
        ReconMOST(scale=5.0, smooth=False),
    )
    mask = observation.mask[0]
    free = sample(prior.denoiser, make_schedule("linear"), (4, *world.shape), 1000, world.noise(4))
    misfit = (out[:, mask] - y[0][mask]).abs().mean()
    assert misfit < 0.3 * (free[:, mask] - y[0][mask]).abs().mean()


def test_other_samplers_refuse_it(world):
    step = ReconMOST().step(world.observation)
    with pytest.raises(BadConfig, match="ddpm"):
        sample(
            world.prior.denoiser,
            make_schedule("edm"),
            (1, *world.shape),
            2,
            world.noise(1),
            sampler="heun",
            guidance_step=step,
        )
