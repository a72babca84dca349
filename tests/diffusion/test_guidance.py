"""Guidance against the closed-form posterior of a masked, noisy observation.

The denoiser of the exact posterior, D_y(x_t) = E[x | x_t, y], is itself a Gaussian's, so that a
guided denoiser is compared with it call by call, and then the sampled fields with the posterior.
"""

import math

import pytest
import torch

from thermocline.diffusion.guidance import (
    GUIDANCE,
    MomentMatching,
    Observation,
    PseudoInverse,
    linearise,
    make_guidance,
)
from thermocline.diffusion.samplers import CountingDenoiser, sample
from thermocline.diffusion.schedules import SCHEDULES, make_schedule
from thermocline.errors import BadConfig


def exact_guidance(world):
    """(method, the prior it is exact for): ΠGDM needs independent cells, moment matching does not.

    Three observed cells: conjugate gradients end after three steps. ΠGDM is told the variances.
    """
    variances = world.independent.covariance.diag().reshape(world.shape)
    return {
        "mmps": (MomentMatching(iterations=3, tolerance=0.0), world.prior),
        "pigdm": (PseudoInverse(prior_variance=variances), world.independent),
    }


@pytest.mark.parametrize("process", sorted(SCHEDULES))
@pytest.mark.parametrize("name", ["mmps", "pigdm"])
def test_guided_denoiser_is_the_posteriors_own(world, name, process):
    guidance, prior = exact_guidance(world)[name]
    schedule = make_schedule(process)
    guided = guidance(prior.denoiser, world.observation)
    posterior = prior.posterior(world.observation)
    t = schedule.grid(12)[:-1]
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    x_t = world.noise(12, seed=4).noise(0) * torch.sqrt(alpha**2 + sigma**2).reshape(-1, 1, 1, 1)
    expected = posterior.denoiser(x_t, alpha, sigma)
    torch.testing.assert_close(guided(x_t, alpha, sigma), expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "heun", "dpm_solver"])
@pytest.mark.parametrize("name", ["mmps", "pigdm"])
def test_sampled_posterior_is_exact_but_for_the_step(world, name, sampler):
    """Mean exact; covariance within the sampler's own discretisation error, falling at its order.

    Moments are computed without Monte-Carlo error (see `exact_moments`).
    """
    guidance, prior = exact_guidance(world)[name]
    guided = guidance(prior.denoiser, world.observation)
    posterior = prior.posterior(world.observation)
    errors = []
    for steps in (100, 200):
        moments = world.exact_moments(
            guided, make_schedule("edm"), posterior, steps, sampler=sampler
        )
        mean_error, error = world.misfit(*moments, posterior)
        assert mean_error < 1e-8
        errors.append(error)
    second = sampler in ("heun", "dpm_solver")
    assert errors[1] < (0.001 if second else 0.06)
    assert errors[1] < (0.3 if second else 0.6) * errors[0]


@pytest.mark.parametrize("name", ["mmps", "pigdm"])
def test_posterior_from_pure_noise(world, name):
    """6000 fields from N(0, σ_max²): z-scores below 4, covariance within 2 r.m.s. errors + bias.

    The start ignores the posterior mean, which 80-fold noise hides: it moves the result's mean by
    less than 0.02 standard deviations. 48 Heun steps are within 1.2 % of the covariance.
    """
    guidance, prior = exact_guidance(world)[name]
    posterior, count = prior.posterior(world.observation), 6000
    out = sample(
        guidance(prior.denoiser, world.observation),
        make_schedule("edm"),
        (count, *world.shape),
        48,
        world.noise(count, seed=2),
    ).flatten(1)
    c = posterior.covariance
    error = (out.mean(0) - posterior.mean.flatten()).abs() / c.diag().sqrt()
    assert error.max() < 4 / math.sqrt(count) + 0.02
    expected = math.sqrt((torch.linalg.norm(c) ** 2 + c.trace() ** 2) / count)
    assert torch.linalg.norm(out.T.cov() - c) < 2 * expected + 0.012 * torch.linalg.norm(c)


def test_pigdm_double_counts_correlated_neighbours_and_mmps_does_not(world):
    """Why both exist: on a correlated prior ΠGDM is an approximation, measurably."""
    schedule, x_t = make_schedule("edm"), world.noise(8).noise(0)
    alpha, sigma = schedule.alpha(1.0), schedule.sigma(1.0)
    truth = world.prior.posterior(world.observation).denoiser(x_t, alpha, sigma)
    variances = world.prior.covariance.diag().reshape(world.shape)
    errors = {}
    for guidance in (PseudoInverse(variances), MomentMatching(3)):
        x_hat = guidance(world.prior.denoiser, world.observation)(x_t, alpha, sigma)
        errors[type(guidance)] = float((x_hat - truth).abs().max())
    assert errors[PseudoInverse] > 0.05
    assert errors[MomentMatching] < 1e-7


def test_conjugate_gradients_approach_with_each_step(world):
    schedule, x_t = make_schedule("edm"), world.noise(8).noise(0)
    alpha, sigma = schedule.alpha(1.0), schedule.sigma(1.0)
    truth = world.prior.posterior(world.observation).denoiser(x_t, alpha, sigma)
    errors = []
    for iterations in (1, 2, 3, 8):
        guided = MomentMatching(iterations)(world.prior.denoiser, world.observation)
        errors.append(float(torch.linalg.norm(guided(x_t, alpha, sigma) - truth)))
    assert errors[0] > errors[1] > errors[2]
    assert errors[3] < 1e-5  # further steps after convergence do no harm


@pytest.mark.parametrize(
    ("name", "options", "backward"),
    [
        ("none", {}, 0),
        ("replace", {}, 0),
        ("reconmost", {}, 0),
        ("pigdm", {}, 1),
        ("dps", {}, 1),
        ("mmps", {}, 3),
        ("mmps", {"iterations": 2}, 2),
    ],
)
def test_cost_of_a_call(world, name, options, backward):
    counted = CountingDenoiser(world.prior.denoiser)
    guided = make_guidance(name, **options)(counted, world.observation)
    sample(guided, make_schedule("edm"), (2, *world.shape), 3, world.noise(2), sampler="ddim")
    assert (counted.forward, counted.backward) == (3, 3 * backward)


@pytest.mark.parametrize("name", sorted(GUIDANCE))
def test_no_observation_leaves_the_prior_alone(world, name):
    nothing = Observation(
        torch.full((1, *world.shape), math.nan), torch.zeros(1, *world.shape, dtype=torch.bool), 0.1
    )
    guidance = make_guidance(name)
    x_t, one = world.noise(4).noise(0), torch.tensor(1.0)
    x_hat = guidance(world.prior.denoiser, nothing)(x_t, one, one)
    torch.testing.assert_close(x_hat, world.prior.denoiser(x_t, one, one))
    step = guidance.step(nothing)
    if step is not None:
        torch.testing.assert_close(step(x_t, x_hat, 0.5), x_t)


@pytest.mark.parametrize("name", sorted(GUIDANCE))
def test_members_do_not_see_each_other_and_precision_is_kept(world, name):
    options = {"clip": None} if name == "reconmost" else {}
    guidance = make_guidance(name, **options)
    noise = world.noise(3).noise(0).float()

    class Some:
        def __init__(self, rows):
            self.rows = rows

        def noise(self, step):
            return noise[self.rows]

    def draw(rows):
        return sample(
            guidance(world.prior.denoiser, world.observation),
            make_schedule("linear"),
            (len(rows), *world.shape),
            6,
            Some(rows),
            sampler="ddpm",
            guidance_step=guidance.step(world.observation),
        )

    together = draw([0, 1, 2])
    assert together.dtype == torch.float32
    assert torch.isfinite(together).all()
    torch.testing.assert_close(draw([1])[0], together[1], rtol=1e-4, atol=1e-4)


def test_each_member_may_have_its_own_observations(world):
    y = torch.stack([world.observation.y[0], world.observation.y[0] + 1])
    mask = world.observation.mask.repeat(2, 1, 1, 1).clone()
    mask[1, 0, 0, 0] = False
    both = Observation(y, mask, 0.2)
    x_t, one = world.noise(2).noise(0), torch.tensor(1.0)
    guided = MomentMatching(3)(world.prior.denoiser, both)(x_t, one, one)
    for row in range(2):
        single = Observation(y[row : row + 1], mask[row : row + 1], 0.2)
        posterior = world.prior.posterior(single)
        torch.testing.assert_close(
            guided[row : row + 1], posterior.denoiser(x_t[row : row + 1], one, one)
        )


@pytest.mark.parametrize("name", ["dps", "pigdm", "mmps"])
def test_guidance_moves_towards_the_observations(world, name):
    x_t, one = world.noise(16).noise(0), torch.tensor(1.0)
    observation = world.observation
    before = world.prior.denoiser(x_t, one, one)
    after = make_guidance(name)(world.prior.denoiser, observation)(x_t, one, one)
    misfits = [observation.innovation(x).flatten(1).norm(dim=1) for x in (before, after)]
    assert (misfits[1] < misfits[0]).all()


def test_dps_has_its_stated_form(world):
    """D + scale·(σ²/α)·Jᵀ·m·(y − D)/(q + s²), with J taken from the closed form."""
    alpha, sigma = torch.tensor(0.8).double(), torch.tensor(0.6).double()
    x_t = world.noise(1).noise(0)
    c, identity = world.prior.covariance, torch.eye(6, dtype=torch.float64)
    jacobian = alpha * c @ torch.linalg.inv(alpha**2 * c + sigma**2 * identity)
    x_hat = world.prior.denoiser(x_t, alpha, sigma)
    innovation = world.observation.innovation(x_hat).flatten()
    error = world.observation.variance(x_hat).flatten()
    q = (innovation**2).sum() / 3
    move = sigma**2 / alpha * jacobian.T @ (innovation / (q + error))
    guided = make_guidance("dps", scale=1.5)(world.prior.denoiser, world.observation)
    torch.testing.assert_close((guided(x_t, alpha, sigma) - x_hat).flatten(), 1.5 * move)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_products_with_the_jacobian_in_any_mode(world, mode):
    with mode():
        x_t, alpha, sigma = world.noise(2).noise(0), torch.tensor(0.8), torch.tensor(0.6)
        x_hat, transposed = linearise(world.prior.denoiser, x_t, alpha, sigma)
        v = torch.ones_like(x_t)
        product = transposed(v)
    c, identity = world.prior.covariance, torch.eye(6, dtype=torch.float64)
    jacobian = 0.8 * c @ torch.linalg.inv(0.64 * c + 0.36 * identity)
    expected = (torch.ones(2, 6, dtype=torch.float64) @ jacobian).reshape(x_t.shape)
    torch.testing.assert_close(product, expected, rtol=1e-6, atol=1e-6)
    assert not x_hat.requires_grad


def test_replace_keeps_known_cells(world):
    observation, schedule = world.observation, make_schedule("linear")
    y, mask = observation.y[0], observation.mask[0]
    guided = make_guidance("replace")(world.prior.denoiser, observation)
    out = sample(guided, schedule, (5, *world.shape), 20, world.noise(5))
    torch.testing.assert_close(out[:, mask], y[mask].expand(5, -1))


def test_unknown_names_and_settings_are_named():
    with pytest.raises(BadConfig, match=r"mpps.*mmps"):
        make_guidance("mpps")
    with pytest.raises(BadConfig, match="iterations"):
        make_guidance("mmps", iterations=0)
